import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb.robustness.attacks import Square


@pytest.mark.parametrize("norm,eps", [("linf", 0.15), ("l2", 0.6)])
def test_breaks_a_model_without_gradients(digits, accuracy, norm, eps):
    model, x, y = digits
    inputs = keras.Input(x.shape[1:])
    masked = keras.Model(inputs, ops.round(100 * model(inputs)) / 100)
    found = Square(norm, eps, 200)(masked, x, y)
    assert accuracy(masked, found, y) < accuracy(masked, x, y) - 0.15
    delta = (found - x).reshape(len(x), -1)
    order = np.inf if norm == "linf" else 2
    assert np.linalg.norm(delta, order, axis=1).max() <= eps + 1e-6
    assert found.min() >= 0 and found.max() <= 1


def test_more_queries_never_weaken(digits, accuracy):
    model, x, y = digits
    shares = [
        accuracy(model, Square("linf", 0.1, n)(model, x, y), y)
        for n in (1, 10, 100)
    ]
    assert shares[0] >= shares[1] >= shares[2]


def test_images_only(linear):
    with pytest.raises(ValueError, match="rank 4"):
        Square()(linear(np.eye(3)), np.full((1, 3), 0.5, "float32"), [0])


def test_share_must_be_a_share():
    with pytest.raises(ValueError, match="`share` must lie in"):
        Square(share=0)
