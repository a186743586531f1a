import pathlib
import re

import keras
import numpy as np
import pytest

from keras_ceb._src.robustness import data
from keras_ceb._src.robustness.attacks.compiled_attack import CompiledAttack
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Ensemble
from keras_ceb.robustness.attacks import Square


def test_closed_form_on_a_linear_model(linear):
    # Two classes in one dimension: an image stands iff its distance from the
    # boundary is larger than eps.
    model = linear([[1.0, -1.0]], bias=[-0.5, 0.5])
    x = np.linspace(0, 1, 201, dtype="float32")[:, None]
    y = (x[:, 0] < 0.5).astype("int32")
    result = robust_accuracy(
        Classifier(model, batch_size=32),
        (x, y),
        PGD(eps=0.1, random_start=False),
        verbose=0,
    )
    stands = np.abs(x[:, 0] - 0.5) > 0.1 + 1e-6
    edge = np.abs(np.abs(x[:, 0] - 0.5) - 0.1) < 1e-4
    np.testing.assert_array_equal(result.robust[~edge], stands[~edge])
    assert result.clean_accuracy == 1.0
    low, high = result.interval
    assert low < result.accuracy < high
    assert "PGD-20" in str(result)


def test_equals_the_attack_called_by_hand(digits):
    model, x, y = digits
    attack = PGD("l2", 0.5, 10, seed=2)
    logits = model.predict(attack(model, x, y), verbose=0)
    clean = model.predict(x, verbose=0).argmax(axis=1) == y
    expected = clean & (logits.argmax(axis=1) == y)
    for batch_size in (20, 128):
        classifier = Classifier(model, batch_size=batch_size)
        result = robust_accuracy(classifier, (x, y), attack, verbose=0)
        np.testing.assert_array_equal(result.clean, clean)
        np.testing.assert_array_equal(result.robust, expected)


def test_worst_case_over_several_attacks(digits):
    model, x, y = digits
    attacks = [PGD("linf", 0.06, 5), Square("linf", 0.06, 50)]
    each = [
        robust_accuracy(model, (x, y), attack, verbose=0) for attack in attacks
    ]
    both = robust_accuracy(model, (x, y), attacks, verbose=0)
    np.testing.assert_array_equal(both.robust, each[0].robust & each[1].robust)
    assert list(both.after) == ["PGD-5", "Square (num_queries 50)"]
    assert both.after["Square (num_queries 50)"] == both.accuracy


def test_fooled_images_are_left_alone(digits, monkeypatch):
    model, x, y = digits
    steps = []
    advance = CompiledAttack.advance

    def counting(self, data, state, params, first, stop):
        steps.append(len(data["y"]) * (stop - first))
        return advance(self, data, state, params, first, stop)

    monkeypatch.setattr(CompiledAttack, "advance", counting)
    attack = PGD("linf", 0.3, 20)
    classifier = Classifier(model, batch_size=16)
    result = robust_accuracy(classifier, (x, y), attack, verbose=0)
    assert result.accuracy < 0.05
    assert sum(steps) < 0.5 * len(x) * 20


def test_examples_are_fooled_images(digits):
    model, x, y = digits
    result = robust_accuracy(
        model, (x, y), PGD("linf", 0.1), num_examples=4, verbose=0
    )
    assert len(result.examples) == 4
    for example in result.examples:
        assert result.clean[example.index] and not result.robust[example.index]
        np.testing.assert_array_equal(example.clean, x[example.index])
        logits = model.predict(example.adversarial[None], verbose=0)
        assert logits.argmax() != example.label == y[example.index]


def test_streams_an_iterable_and_shows_progress(digits, capsys):
    model, x, y = digits
    stream = ((x[i : i + 30], y[i : i + 30]) for i in range(0, 120, 30))
    classifier = Classifier(model, batch_size=32)
    result = robust_accuracy(classifier, stream, PGD(steps=2))
    assert len(result.robust) == 120
    printed = capsys.readouterr().out
    assert f"{result.accuracy:.4f} on 120 images" in printed


def test_bad_arguments(digits):
    model, x, y = digits
    with pytest.raises(ValueError, match="`confidence` must lie between"):
        robust_accuracy(model, (x, y), PGD(), confidence=95)
    with pytest.raises(ValueError, match="must choose its targets"):
        robust_accuracy(model, (x, y), PGD(target="given"))


def test_goes_on_after_an_interruption(digits, tmp_path, monkeypatch):
    model, x, y = digits
    attack = PGD("linf", 0.1, 5)
    options = {"verbose": 0, "num_examples": 3}
    model = Classifier(model, batch_size=8)
    whole = robust_accuracy(model, (x, y), attack, **options)
    path = tmp_path / "so-far.npz"

    class Interruption(Exception):
        pass

    def broken():
        for first in range(0, 80, 8):
            yield x[first : first + 8], y[first : first + 8]
        raise Interruption

    with pytest.raises(Interruption):
        robust_accuracy(model, broken(), attack, checkpoint=path, **options)
    attacked = []
    advance = CompiledAttack.advance

    def counting(self, data, *args, **kwargs):
        attacked.extend(data["index"])
        return advance(self, data, *args, **kwargs)

    monkeypatch.setattr(CompiledAttack, "advance", counting)
    resumed = robust_accuracy(model, (x, y), attack, checkpoint=path, **options)
    assert min(attacked) >= 64
    np.testing.assert_array_equal(resumed.robust, whole.robust)
    assert resumed.after == whole.after
    assert [e.index for e in resumed.examples] == [
        e.index for e in whole.examples
    ]


def test_a_checkpoint_belongs_to_its_images(linear, tmp_path):
    model = linear([[1.0, -1.0]], bias=[-0.5, 0.5])
    x = np.linspace(0, 1, 40, dtype="float32")[:, None]
    y = (x[:, 0] < 0.5).astype("int32")
    attack = PGD(eps=0.1, steps=1)
    path = tmp_path / "so-far.npz"

    def measure(x, y, batch_size=4, checkpoint=path):
        return robust_accuracy(
            Classifier(model, batch_size=batch_size),
            (x, y),
            attack,
            checkpoint=checkpoint,
            verbose=0,
        )

    measure(x[:30], y[:30])
    with pytest.raises(ValueError, match="`data` must.*`shuffle=False`"):
        measure(x[::-1], y[::-1])
    with pytest.raises(ValueError, match="`data` must.*`checkpoint`.*fewer"):
        measure(x[:20], y[:20])
    # Other batches do not matter: the file ends within one of them.
    with pytest.raises(ValueError, match="`checkpoint` must be of the same"):
        robust_accuracy(
            Classifier(model, (-1, 2)), (x, y), attack, checkpoint=path
        )
    whole = measure(x, y, batch_size=40)
    expected = measure(x, y, checkpoint=None)
    np.testing.assert_array_equal(whole.robust, expected.robust)


def two_steps():
    """One step of 0.05 and one of 0.1, of one name."""
    return [
        PGD(eps=0.1, steps=1, step_size=s, random_start=False, keep="last")
        for s in (0.05, 0.1)
    ]


def on_a_line(linear, n=101):
    """Inputs in one dimension, the classes meet at 0.5."""
    x = np.linspace(0, 1, n, dtype="float32")[:, None] + 1e-3
    return (
        linear([[1.0, -1.0]], bias=[-0.5, 0.5]),
        np.clip(x, 0, 1),
        (x[:, 0] < 0.5).astype("int32"),
    )


def test_attacks_of_one_name_keep_their_rows(linear, tmp_path):
    model, x, y = on_a_line(linear)
    path = tmp_path / "so-far.npz"
    model = Classifier(model, batch_size=4)
    options = {"verbose": 0, "checkpoint": path}
    result = robust_accuracy(model, (x, y), two_steps(), **options)
    distance = np.abs(x[:, 0] - 0.5)
    rest = "random_start False, keep last"
    assert result.after == {
        f"PGD-1 (step_size 0.05, {rest})": np.mean(distance > 0.05),
        f"PGD-1 (step_size 0.1, {rest})": np.mean(distance > 0.1),
    }
    assert result.attack["name"] == " + ".join(result.after)
    again = robust_accuracy(model, (x, y), two_steps(), **options)
    assert again.after == result.after
    # The same attack in two ensembles is run, and listed, twice.
    nested = [Ensemble(two_steps()), two_steps()[1]]
    after = robust_accuracy(model, (x, y), nested, verbose=0).after
    assert list(after) == [
        f"PGD-1 (step_size 0.05, {rest})",
        f"PGD-1 (step_size 0.1, {rest}, no. 1)",
        f"PGD-1 (step_size 0.1, {rest}, no. 2)",
    ]


@pytest.mark.parametrize(
    "attack,options,error,message",
    [
        ("pgd", {}, TypeError, "`attack` must be an attack"),
        (PGD, {}, TypeError, r"`attack` must be an attack.*`PGD\(\)`"),
        ([], {}, ValueError, "`attack` must hold at least one"),
        ([PGD(), PGD()], {}, ValueError, "`attack` must differ"),
        ([PGD(), PGD(eps=0.1)], {}, ValueError, "must share `norm`"),
        (PGD("l2", 3.0), {}, ValueError, "`eps` must not be larger.*L2"),
        (Square(), {}, ValueError, "rank 4 for `Square`"),
        (PGD(loss="dlr"), {}, ValueError, "at least 3 classes"),
        (PGD(eps=1.5), {}, ValueError, "`eps` must not be larger than the r"),
        (PGD(), {"num_examples": -1}, ValueError, "`num_examples` must be"),
        (PGD(), {"num_examples": 0.5}, ValueError, "`num_examples` must be"),
        (PGD(), {"confidence": "a"}, TypeError, "`confidence` must be"),
        (PGD(), {"confidence": float("nan")}, ValueError, "`confidence` must"),
        (PGD(), {"checkpoint": "."}, ValueError, "`checkpoint` must.*a folder"),
        (PGD(), {"checkpoint": 3}, TypeError, "`checkpoint` must be the path"),
    ],
)
def test_refused_before_an_image_is_read(
    linear, monkeypatch, attack, options, error, message
):
    model, x, y = on_a_line(linear, 4)
    monkeypatch.setattr(ModelFunction, "logits", None)
    monkeypatch.setattr(data, "batches", None)
    with pytest.raises(error, match=message) as raised:
        robust_accuracy(model, (x, y), attack, **options)
    assert "Received: " in str(raised.value)


def test_a_checkpoint_that_is_none(linear, tmp_path):
    model, x, y = on_a_line(linear, 4)
    path = tmp_path / "other.npz"
    for write in (
        lambda: path.write_text("something else"),
        lambda: np.savez(path, x=x),
        lambda: path.write_bytes(path.read_bytes()[:60]),
    ):
        write()
        with pytest.raises(ValueError, match="`checkpoint` must be a file"):
            robust_accuracy(model, (x, y), PGD(), checkpoint=path, verbose=0)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_data():
    # 10,000 images of 32 x 32 x 3 are 123 MB; they are made as they are read.
    class Images(keras.utils.PyDataset):
        def __init__(self, length):
            super().__init__()
            self.length = length

        def __len__(self):
            return self.length

        def __getitem__(self, i):
            rng = np.random.default_rng(i)
            x = rng.random((100, 32, 32, 3)).astype("float32")
            return x, np.zeros(100, "int32")

    inputs = keras.Input((32, 32, 3))
    features = keras.layers.AveragePooling2D(8)(inputs)
    flat = keras.layers.Flatten()(features)
    model = keras.Model(inputs, keras.layers.Dense(2)(flat))

    def megabytes(field):
        status = pathlib.Path("/proc/self/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) / 1024

    def peak(num_batches):
        classifier = Classifier(model, batch_size=100)
        # The high-water mark of the process starts again from here.
        pathlib.Path("/proc/self/clear_refs").write_text("5")
        robust_accuracy(
            classifier, Images(num_batches), PGD(steps=2), verbose=0
        )
        return megabytes("VmHWM")

    # What is compiled and cached is there before the first figure.
    peak(10)
    small = peak(20)
    large = peak(100)
    assert large - small < 30
