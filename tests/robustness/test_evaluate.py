import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb.robustness import evaluate_robustness
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.evaluate import default_attacks


def test_figures_are_those_of_the_parts(digits):
    model, x, y = digits
    attacks = [PGD("linf", 0.1, 5)]
    report = evaluate_robustness(
        model,
        (x, y),
        attacks=attacks,
        eps={"l2": [0.5, 0.25]},
        audit=False,
        batch_size=50,
        verbose=0,
    )
    logits = model.predict(x, verbose=0)
    assert report.clean["accuracy"] == np.mean(logits.argmax(axis=1) == y)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    nll = float(ops.convert_to_numpy(loss(y, logits)))
    assert report.clean["nll"] == pytest.approx(nll, rel=1e-4)
    assert report.clean["residual_information"] is None
    expected = robust_accuracy(model, (x, y), attacks[0], verbose=0)
    assert report.attacks[0].accuracy == expected.accuracy
    radii = [r.attack["eps"] for r in report.curves["l2"]]
    assert radii == [0.25, 0.5]
    assert report.audit is None and report.corruptions is None


class WithInformation(keras.Model):
    """Its residual information is 1 nat for class 0 and 2 for the others."""

    def __init__(self):
        super().__init__()
        self.flatten = keras.layers.Flatten()

    def call(self, x):
        return self.flatten(x)

    def residual_information(self, x, y):
        return ops.where(ops.equal(y, 0), 1.0, 2.0)


def test_residual_information_of_right_and_wrong_answers():
    x = np.float32([[0.9, 0.3], [0.9, 0.3], [0.3, 0.9]])
    y = np.array([0, 1, 1])
    model = WithInformation()
    report = evaluate_robustness(
        model, (x, y), attacks=[], eps={}, audit=False, verbose=0
    )
    information = report.clean["residual_information"]
    assert information == {"right": 1.5, "wrong": 2.0}
    assert "residual information, wrong answers | 2.000" in str(report)


def test_a_model_without_bottleneck_has_no_residual_information():
    backbone = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model = keras_ceb.wrap(backbone, 2, objective="xent")
    data = np.float32([[0.9, 0.3], [0.3, 0.9]]), np.array([0, 1])
    report = evaluate_robustness(
        model,
        data,
        attacks=[],
        eps={},
        audit=False,
        verbose=0,
        allow_chance=True,
    )
    assert report.clean["residual_information"] is None


def test_checkpoints_belong_to_a_model(digits, tmp_path):
    model, x, y = digits
    options = {
        "attacks": [PGD("linf", 0.1, 3)],
        "eps": {},
        "audit": False,
        "verbose": 0,
        "checkpoint_dir": tmp_path / "parts",
    }
    first = evaluate_robustness(model, (x, y), **options)
    again = evaluate_robustness(model, (x, y), **options)
    assert again.to_dict() == first.to_dict()
    assert len(list((tmp_path / "parts").iterdir())) == 1
    other = keras.models.clone_model(model)
    evaluate_robustness(other, (x, y), **options, allow_chance=True)
    assert len(list((tmp_path / "parts").iterdir())) == 2


def test_default_attacks_scale_with_the_range():
    attacks = default_attacks((0.0, 255.0))
    assert [a.name for a in attacks] == ["AutoAttack (standard)", "PGD-20"] * 2
    assert attacks[0].eps == pytest.approx(8)
    assert attacks[2].eps == pytest.approx(127.5)


def test_generators_are_refused(digits):
    model, x, y = digits
    with pytest.raises(TypeError, match="readable several times"):
        evaluate_robustness(model, iter([(x, y)]))


def collapsed(digits):
    """The model of digits, behind a layer that expects pixels."""
    model, x, y = digits
    first = [keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255)]
    return keras.Sequential([*first, model]), x, y


def test_chance_stops_before_the_first_attack(digits, capsys):
    model, x, y = collapsed(digits)
    attack = PGD("linf", 0.1, 1)
    attack.num_steps = "would fail"
    with pytest.warns(UserWarning, match=r"0\.\.255") as record:
        with pytest.raises(ValueError, match="`allow_chance=True`"):
            evaluate_robustness(model, (x, y), attacks=[attack])
    assert record[0].filename == __file__
    printed = capsys.readouterr().out
    assert printed.startswith("Without attack: accuracy 0.")
    assert "PGD" not in printed


def test_chance_that_is_allowed(digits):
    model, x, y = collapsed(digits)
    with pytest.warns(UserWarning, match=r"0\.\.255"):
        report = evaluate_robustness(
            model,
            (x, y),
            attacks=[],
            eps={},
            audit=False,
            verbose=0,
            allow_chance=True,
        )
    assert report.clean["accuracy"] < 0.25
    assert report.class_names is None


def test_class_names_of_the_data(digits):
    class Named(keras.utils.PyDataset):
        class_names = list("0123456789")

        def __len__(self):
            return 1

        def __getitem__(self, i):
            return digits[1:]

    report = evaluate_robustness(
        digits[0], Named(), attacks=[], eps={}, audit=False, verbose=0
    )
    assert report.to_dict()["class_names"] == list("0123456789")
