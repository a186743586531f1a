import keras
import numpy as np
import pytest
from sklearn import metrics

import keras_ceb
from keras_ceb import schedules
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import evaluate_robustness
from keras_ceb.robustness import ood

QUICK = {"attacks": [], "audit": False, "verbose": 0}
SPLIT = slice(700), slice(700, None)
NAMES = ["max_softmax", "energy", "max_logit"]


@pytest.fixture(scope="module")
def other():
    """Noise with the gray levels of digits, in the shape of digits."""
    return np.random.default_rng(0).random((50, 8, 8, 1)).astype("float32")


def test_scores_of_any_classifier(digits, other):
    model, x, y = digits
    streams = {
        "array": other,
        "pair": (other, np.zeros(50)),
        "stream": [(other[:20], np.zeros(20)), (other[20:], np.zeros(30))],
    }
    report = evaluate_robustness(model, (x, y), ood=streams, **QUICK)
    assert report.ood.sets["array"] == report.ood.sets["pair"]
    assert report.ood.sets["array"] == report.ood.sets["stream"]
    found = report.ood.sets["array"]
    assert [*found] == NAMES == [*report.selective.curves]
    truth = np.repeat([0, 1], [len(x), len(other)])
    logits = model.predict(np.concatenate([x, other]), verbose=0)
    for name in NAMES:
        scores = getattr(ood, name)(logits)
        area = metrics.roc_auc_score(truth, scores)
        assert found[name].auroc == pytest.approx(area, abs=1e-4)
    # Selective prediction without the last share is plain accuracy.
    assert report.selective.curves["energy"][-1] == report.clean["accuracy"]
    assert '"aurc"' in report.to_json()
    assert "## Out-of-distribution detection" in report.to_markdown()
    page = report.to_html()
    for title in ("Selective prediction", "Out-of-distribution detection"):
        assert f"<h2>{title}</h2>" in page


def test_digits_that_a_ceb_model_never_saw(digits_data):
    """A smoke version of a study: 5 to 9 are not among the classes 0 to 4."""
    keras.utils.set_random_seed(0)
    x, y = digits_data
    known, unknown = (x[y < 5], y[y < 5]), x[y >= 5]
    layers = [
        keras.layers.Flatten(),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(16),
    ]
    backbone = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    model = keras_ceb.wrap(backbone, 5, rho=schedules.Constant(2.0))
    model.compile(keras.optimizers.Adam(0.01))
    train, test = ([part[rows] for part in known] for rows in SPLIT)
    model.fit(*train, batch_size=100, epochs=50, verbose=0)
    report = evaluate_robustness(
        model, tuple(test), ood={"5 to 9": unknown}, **QUICK
    )
    found = report.ood.sets["5 to 9"]
    assert [*found] == [*NAMES, "ood_score"]
    for separation in found.values():
        low, high = separation.auroc_interval
        assert 0.8 < low < separation.auroc < high < 1
    assert "| 5 to 9 | 896 | ood_score | " in str(report)


def test_another_shape_in_a_stream(digits):
    model, x, y = digits
    wrong = {"wide": [(np.ones((2, 8, 9, 1)), np.zeros(2))]}
    with pytest.raises(ValueError, match=r"`ood\['wide'\]`.*\(8, 9, 1\)"):
        evaluate_robustness(model, (x, y), ood=wrong, **QUICK)


def test_another_range(digits, other):
    model, x, y = digits
    wrong = {"levels": 255 * other}
    with pytest.raises(ValueError, match=r"`ood\['levels'\]`.*bounds"):
        evaluate_robustness(model, (x, y), ood=wrong, **QUICK)
    # Dark images are no error: they are another distribution.
    dark = {"dark": np.zeros((20, 8, 8, 1), "float32")}
    found = evaluate_robustness(
        Classifier(model), (x, y), ood=dark, **QUICK
    ).ood
    assert found.sets["dark"]["energy"].num_outside == 20


def test_no_image(digits):
    model, x, y = digits
    with pytest.raises(ValueError, match="must hold at least one"):
        evaluate_robustness(
            model, (x, y), ood={"none": np.ones((0, 8, 8, 1))}, **QUICK
        )
