import json

import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb._src.robustness import data
from keras_ceb._src.robustness.attacks.compiled_attack import CompiledAttack
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import evaluate_robustness
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Curve
from keras_ceb.robustness.attacks import Square
from keras_ceb.robustness.corruptions import CorruptionSuite


def test_figures_are_those_of_the_parts(digits):
    model, x, y = digits
    attacks = [PGD("linf", 0.1, 5), Curve("l2", [0.5, 0.25])]
    report = evaluate_robustness(
        Classifier(model, batch_size=50),
        (x, y),
        attacks=attacks,
        audit=False,
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


def test_a_model_without_bottleneck_has_no_residual_information():
    backbone = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model = keras_ceb.wrap(backbone, 2, objective="xent")
    model = Classifier(model, allow_chance=True)
    data = np.float32([[0.9, 0.3], [0.3, 0.9]]), np.array([0, 1])
    report = evaluate_robustness(
        model,
        data,
        attacks=[],
        audit=False,
        verbose=0,
    )
    assert report.clean["residual_information"] is None


def test_checkpoints_belong_to_a_model(digits, tmp_path):
    model, x, y = digits
    options = {
        "attacks": [PGD("linf", 0.1, 3)],
        "audit": False,
        "verbose": 0,
        "checkpoint_dir": tmp_path / "parts",
    }
    first = evaluate_robustness(model, (x, y), **options)
    again = evaluate_robustness(model, (x, y), **options)
    assert again == first
    assert len(list((tmp_path / "parts").iterdir())) == 1
    other = Classifier(keras.models.clone_model(model), allow_chance=True)
    evaluate_robustness(other, (x, y), **options)
    assert len(list((tmp_path / "parts").iterdir())) == 2
    # And to the images, and to the range.
    evaluate_robustness(model, (x[1:], y[1:]), **options)
    assert len(list((tmp_path / "parts").iterdir())) == 3
    evaluate_robustness(Classifier(model, (-1, 2)), (x, y), **options)
    assert len(list((tmp_path / "parts").iterdir())) == 4


def test_models_with_the_same_weights_have_checkpoints_of_their_own(tmp_path):
    """They differ in a layer without weights."""
    x = np.linspace(0, 1, 8, dtype="float32")[:, None]
    y = (x[:, 0] > 0.5).astype(int)
    options = {"attacks": [PGD("linf", 0.1, 2)], "audit": False, "verbose": 0}
    found = []
    for scale in (1.0, 0.5):
        model = keras.Sequential(
            [
                keras.Input((1,)),
                keras.layers.Rescaling(scale),
                keras.layers.Dense(2),
            ]
        )
        model.set_weights([np.float32([[0, 1]]), np.float32([0.5, 0])])
        model = Classifier(model, name="m", allow_chance=True)
        alone = evaluate_robustness(model, (x, y), **options)
        found.append(
            evaluate_robustness(
                model, (x, y), checkpoint_dir=tmp_path, **options
            )
        )
        assert found[-1] == alone
    assert found[0] != found[1]
    assert len(list(tmp_path.iterdir())) == 2


def test_generators_are_refused(digits):
    model, x, y = digits
    with pytest.raises(TypeError, match="readable several times"):
        evaluate_robustness(model, iter([(x, y)]))


def collapsed(digits):
    """The model of digits, behind a layer that expects pixels."""
    model, x, y = digits
    first = [keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255)]
    return keras.Sequential([*first, model]), x, y


def test_chance_stops_before_the_first_attack(digits, capsys, monkeypatch):
    model, x, y = collapsed(digits)
    attack = PGD("linf", 0.1, 1)
    monkeypatch.setattr(CompiledAttack, "_run", None)
    with pytest.warns(UserWarning, match=r"0\.\.255") as record:
        with pytest.raises(ValueError, match="`allow_chance=True`"):
            evaluate_robustness(model, (x, y), attacks=[attack])
    files = [w.filename for w in record if w.category is UserWarning]
    assert files[0] == __file__
    printed = capsys.readouterr().out
    assert printed.startswith("Without attack: accuracy 0.")
    assert "PGD" not in printed


def test_chance_that_is_allowed(digits):
    model, x, y = collapsed(digits)
    with pytest.warns(UserWarning, match=r"0\.\.255"):
        model = Classifier(model, allow_chance=True)
    report = evaluate_robustness(
        model, (x, y), attacks=[], audit=False, verbose=0
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
        digits[0], Named(), attacks=[], audit=False, verbose=0
    )
    assert report.to_dict()["class_names"] == list("0123456789")


QUICK = {"audit": False, "verbose": 0}


def on_a_line(linear, shape=(1,)):
    """Inputs of which only the first number counts: classes meet at 0.5."""
    weights = np.zeros((int(np.prod(shape)), 2))
    weights[0] = 1.0, -1.0
    model = linear(weights, bias=[-0.5, 0.5], shape=shape)
    x = np.zeros((41, *shape), "float32")
    # None at a round distance from 0.5.
    x.reshape(41, -1)[:, 0] = np.clip(np.linspace(0, 1, 41) + 0.001, 0, 1)
    return model, x, (x.reshape(41, -1)[:, 0] < 0.5).astype("int32")


def test_one_attack_and_one_radius(linear):
    model, x, y = on_a_line(linear)
    attacks = PGD(eps=0.1), Curve("linf", 0.21)
    report = evaluate_robustness(model, (x, y), attacks=attacks, **QUICK)
    distance = np.abs(x[:, 0] - 0.5)
    assert report.attacks[0].accuracy == np.mean(distance > 0.1)
    (curve,) = report.curves["linf"]
    assert curve.accuracy == np.mean(distance > 0.21)


def test_attacks_of_one_name_keep_their_rows(linear, tmp_path, capsys):
    model, x, y = on_a_line(linear)
    attacks = [
        PGD(eps=e, steps=1, step_size=s, random_start=False, keep="last")
        for e, s in ((0.1, 0.03), (0.1, 0.08), (0.2, 0.13))
    ]
    options = {**QUICK, "checkpoint_dir": tmp_path, "verbose": 1}
    expected = [
        np.mean(np.abs(x[:, 0] - 0.5) > attack.step_size) for attack in attacks
    ]
    for _ in range(2):
        report = evaluate_robustness(model, (x, y), attacks=attacks, **options)
        assert [r.accuracy for r in report.attacks] == expected
        assert len(list(tmp_path.iterdir())) == 3
        content = json.loads(report.to_json())
        assert [a["accuracy"] for a in content["attacks"]] == expected
    assert (
        "attack 1 of 3: PGD-1 (step_size 0.03, random_start False, keep last), "
        "L-infinity 0.1: accuracy" in capsys.readouterr().out
    )
    text = report.to_markdown()
    for step, value in zip((0.03, 0.08, 0.13), expected, strict=True):
        name = f"PGD-1 (step_size {step}, random_start False, keep last)"
        assert text.count(f"| {name} | linf | ") == 1
        assert f"| {value:.4f} |" in text


REFUSED = [
    ({"attacks": "pgd"}, TypeError, "`attacks` must be an attack"),
    ({"attacks": PGD}, TypeError, r"`attacks` must be an attack.*`PGD\(\)`"),
    ({"attacks": [[PGD()]]}, TypeError, "`attacks` must be an attack"),
    ({"attacks": [PGD(), PGD()]}, ValueError, "`attacks` must differ"),
    ({"attacks": PGD(eps=1.5)}, ValueError, "`eps` must not be larger than"),
    ({"attacks": PGD(target="given")}, ValueError, "`attacks` must choose"),
    ({"attacks": [PGD(), PGD(loss="dlr")]}, ValueError, "at least 3 classes"),
    ({"attacks": [PGD(), PGD("l2", 20)]}, ValueError, "`eps`.*L2 distance"),
    (
        {"attacks": PGD(eps=0), "audit": True},
        ValueError,
        "`audit` must be False",
    ),
    (
        {"attacks": PGD("l1", eps=0.1), "audit": True},
        ValueError,
        "`audit` must be False unless.*'l1'",
    ),
    ({"attacks": Curve("linf", 4)}, ValueError, "`eps` must not be larger"),
    ({"attacks": [Curve("l2", [1, 20])]}, ValueError, "`eps`.*L2 distance"),
    ({"attacks": [Curve("l2", -1)]}, ValueError, "`eps` must be finite"),
    (
        {"attacks": [Curve("l2"), PGD(), Curve("l2", 0.1)]},
        ValueError,
        "`attacks` must hold at most one `Curve` per norm.*'l2'",
    ),
    ({"ood": [np.ones((2, 8, 2, 1))]}, TypeError, "`ood` must map names"),
    ({"ood": {3: np.ones((2, 8, 2, 1))}}, TypeError, "`ood` must map names"),
    ({"ood": {}}, ValueError, "`ood` must hold at least one"),
    (
        {"ood": {"other": np.ones((2, 8, 8, 1))}},
        ValueError,
        r"`ood\['other'\]` must hold images.*\(8, 2, 1\).*\(8, 8, 1\)",
    ),
    ({"audit": "yes"}, TypeError, "`audit` must be True or False"),
    ({"audit": 1}, TypeError, "`audit` must be True or False"),
    ({"checkpoint_dir": ""}, ValueError, "`checkpoint_dir` must be"),
    ({"checkpoint_dir": True}, TypeError, "`checkpoint_dir` must be"),
    ({"checkpoint_dir": __file__}, ValueError, "`checkpoint_dir`.*is a file"),
    ({"corruptions": "rain"}, ValueError, "`corruptions` must be.*'rain'"),
    ({"corruptions": ["fog", "fog"]}, ValueError, "`names` must not repeat"),
    ({"corruptions": 3}, TypeError, "`corruptions` must be"),
    ({"corruptions": ["fog", "saturate"]}, ValueError, "needs color"),
    ({"corruptions": "zoom_blur"}, ValueError, "at least 3 pixels"),
    (
        {"corruptions": CorruptionSuite(["fog"], normalizer="mine")},
        ValueError,
        "`normalizer` must be",
    ),
    (
        {"corruptions": CorruptionSuite(["frost"], textures=[np.ones(2)])},
        ValueError,
        "`textures` must be",
    ),
]


@pytest.mark.parametrize("options,error,message", REFUSED)
def test_refused_before_an_image_is_read(
    linear, monkeypatch, options, error, message
):
    model, x, y = on_a_line(linear, (8, 2, 1))
    monkeypatch.setattr(ModelFunction, "logits", None)
    monkeypatch.setattr(data, "batches", None)
    options = {"attacks": [], **QUICK, **options}
    with pytest.raises(error, match=message) as raised:
        evaluate_robustness(model, (x, y), **options)
    assert "Received: " in str(raised.value)


class TwoClasses(keras.Model):
    """A model that says nothing of its shapes before it is called."""

    def call(self, x):
        x = ops.reshape(x, (-1, 4))
        return 3 * x[:, :2]


@pytest.mark.parametrize(
    "options,message",
    [
        ({"attacks": [PGD(), PGD(loss="dlr")]}, "at least 3 classes"),
        ({"attacks": [PGD(), Square()]}, "rank 4 for `Square`"),
        ({"attacks": [PGD(), PGD("l2", 3)]}, "L2 distance"),
        ({"attacks": Curve("l2", [0.1, 3])}, "L2 distance"),
        ({"ood": {"other": np.ones((2, 5))}}, r"`ood\['other'\]` must hold"),
        ({"corruptions": "fog"}, "`data` must hold images"),
    ],
)
def test_refused_at_the_first_batch_at_the_latest(
    monkeypatch, options, message
):
    class Stream:
        last = 0

        def __iter__(self):
            for number in range(3):
                Stream.last = max(Stream.last, number)
                yield np.full((4, 4), 0.5, "float32"), np.zeros(4, "int32")

    monkeypatch.setattr(CompiledAttack, "_run", None)
    options = {"attacks": [], **QUICK, **options}
    classifier = Classifier(TwoClasses(), batch_size=4)
    with pytest.raises(ValueError, match=message):
        evaluate_robustness(classifier, Stream(), **options)
    assert Stream.last == 0


def test_the_name_is_that_of_the_classifier(linear):
    model, x, y = on_a_line(linear)
    options = {**QUICK, "attacks": []}
    report = evaluate_robustness(model, (x, y), **options)
    assert report.name == model.name
    named = Classifier(model, name="mine")
    assert evaluate_robustness(named, (x, y), **options).name == "mine"


def test_default_radii_scale_with_the_range(linear):
    model, x, y = on_a_line(linear, (4, 4, 1))
    options = {"attacks": [Curve("linf"), Curve("l2")], **QUICK}
    wide = Classifier(model, (0, 2))
    curves = evaluate_robustness(wide, (x, y), **options).curves
    assert [r.attack["eps"] for r in curves["linf"]] == [
        pytest.approx(2 * n / 255) for n in (1, 2, 4, 8, 16)
    ]
    assert curves["linf"][0].attack["bounds"] == (0.0, 2.0)
    assert [r.attack["eps"] for r in curves["l2"]] == [0.25, 0.5, 1, 2, 4]


def test_nothing_is_measured_that_was_not_asked_for(linear):
    model, x, y = on_a_line(linear)
    report = evaluate_robustness(
        model, (x, y), attacks=[], corruptions=False, **QUICK
    )
    assert report.attacks == [] and report.curves == {}
    assert report.corruptions is None
    assert report.clean["accuracy"] == 1
