"""A training step of TRADES by hand."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src.training import adversarial
from keras_ceb.adversarial import TRADES
from tests import toy
from tests.training.adversarial_models import EPS
from tests.training.adversarial_models import constant_start
from tests.training.adversarial_models import images


def numpy_divergence(clean, other):
    """KL of the softmax of logits, and its gradients."""
    p, q = (np.exp(z - z.max(-1, keepdims=True)) for z in (clean, other))
    p, q = p / p.sum(-1, keepdims=True), q / q.sum(-1, keepdims=True)
    ratio = np.log(p / q)
    kl = (p * ratio).sum(-1)
    return kl, p * (ratio - kl[:, None]), q - p, p


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_a_step_of_trades_by_hand(norm, monkeypatch):
    constant_start(monkeypatch)
    x, y = images()
    x, y = 0.2 + 0.6 * x[:8], y[:8]
    # Soft labels and weights: the divergence has the weight, not the label.
    targets = 0.9 * np.eye(3)[y] + 0.1 / 3
    weight = np.linspace(0.0, 2.0, 8)
    beta, eps, rate = 3.0, 0.1, 0.5
    model = toy.model(objective="xent", compile=False)
    # Larger logits, so that the sign of no gradient is a matter of rounding.
    model.classifier.kernel.assign(100.0 * model.classifier.kernel)
    model.compile(
        keras.optimizers.SGD(rate),
        adversary=TRADES(norm, eps, beta, steps=3),
        run_eagerly=True,
    )
    W, b, C, d = (np.asarray(w, "float64") for w in model.get_weights()[:4])

    def logits(x):
        return (x @ W + b) @ C + d

    clean, moved = logits(x), x + 0.001
    for _ in range(3):
        by_input = numpy_divergence(clean, logits(moved))[2] @ (W @ C).T
        if norm == "linf":
            moved = moved + eps / 4 * np.sign(by_input)
            delta = np.clip(moved - x, -eps, eps)
        else:
            length = np.linalg.norm(by_input, axis=-1, keepdims=True)
            delta = moved + eps / 4 * by_input / length - x
            length = np.linalg.norm(delta, axis=-1, keepdims=True)
            delta = delta * np.minimum(1.0, eps / length)
        moved = x + delta
    kl, by_clean, by_moved, p = numpy_divergence(clean, logits(moved))
    entropy = -(targets * np.log(p)).sum(-1)
    loss = (weight * (entropy + beta * kl)).mean()
    share = weight[:, None] / 8
    by_clean = share * (p - targets + beta * by_clean)
    by_moved = share * beta * by_moved
    expected = {
        "W": x.T @ by_clean @ C.T + moved.T @ by_moved @ C.T,
        "b": (by_clean + by_moved).sum(0) @ C.T,
        "C": (x @ W + b).T @ by_clean + (moved @ W + b).T @ by_moved,
        "d": (by_clean + by_moved).sum(0),
    }
    logs = model.train_on_batch(
        x, targets.astype("float32"), weight, return_dict=True
    )
    np.testing.assert_allclose(float(logs["loss"]), loss, rtol=1e-5)
    assert (beta * weight * kl).mean() > 0.005 * loss
    for old, new, by_weight in zip(
        (W, b, C, d), model.get_weights(), expected.values(), strict=False
    ):
        np.testing.assert_allclose(new, old - rate * by_weight, atol=2e-6)


def test_the_divergence_is_that_of_the_means():
    x, y = toy.data(32)
    x = (x - x.min()) / (x.max() - x.min())
    model = toy.model(rho=1.0, compile=False)
    adversary = TRADES("linf", EPS, steps=2, bounds=(-1, 2), start_step=3)
    model.compile("sgd", adversary=adversary)
    model.classifier.kernel.assign(50.0 * model.classifier.kernel)
    for step, beta in ((2, 0.0), (3, 6.0)):
        model.optimizer.iterations.assign(step)
        kept, _ = adversarial.attacked(model, (x, y))
        np.testing.assert_array_equal(ops.convert_to_numpy(kept), x)
        moved = adversarial._pairs.find(kept)[0]
        encoded = model.forward_pass(kept, training=True)
        assert encoded.noise is not None
        added = adversarial.added_losses(model, kept, encoded)
        clean, other = (
            ops.convert_to_numpy(model(z)).astype("float64") for z in (x, moved)
        )
        expected = beta * numpy_divergence(clean, other)[0]
        np.testing.assert_allclose(
            ops.convert_to_numpy(added), expected, rtol=1e-3, atol=1e-5
        )
        assert (expected.mean() > 1e-3) == (beta > 0)
    assert adversarial.added_losses(model, ops.ones((2, 5)), encoded) == 0.0
