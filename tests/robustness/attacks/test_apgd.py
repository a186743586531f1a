import keras
import numpy as np
import pytest
from keras import ops
from scipy import special

from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.robustness.attacks.apgd import checkpoint_windows
from keras_ceb.robustness.attacks import APGD
from keras_ceb.robustness.attacks import PGD


def test_checkpoints_of_the_paper():
    windows = checkpoint_windows(100)
    # w_j = ceil(100 p_j), p = 0, .22, .41, .57, .70, .80, .87, .93, .99.
    ends = np.flatnonzero(windows) + 1
    np.testing.assert_array_equal(ends, [22, 41, 57, 70, 80, 87, 93, 99])
    np.testing.assert_array_equal(
        windows[ends - 1], [22, 19, 16, 13, 10, 7, 6, 6]
    )


def numpy_apgd(x, y, start, weights, norm, eps, steps):
    """Algorithm 1 of Croce and Hein, image by image, in float64."""

    def project(z, clean):
        delta = z - clean
        if norm == "linf":
            delta = np.clip(delta, -eps, eps)
        else:
            delta = delta * min(1, eps / max(np.linalg.norm(delta), 1e-30))
        return np.clip(clean + delta, 0, 1)

    def evaluate(z, label):
        logits = np.tanh(z @ weights)
        p = np.exp(logits) / np.exp(logits).sum()
        one_hot = np.eye(len(p))[label]
        gradient = weights @ ((p - one_hot) * (1 - logits**2))
        return -np.log(p[label]), gradient

    windows = checkpoint_windows(steps)
    found = []
    for clean, label, point in zip(x, y, start, strict=True):
        trace = [evaluate(point, label)[0]]
        before, step = point, 2 * eps
        loss, gradient = evaluate(point, label)
        best = (loss, point, gradient)
        halved, best_before, mark = True, loss, 0
        for i in range(steps):
            unit = np.sign(gradient)
            if norm == "l2":
                unit = gradient / np.linalg.norm(gradient)
            z = project(point + step * unit, clean)
            share = 0.75 if i else 1.0
            z = point + share * (z - point) + (1 - share) * (point - before)
            before, point = point, project(z, clean)
            loss, gradient = evaluate(point, label)
            trace.append(loss)
            if loss > best[0]:
                best = (loss, point, gradient)
            if windows[i]:
                rises = np.sum(np.diff(trace[mark : i + 2]) > 0)
                stuck = rises <= 0.75 * windows[i] or (
                    not halved and best_before >= best[0]
                )
                if stuck:
                    step, point, gradient = step / 2, best[1], best[2]
                halved, best_before, mark = stuck, best[0], i + 1
        found.append(best[1])
    return np.stack(found)


@pytest.mark.parametrize("norm,eps", [("linf", 0.1), ("l2", 0.3)])
def test_equals_numpy(norm, eps):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(6, 4))
    inputs = keras.Input((6,))
    dense = keras.layers.Dense(4, activation="tanh", use_bias=False)
    model = keras.Model(inputs, dense(inputs))
    dense.set_weights([weights])
    x = rng.random((12, 6)).astype("float32")
    # The label stays the most likely class, so the best loss is what counts.
    y = np.tanh(x @ weights).argmin(axis=1)
    attack = APGD(norm, eps, 25)
    keys = attack.keys({"index": np.arange(12)}, {"seed": 0})
    start = ball.boundary_start(
        ops.convert_to_tensor(x), eps, (0.0, 1.0), norm, keys, 0
    )
    expected = numpy_apgd(
        x, y, ops.convert_to_numpy(start), weights, norm, eps, 25
    )
    found = attack(model, x, y)
    # In float32 two losses may tie that differ in float64, and the searches
    # part; where they do, they still end at the same loss.
    same = np.abs(found - expected).max(axis=1) < 2e-4
    assert same.mean() >= 0.75
    losses = [
        -np.log(np.take_along_axis(p, y[:, None], axis=1))
        for z in (found, expected)
        for p in [special.softmax(np.tanh(z @ weights), axis=1)]
    ]
    np.testing.assert_allclose(losses[0], losses[1], atol=2e-4)


@pytest.mark.parametrize(
    "arguments", [{}, {"loss": "dlr"}, {"loss": "dlr", "targets": "logits"}]
)
def test_beats_pgd_and_stays_in_the_ball(digits, accuracy, arguments):
    model, x, y = digits
    adversarial = APGD("l2", 0.4, 30, **arguments)(model, x, y)
    weaker = PGD("l2", 0.4, 10)(model, x, y)
    assert accuracy(model, adversarial, y) <= accuracy(model, weaker, y)
    norms = np.linalg.norm((adversarial - x).reshape(len(x), -1), axis=1)
    assert norms.max() <= 0.4 + 1e-6
    assert adversarial.min() >= 0 and adversarial.max() <= 1


def test_targeted_dlr_needs_four_classes(linear):
    attack = APGD(loss="dlr", targets="logits", num_targets=2)
    with pytest.raises(ValueError, match="at least 4 classes"):
        attack(linear(np.eye(3)), np.full((2, 3), 0.5, "float32"), [0, 1])


def test_the_l1_ball_against_the_closed_form(linear):
    """Both attacks mislead exactly the images that a corner can mislead."""
    rng = np.random.default_rng(1)
    weights = np.stack([np.zeros(8), rng.normal(size=8)], axis=1)
    model = linear(weights)
    x = rng.uniform(size=(40, 8)).astype("float32")
    y = (x @ weights[:, 1] > 0).astype("int32")
    # The largest weights first, each as far as the range lets it.
    lead = np.abs(x @ weights[:, 1])
    slope = -np.where(y, 1, -1)[:, None] * weights[:, 1]
    limit = np.where(slope > 0, 1 - x, x)
    order = np.argsort(-np.abs(slope), axis=1)
    limit = np.take_along_axis(limit, order, axis=1)
    slope = np.abs(np.take_along_axis(slope, order, axis=1))
    used = np.minimum(limit, np.maximum(0.6 - np.cumsum(limit, 1) + limit, 0))
    reach = (slope * used).sum(axis=1)
    clear = np.abs(reach - lead) > 0.02
    assert 0.2 < np.mean(reach > lead) < 0.8 and clear.mean() > 0.8
    for attack in (APGD("l1", 0.6, 50), PGD("l1", 0.6, 5)):
        found = attack(model, x, y)
        misled = (found @ weights[:, 1] > 0) != y
        np.testing.assert_array_equal(misled[clear], (reach > lead)[clear])
        assert np.abs(found - x).sum(axis=1).max() <= 0.6 + 1e-5
        assert found.min() >= 0 and found.max() <= 1


@pytest.mark.slow
def test_apgd_beats_pgd_in_the_l1_ball(digits, accuracy):
    model, x, y = digits
    options = {"loss": "cross_entropy"}
    found = APGD("l1", 3.0, 30, **options)(model, x[:64], y[:64])
    weaker = PGD("l1", 3.0, 10, **options)(model, x[:64], y[:64])
    reached = accuracy(model, found, y[:64])
    assert reached <= accuracy(model, weaker, y[:64])
    assert reached < accuracy(model, x[:64], y[:64])
    lengths = np.abs(found - x[:64]).reshape(64, -1).sum(axis=1)
    assert lengths.max() <= 3.0 + 1e-5


@pytest.mark.slow
@pytest.mark.skipif(
    keras.config.backend() != "torch", reason="the original is of PyTorch"
)
@pytest.mark.parametrize("loss,theirs", [("cross_entropy", "ce"), ("dlr",) * 2])
def test_the_l1_attack_is_as_strong_as_the_original(
    digits, accuracy, loss, theirs
):
    pytest.importorskip("pyautoattack")
    import torch
    from pyautoattack.autopgd_base import APGDAttack

    model, x, y = digits
    reached = []
    for seed in range(3):
        found = APGD("l1", 1.5, 50, loss=loss, seed=seed)(model, x, y)
        original = APGDAttack(
            model, n_iter=50, norm="L1", eps=1.5, seed=seed, loss=theirs,
            device="cpu",
        )  # fmt: skip
        labels = torch.tensor(y).long()
        other = original.perturb(torch.tensor(x), labels).detach().numpy()
        reached.append([accuracy(model, z, y) for z in (found, other)])
    mine, others = np.mean(reached, axis=0)
    assert 0.05 < mine < 0.95 and abs(mine - others) < 0.04
