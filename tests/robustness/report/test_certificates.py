import keras
import numpy as np
import pytest

import keras_ceb
from keras_ceb._src.robustness.attacks.compiled_attack import CompiledAttack
from keras_ceb._src.robustness.certify import randomized_smoothing
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb._src.robustness.report.report import RobustnessReport
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import evaluate_robustness
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.certify import EncodingCertificate
from keras_ceb.robustness.certify import LipschitzCertificate
from keras_ceb.robustness.certify import RandomizedSmoothing

QUICK = {"audit": False, "attacks": [], "verbose": 0}
SMOOTHING = RandomizedSmoothing(0.25, n0=20, n=400, alpha=0.01)
X = np.random.default_rng(0).uniform(size=(9, 3)).astype("float32")
Y = (X[:, 0] < X[:, 1]).astype("int32")


@pytest.fixture
def model(linear):
    """A plane through the points whose first two numbers are equal."""
    return linear([[1.0, -1.0], [-1.0, 1.0], [0.0, 0.0]])


def make_ceb(**kwargs):
    backbone = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])
    model = keras_ceb.wrap(backbone, num_classes=2, z_dim=3, **kwargs)
    return Classifier(model, allow_chance=True)


def test_a_report_has_the_results_of_each(model, tmp_path):
    attack = PGD("l2", 0.125, 2)
    options = {**QUICK, "attacks": [attack], "checkpoint_dir": tmp_path}
    others = RandomizedSmoothing(0.5, n=200), LipschitzCertificate()
    options["certificates"] = [SMOOTHING, *others]
    report = evaluate_robustness(model, (X, Y), **options)
    names = ["smoothing, sigma 0.25", "smoothing, sigma 0.5"]
    assert [*report.certificates] == [*names, "Lipschitz margin"]
    found = report.certificates[names[0]]
    alone = SMOOTHING.certify(model, (X, Y), verbose=0)
    np.testing.assert_array_equal(found.counts, alone.counts)
    assert found.table_radii == (0.0, 0.125)
    distance = np.abs(X[:, 0] - X[:, 1]) / 2**0.5
    share = np.mean(distance > 0.125)
    assert found.accuracy(0.125) <= share
    # On a plane, both bounds on the accuracy of the model are tight.
    row = [*report.certificate_table().rows][-1]
    assert row[3] == share == report.attacks[0].accuracy == row[-1]
    # The same again, from the files; the pass of the last one has none.
    again = evaluate_robustness(model, (X, Y), **options)
    bound = report.certificates["Lipschitz margin"]
    assert bound.certificate["lipschitz_constant"] == 1
    again.certificates["Lipschitz margin"].seconds = bound.seconds
    assert again == report
    back = RobustnessReport.from_json(report.to_json())
    assert back == report and back.to_markdown() == str(report)
    plain = report.to_dict()["certificates"][names[0]]
    assert plain["accuracy"][1]["accuracy"] == found.accuracy(0.125)
    assert plain["certificate"]["sigma"] == 0.25 and plain["seconds"] > 0
    assert plain["certificate"]["seed"] == 0


def test_a_killed_certificate_resumes(model, tmp_path, monkeypatch):
    options = {**QUICK, "certificates": SMOOTHING}
    whole = evaluate_robustness(model, (X, Y), **options)
    monkeypatch.setattr(randomized_smoothing, "_SAMPLES_PER_CALL", 150)
    count = RandomizedSmoothing._count
    calls = []

    def dying(self, *arguments):
        calls.append(arguments)
        if len(calls) == 11:
            raise KeyboardInterrupt
        return count(self, *arguments)

    monkeypatch.setattr(RandomizedSmoothing, "_count", dying)
    options["checkpoint_dir"] = tmp_path
    with pytest.raises(KeyboardInterrupt):
        evaluate_robustness(model, (X, Y), **options)
    again = evaluate_robustness(model, (X, Y), **options)
    (mine,), (theirs,) = (r.certificates.values() for r in (again, whole))
    np.testing.assert_array_equal(mine.counts, theirs.counts)
    # A selection and three parts per image, and one of the parts twice.
    assert len(calls) == 9 * 4 + 1


def test_radii_without_l2_attacks(model):
    wide = Classifier(model, (0, 2), allow_chance=True)
    few = RandomizedSmoothing(0.25, n0=1, n=2)
    report = evaluate_robustness(wide, (X, Y), certificates=few, **QUICK)
    (found,) = report.certificates.values()
    assert found.table_radii == (0.0, 0.5, 1.0, 1.5, 2.0)
    options = {**QUICK, "certificates": EncodingCertificate()}
    report = evaluate_robustness(make_ceb(), (X, Y), **options)
    (found,) = report.certificates.values()
    assert found.table_radii == (0.0, 1.0, 2.0, 3.0)
    assert "| margin of the encoding | encoding of the model | 1 |" in (
        report.to_markdown()
    )


class Noisy(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.seed_generator = keras.random.SeedGenerator(1)

    def call(self, x):
        return x + keras.random.normal((1, 2), seed=self.seed_generator)


def test_a_random_model_is_refused_before_it_is_attacked(monkeypatch):
    monkeypatch.setattr(CompiledAttack, "_run", None)
    layers = keras.Input((3,)), keras.layers.Dense(2), Noisy()
    random = Classifier(keras.Sequential(layers), allow_chance=True)
    options = {**QUICK, "attacks": [PGD(eps=0.1)], "certificates": SMOOTHING}
    with pytest.raises(ValueError, match="must be deterministic"):
        evaluate_robustness(random, (X, Y), **options)


def test_an_unknown_lipschitz_constant_is_refused(monkeypatch):
    monkeypatch.setattr(ModelFunction, "logits", None)
    norm = keras.layers.LayerNormalization(name="norm")
    layers = keras.Input((3,)), norm, keras.layers.Dense(2)
    options = {**QUICK, "certificates": LipschitzCertificate()}
    with pytest.raises(ValueError, match="Missing.*'norm' of type LayerNorm"):
        evaluate_robustness(keras.Sequential(layers), (X, Y), **options)


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: "smoothing", TypeError, "`certificates` must be"),
        (lambda: [SMOOTHING] * 2, ValueError, "`certificates` must differ"),
        (EncodingCertificate, ValueError, "must be a `CEBModel`"),
    ],
)
def test_refused_before_an_image_is_read(
    model, monkeypatch, make, error, match
):
    monkeypatch.setattr(ModelFunction, "logits", None)
    with pytest.raises(error, match=match):
        evaluate_robustness(model, (X, Y), certificates=make(), **QUICK)
