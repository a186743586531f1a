import numpy as np
import pytest

from keras_ceb.robustness.attacks import FAB


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_crosses_the_boundary_of_a_linear_model_just(linear, norm):
    # The distance to the boundary has a closed form: FAB must succeed a
    # little outside of it and fail a little inside.
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(10, 2))
    model = linear(weights, bias=[0.3, -0.3])
    x = 0.5 + 0.05 * rng.normal(size=(6, 10)).astype("float32")
    logits = x @ weights + [0.3, -0.3]
    y = logits.argmax(axis=1)
    gap = np.abs(logits[:, 0] - logits[:, 1])
    difference = weights[:, 0] - weights[:, 1]
    length = np.linalg.norm(difference, 1 if norm == "linf" else 2)
    distance = gap / length
    for factor, expected in ((0.98, False), (1.06, True)):
        for i in range(6):
            attack = FAB(norm, factor * distance[i], 20, num_targets=1)
            found = attack(model, x[i : i + 1], y[i : i + 1])
            crossed = (found @ weights + [0.3, -0.3]).argmax() != y[i]
            assert crossed == expected


def test_breaks_a_trained_model(digits, accuracy):
    model, x, y = digits
    clean = accuracy(model, x, y)
    found = FAB("linf", 0.1, 30, num_targets=3)(model, x, y)
    assert accuracy(model, found, y) < clean - 0.2
    assert np.abs(found - x).max() <= 0.1 + 1e-6
