import itertools

import keras
import numpy as np
import pytest

from keras_ceb._src.robustness.repeatable import Repeatable
from keras_ceb._src.robustness.repeatable import repeatable
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import audit
from keras_ceb.robustness import evaluate_robustness
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Curve

X = np.random.default_rng(0).random((12, 4)).astype("float32")
Y = X.argmax(axis=1)


class Batches(keras.utils.PyDataset):
    """Batches of 4 whose content is a function of pass and batch."""

    def __init__(self, function=lambda number, x, y: (x, y)):
        super().__init__()
        self.function, self.passes = function, -1

    def __len__(self):
        return 3

    def __getitem__(self, i):
        self.passes += i == 0
        part = slice(4 * i, 4 * i + 4)
        return self.function(self.passes, X[part], Y[part])


def swapped_labels(number, x, y):
    return x, (y + number) % 4


def reordered(number, x, y):
    return (x[::-1], y[::-1]) if number else (x, y)


def augmented(number, x, y):
    return x + np.float32(number) / 256, y


def test_a_steady_data_set_is_read_as_it_is():
    data = Repeatable(Batches())
    for _ in range(3):
        found = list(data)
        np.testing.assert_array_equal(np.concatenate([x for x, _ in found]), X)
        np.testing.assert_array_equal(np.concatenate([y for _, y in found]), Y)
    # A pass may stop early, as that of an audit does.
    next(iter(data))
    arrays = (X, Y)
    assert repeatable(arrays) is arrays


@pytest.mark.parametrize("function", [swapped_labels, reordered, augmented])
def test_another_first_batch_is_seen_at_once(function):
    with pytest.raises(ValueError, match=r"`data`.*`shuffle=False`.*batch 0"):
        Repeatable(Batches(function))


def test_a_later_change_is_seen_in_the_pass_where_it_happens():
    data = Repeatable(Batches(lambda n, x, y: (x, y + (n >= 3))))
    list(data)
    with pytest.raises(ValueError, match="batch 0 differs"):
        list(data)


def test_a_pass_that_is_shorter_or_longer():
    lengths = iter([2, 2, 2, 1])

    class Changing:
        def __iter__(self):
            return iter([(X[:4], Y[:4])] * next(lengths))

    data = Repeatable(Changing())
    list(data)
    with pytest.raises(ValueError, match="1 batches after 2 in"):
        list(data)

    class Once:
        passes = iter([(X, Y)])

        def __iter__(self):
            return self.passes

    with pytest.raises(ValueError, match="0 batches after 1 in"):
        Repeatable(Once())


@pytest.mark.parametrize(
    "data", [iter([(X, Y)]), (pair for pair in [(X, Y)]), map(id, [X])]
)
def test_iterators_are_refused(data):
    with pytest.raises(TypeError, match="readable several times"):
        Repeatable(data)


def test_an_evaluation_refuses_before_it_computes(linear, monkeypatch):
    monkeypatch.setattr(
        "keras_ceb._src.robustness.report.clean.logits_of",
        lambda *a, **k: 1 / 0,
    )
    model = linear(np.eye(4))
    with pytest.raises(ValueError, match="`data`.*`shuffle=False`"):
        evaluate_robustness(model, Batches(reordered), attacks=[], verbose=0)


@pytest.mark.parametrize("part", ["attacks", "curve", "audit", "corruptions"])
def test_each_later_pass_of_an_evaluation_is_compared(part):
    x = np.random.default_rng(1).random((4, 16, 16, 1)).astype("float32")
    y = np.array([0, 1, 0, 1])

    class Changing:
        passes = 0

        def __iter__(self):
            self.passes += 1
            # Two looks at the first batch and the clean pass.
            same = self.passes <= 3
            return iter([(x, y) if same else (x[::-1], y[::-1])])

    model = keras.Sequential([keras.Input((16, 16, 1)), keras.layers.Flatten()])
    model.add(keras.layers.Dense(2))
    options = {"attacks": [], "audit": False, "verbose": 0}
    options |= {
        "attacks": {"attacks": [PGD(steps=1)]},
        "curve": {"attacks": Curve("linf", 0.1)},
        "audit": {"audit": True},
        "corruptions": {"corruptions": ["brightness"]},
    }[part]
    with pytest.raises(ValueError, match="`data`.*`shuffle=False`"):
        evaluate_robustness(model, Changing(), **options)


@pytest.mark.tf_only
def test_image_dataset_from_directory_with_its_defaults(tmp_path, linear):
    for i in range(12):
        folder = tmp_path / str(i % 2)
        folder.mkdir(exist_ok=True)
        pixels = np.full((4, 4, 3), 20 * i, "uint8")
        keras.utils.save_img(folder / f"{i}.png", pixels, scale=False)

    def read(**options):
        return keras.utils.image_dataset_from_directory(
            tmp_path, image_size=(4, 4), batch_size=6, verbose=False, **options
        )

    model = linear(np.zeros((48, 2)), shape=(4, 4, 3))
    # All answers are one class.
    model = Classifier(model, (0, 255), allow_chance=True)
    options = {"attacks": [PGD(eps=1.0, steps=1)]}
    options |= {"audit": False, "verbose": 0}
    with pytest.raises(ValueError, match="`data`.*`shuffle=False`"):
        evaluate_robustness(model, read(seed=1), **options)
    report = evaluate_robustness(model, read(shuffle=False), **options)
    assert len(report.attacks[0].robust) == 12
    # What reads the data once takes it in any order.
    robust_accuracy(model, read(seed=1), *options["attacks"], verbose=0)
    report = audit(model, read(seed=1), eps=1.0, num_images=12)
    assert report.num_images == 12


def test_infinite_iterables_are_not_read(linear):
    with pytest.raises(ValueError, match="`data` must end"):
        evaluate_robustness(
            linear(np.eye(4)), itertools.cycle([(X, Y)]), attacks=[]
        )
