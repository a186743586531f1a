import numpy as np
import pytest
from keras import ops

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


class Line:
    """Answers class 1 beyond x_0 = 0.7, with logits 0 and x_0 - 0.7."""

    def logits(self, x, query):
        return ops.stack([ops.zeros_like(x[:, 0]), x[:, 0] - 0.7], axis=1)

    def gradient(self, x, query, loss):
        logits = self.logits(x, query)
        return loss(logits), logits, ops.ones_like(x) * np.float32([1, 0])


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_a_step_by_hand(norm):
    attack = FAB(norm, 0.3)
    data = {"x": ops.full((1, 2), 0.5), "y": np.int32([0])}
    data["index"] = np.int32([0])
    params = {
        "eps": np.float32(0.3),
        "lower": np.float32(0.0),
        "upper": np.float32(1.0),
        "seed": np.uint32(0),
        "run": np.int32(0),
        "random_start": np.float32(0.0),
        "target_rank": np.int32(0),
    }
    state = attack.start(Line(), data, params)
    state = attack.step(Line(), data, params, state, np.int32(0))
    state = {key: ops.convert_to_numpy(value) for key, value in state.items()}
    # 0.2 to the line, overshot by the paper's eta, 1.05.
    np.testing.assert_allclose(state["best"], [[0.71, 0.5]], atol=1e-6)
    np.testing.assert_allclose(state["distance"], [0.21], atol=1e-6)
    # A misclassified point goes back to beta = 0.9 of its distance.
    np.testing.assert_allclose(state["x"], [[0.689, 0.5]], atol=1e-6)
    assert state["fooled"].all()
