import numpy as np
import pytest
from keras import ops
from scipy import special

from keras_ceb._src import backend
from keras_ceb._src.robustness.attacks import losses

LOGITS = np.float32(
    [[3.0, 1.0, 0.5, -1.0, 2.0], [0.1, 0.2, 0.3, 0.4, 0.5], [9, -9, 3, 4, 5]]
)
Y = np.array([0, 1, 3], "int32")
TARGET = np.array([4, 2, 0], "int32")
ROWS = np.arange(3)


def call(name, *args):
    logits, *labels = args
    logits = ops.convert_to_tensor(logits)
    return ops.convert_to_numpy(losses.LOSSES[name](logits, *labels))


def test_cross_entropy():
    log_p = special.log_softmax(LOGITS.astype("float64"), axis=1)
    value = call("cross_entropy", LOGITS, Y)
    np.testing.assert_allclose(value, -log_p[ROWS, Y], rtol=1e-5)
    value = call("cross_entropy", LOGITS, Y, TARGET)
    np.testing.assert_allclose(value, log_p[ROWS, TARGET], rtol=1e-4)


def test_margin():
    np.testing.assert_allclose(call("margin", LOGITS, Y), [-1, 0.3, 5], 1e-5)
    value = call("margin", LOGITS, Y, TARGET)
    np.testing.assert_allclose(value, [-1, -0.2, 4], rtol=1e-5)


def test_dlr():
    # (max wrong - label) / (first - third), from the sorted logits.
    expected = [(2 - 3) / (3 - 1), 0.3 / 0.2, 5 / (9 - 4)]
    np.testing.assert_allclose(call("dlr", LOGITS, Y), expected, rtol=1e-5)
    expected = [(2 - 3) / (3 - 0.75), 0.1 / (0.5 - 0.25), 5 / (9 - 3.5)]
    value = call("dlr", LOGITS, Y, TARGET)
    np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("name", ["dlr", "scaled_cross_entropy"])
@pytest.mark.parametrize("target", [None, TARGET])
def test_shift_and_scale_do_not_matter(name, target):
    value = call(name, LOGITS, Y, target)
    changed = call(name, 1000 * LOGITS - 70, Y, target)
    np.testing.assert_allclose(changed, value, rtol=1e-3)


def test_log_odds():
    p = special.softmax(LOGITS.astype("float64"), axis=1)
    value = call("log_odds", LOGITS, Y)
    np.testing.assert_allclose(value, -special.logit(p[ROWS, Y]), rtol=1e-5)
    value = call("log_odds", LOGITS, Y, TARGET)
    expected = special.logit(p[ROWS, TARGET])
    np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("scale", [1, 1000])
def test_the_gradient_of_log_odds_is_never_masked(scale):
    logits = scale * LOGITS
    _, gradient = backend.value_and_gradient(
        lambda z: (losses.log_odds(z, Y), z), ops.convert_to_tensor(logits)
    )
    # That of cross-entropy over the probability of all other classes.
    others = logits.astype("float64")
    others[ROWS, Y] = -np.inf
    expected = special.softmax(others, axis=1) - np.eye(5)[Y]
    gradient = ops.convert_to_numpy(gradient)
    # The rounding of the largest logit, 9000, in float32.
    np.testing.assert_allclose(gradient, expected, atol=1e-6 * scale)


def test_classes_needed():
    assert losses.classes_needed("dlr") == 3
    assert losses.classes_needed("dlr", targeted=True) == 4
    assert losses.classes_needed("margin") == 2


def test_scaled_cross_entropy():
    logits = np.float32([[4.0, 1.0, 0.0, -3.0]])
    log_p = special.log_softmax(logits.astype("float64") / 4.0, axis=1)
    value = call("scaled_cross_entropy", logits, Y[1:2])
    np.testing.assert_allclose(value, -log_p[:, 1], rtol=1e-5)
    # Digits that float32 has not beyond: a difference of the logits, not more.
    value = call("scaled_cross_entropy", logits + np.float32(1e7), Y[1:2])
    np.testing.assert_allclose(value, -log_p[:, 1], rtol=1e-5)


def test_as_many_classes_as_are_needed():
    np.testing.assert_allclose(call("dlr", LOGITS[:1, :3], Y[:1]), [-2 / 2.5])
    value = call("dlr", LOGITS[:1, :4], Y[:1], np.int32([1]))
    np.testing.assert_allclose(value, [-2 / (3 + 0.25)])
    # Three of the logits where there are as many, and both of two.
    value = call("scaled_cross_entropy", LOGITS[:1, :2], Y[:1])
    np.testing.assert_allclose(value, np.log1p(np.exp(-1)), rtol=1e-5)


def test_increase_without_bound_where_the_largest_logits_coincide():
    logits, label = np.float32([[1, 1, 1, 1, 0]]), np.int32([4])
    for name in ("dlr", "scaled_cross_entropy"):
        assert 1e10 < call(name, logits, label)[0] < np.inf
    assert 1e10 < call("dlr", logits, label, np.int32([0]))[0] < np.inf
