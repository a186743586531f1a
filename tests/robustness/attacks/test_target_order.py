import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness.attacks import runner
from keras_ceb._src.robustness.attacks import target_order
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb.robustness import Classifier
from keras_ceb.robustness.attacks import APGD
from keras_ceb.robustness.attacks import FAB

# The exponent of the dual norm.
DUAL = {"linf": 1, "l2": 2, "l1": np.inf}
NORMS = pytest.mark.parametrize("norm", DUAL)


def order(model, x, y, attack):
    data = {"x": x, "y": y, "index": np.arange(len(x), dtype="int32")}
    return runner.ordered_targets(Run(attack), Classifier(model), data, 4)


def malt(norm):
    return APGD(norm, 0.1, loss="margin", targets="malt")


def in_order(x, y, logits, gradients, norm):
    """MALT image by image: logits `[n, c]`, gradients `[n, c, d]`."""
    expected = []
    for z, g, label in zip(logits, gradients, y, strict=True):
        distance = {
            t: (z[label] - z[t]) / np.linalg.norm(g[label] - g[t], DUAL[norm])
            for t in range(len(z))
            if t != label
        }
        expected.append(sorted(distance, key=distance.get))
    return expected


@NORMS
def test_nearest_hyperplanes_of_a_linear_model(linear, norm):
    rng = np.random.default_rng(0)
    # Classes with long weights are closer than their logits say.
    weights = rng.normal(size=(6, 5)) * [1, 3, 0.3, 1, 5]
    x = rng.random((7, 6)).astype("float32")
    logits = x @ weights
    y = logits.argmax(axis=1).astype("int32")
    found = order(linear(weights), x, y, malt(norm))
    gradients = np.tile(weights.T, (7, 1, 1))
    expected = in_order(x, y, logits, gradients, norm)
    np.testing.assert_array_equal(found, expected)
    by_logits = APGD(loss="margin", targets="logits")
    by_logits = order(linear(weights), x, y, by_logits)
    np.testing.assert_array_equal(by_logits, np.argsort(-logits, axis=1)[:, 1:])
    assert (found != by_logits).any(axis=1).sum() >= 3


@NORMS
def test_gradients_of_two_layers(norm):
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(5, 8)), rng.normal(size=(8, 4))
    second *= [1, 4, 0.2, 2]
    model = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(8, activation="tanh", use_bias=False),
            keras.layers.Dense(4, use_bias=False),
        ]
    )
    model.set_weights([first, second])
    x = rng.random((9, 5)).astype("float32")
    hidden = np.tanh(x @ first)
    logits = hidden @ second
    y = logits.argmax(axis=1).astype("int32")
    # d z_c / d x = W1 ((1 - h^2) * W2_c).
    gradients = np.einsum("dh,nh,hc->ncd", first, 1 - hidden**2, second)
    expected = in_order(x, y, logits, gradients, norm)
    attacks = [malt(norm)]
    if norm in FAB.norms:
        attacks.append(FAB(norm, 0.1, targets="malt"))
    for attack in attacks:
        np.testing.assert_array_equal(order(model, x, y, attack), expected)


def test_only_the_largest_logits_are_candidates(linear, monkeypatch):
    monkeypatch.setattr(target_order, "_CANDIDATES", 2)
    # The third class is the closest, but its logit is the smallest.
    weights = np.float32([[1, 1, 0.9, 50], [3, 2, 1.9, -50]])
    x, y = np.float32([[0.5, 0.5]]), np.zeros(1, "int32")
    np.testing.assert_array_equal(
        order(linear(weights), x, y, malt("l2")), [[1, 2]]
    )


def test_distance_without_a_gradient():
    gap = ops.convert_to_tensor(np.float32([2, 2]))
    gradient = ops.convert_to_tensor(np.float32([[0, 0], [3, -4]]))
    for norm, expected in (("linf", 2 / 7), ("l2", 2 / 5), ("l1", 2 / 4)):
        found = target_order.linearized_distance(gap, gradient, norm)
        found = ops.convert_to_numpy(found)
        np.testing.assert_allclose(found, [np.inf, expected], rtol=1e-6)


def test_the_first_target_is_the_nearest(linear):
    """With one target, only the nearest hyperplane is crossed."""
    # Distances of (0.5, 0.5) in L2: (1.0 - 0.9) / 0.14 and (1.0 - 0.8) / 2.
    weights = np.float32([[1, 0.9, -1], [1, 0.9, 1]])
    bias = np.float32([0, 0, 0.8])
    x, y = np.float32([[0.5, 0.5]]), np.zeros(1, "int32")
    arguments = {"loss": "margin", "num_targets": 1}
    attack = APGD("l2", 0.2, 20, targets="malt", **arguments)
    model = linear(weights, bias)
    found = model.predict(attack(model, x, y), verbose=0)
    assert found.argmax() == 2


@pytest.mark.parametrize(
    "attack, match",
    [
        (
            lambda: APGD(targets="mal"),
            r"`targets` must be one of .*none.*logits.*malt.*Received",
        ),
        (
            lambda: FAB(targets="none"),
            r"`targets` must be one of .*logits.*malt.*Received",
        ),
        (lambda: APGD(targets="malt", num_targets=0), "`num_targets` must be"),
    ],
)
def test_invalid_targets(attack, match):
    with pytest.raises(ValueError, match=match):
        attack()
