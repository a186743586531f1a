"""Attacks that are killed within a batch."""

import keras
import numpy as np
import pytest

from keras_ceb._src.robustness import unfinished
from keras_ceb._src.robustness.attacks.executor import Executor
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness import robust_accuracy_curve
from keras_ceb.robustness.attacks import APGD
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.attacks import Square

RNG = np.random.default_rng(0)
X = RNG.uniform(0.2, 0.8, (24, 8)).astype("float32")
KERNEL = RNG.normal(size=(8, 3))
Y = (X @ KERNEL).argmax(axis=1)
X = X.reshape(24, 2, 4, 1)
# Seven runs.
SEVERAL = [
    APGD("linf", 0.05, 3, loss="margin", restarts=2),
    PGD("linf", 0.05, 2, restarts=3),
    Square("linf", 0.05, 10, restarts=2),
]
RADII = [0.01, 0.03, 0.06]


class Killed(BaseException):
    pass


@pytest.fixture(scope="module")
def classifier():
    model = keras.Sequential(
        [
            keras.Input((2, 4, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(3),
        ]
    )
    model.set_weights([KERNEL, np.zeros(3)])
    return Classifier(model, batch_size=12)


@pytest.fixture
def killed(monkeypatch):
    """Calls a function again and again; it dies at given runs.

    Returns what the function returns, and how many runs ended.
    """
    monkeypatch.setattr(unfinished, "_PAUSE", 0.0)
    monkeypatch.setattr(unfinished, "_SHARE", 0)
    execute = Executor.execute
    lives = []

    def dying(self, *args, **kwargs):
        lives[-1] -= 1
        if lives[-1] < 0:
            raise Killed
        result = execute(self, *args, **kwargs)
        ended.append(1)
        return result

    ended = []
    monkeypatch.setattr(Executor, "execute", dying)

    def call(function, numbers):
        ended.clear()
        for number in numbers:
            lives.append(number)
            with pytest.raises(Killed):
                function()
        lives.append(10**6)
        return function(), len(ended)

    return call


def equal(one, other):
    np.testing.assert_array_equal(one.clean, other.clean)
    np.testing.assert_array_equal(one.robust, other.robust)
    assert one.after == other.after
    assert len(one.examples) == len(other.examples)
    for a, b in zip(one.examples, other.examples, strict=True):
        assert (a.index, a.label, a.loss) == (b.index, b.label, b.loss)
        np.testing.assert_array_equal(a.adversarial, b.adversarial)


def check(killed, classifier, attack, path, numbers):
    def measure(checkpoint=None):
        return robust_accuracy(
            classifier, (X, Y), attack, num_examples=9,
            checkpoint=checkpoint, verbose=0,
        )  # fmt: skip

    whole, expected = killed(measure, [])
    again, ended = killed(lambda: measure(path), numbers)
    equal(whole, again)
    assert 0 < again.accuracy < 1
    # No run was executed twice.
    assert ended == expected
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_killed_between_runs(killed, classifier, tmp_path):
    path = tmp_path / "so-far.npz"
    check(killed, classifier, SEVERAL, path, [3, 0, 2, 1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("norm", "eps", "version"),
    [("linf", 0.05, "standard"), ("linf", 0.05, "fast"), ("l2", 0.1, "fast")],
)
def test_autoattack_killed_at_random_runs(
    killed, classifier, tmp_path, norm, eps, version
):
    attack = AutoAttack(norm, eps, version)
    numbers = np.random.default_rng(1).integers(0, 2, 4)
    check(killed, classifier, attack, tmp_path / "so-far.npz", numbers)


@pytest.mark.parametrize(
    "attack",
    [
        [APGD("linf", 0.1, 3, loss="margin"), Square("linf", 0.1, 10)],
        pytest.param(AutoAttack(version="fast"), marks=pytest.mark.slow),
    ],
    ids=["several", "fast"],
)
def test_a_curve_killed_between_runs(killed, classifier, tmp_path, attack):
    def measure(folder=None):
        return robust_accuracy_curve(
            classifier, (X, Y), attack, eps=RADII,
            checkpoint_dir=folder, verbose=0,
        )  # fmt: skip

    whole, expected = killed(measure, [])
    again, ended = killed(lambda: measure(tmp_path), [2, 1, 0, 3])
    for one, other in zip(whole, again, strict=True):
        equal(one, other)
    # The points of the smaller radii are in files, so that none is found twice.
    assert ended == expected
    assert len(list(tmp_path.iterdir())) == len(RADII)


def test_written_every_few_seconds(killed, classifier, tmp_path, monkeypatch):
    monkeypatch.setattr(unfinished, "_PAUSE", 100.0)

    def measure():
        path = tmp_path / "so-far.npz"
        robust_accuracy(classifier, (X, Y), SEVERAL, checkpoint=path, verbose=0)

    _, expected = killed(measure, [])
    (tmp_path / "so-far.npz").unlink()
    _, ended = killed(measure, [3])
    assert ended == expected + 3


def test_of_other_runs_or_images_or_corrupt(tmp_path, monkeypatch):
    monkeypatch.setattr(unfinished, "_PAUSE", 0.0)
    path = tmp_path / "so-far.npz"
    runs = PGD().runs(3)
    held = {"x": X, "y": Y, "index": np.arange(24)}
    right = np.arange(24) % 2 == 0
    first = unfinished.Unfinished(path)
    assert first.restore(runs, held, right, (0.0, 1.0)) == {}
    first.save({"margin": np.arange(3)})

    def restore(*arguments):
        return unfinished.Unfinished(path).restore(*arguments)

    found = restore(runs, held, right, (0.0, 1.0))
    np.testing.assert_array_equal(found["margin"], [0, 1, 2])
    others = [
        (PGD(seed=1).runs(3), held, right, (0.0, 1.0)),
        (runs[:0], held, right, (0.0, 1.0)),
        (runs, {**held, "x": X + 0.01}, right, (0.0, 1.0)),
        (runs, {**held, "begin": X}, right, (0.0, 1.0)),
        (runs, held, ~right, (0.0, 1.0)),
        (runs, held, right, (0.0, 2.0)),
    ]
    for other in others:
        assert restore(*other) == {}
    other = unfinished.Unfinished(path, "another model")
    assert other.restore(runs, held, right, (0.0, 1.0)) == {}
    file = tmp_path / "so-far-runs.npz"
    for content in (b"", b"PK\x03\x04 and no more", file.read_bytes()[:200]):
        file.write_bytes(content)
        with pytest.raises(ValueError, match="a corrupt one; delete it"):
            restore(runs, held, right, (0.0, 1.0))
    # Nobody asked for it: it is not ours to remove.
    unfinished.Unfinished(path).remove()
    assert file.exists()
    first.remove()
    assert not file.exists()
