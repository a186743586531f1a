import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from keras import ops

from keras_ceb._src.robustness.attacks import ball
from keras_ceb.robustness import Classifier
from keras_ceb.robustness.attacks import FGSM
from keras_ceb.robustness.attacks import PGD


def numpy_pgd(x, y, start, weights, norm, eps, steps, step_size):
    """Madry's PGD with cross-entropy on softmax(x @ weights), in float64."""
    x = x.astype("float64")
    adv = start.astype("float64")
    one_hot = np.eye(weights.shape[1])[y]
    for _ in range(steps):
        logits = adv @ weights
        exps = np.exp(logits - logits.max(axis=1, keepdims=True))
        p = exps / exps.sum(axis=1, keepdims=True)
        gradient = (p - one_hot) @ weights.T
        if norm == "linf":
            delta = adv + step_size * np.sign(gradient) - x
            delta = np.clip(delta, -eps, eps)
        else:
            length = np.linalg.norm(gradient, axis=1, keepdims=True)
            delta = adv + step_size * gradient / length - x
            length = np.linalg.norm(delta, axis=1, keepdims=True)
            delta *= np.minimum(1, eps / length)
        adv = np.clip(x + delta, 0, 1)
    return adv


@pytest.mark.parametrize("random_start", [False, True])
@pytest.mark.parametrize("norm,eps", [("linf", 0.1), ("l2", 0.5)])
def test_equals_numpy(linear, norm, eps, random_start):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(20, 4))
    x = rng.random((16, 20)).astype("float32")
    y = rng.integers(0, 4, 16)
    attack = PGD(
        norm, eps, 7, random_start=random_start, loss="cross_entropy",
        keep="last", seed=3,
    )  # fmt: skip
    adversarial = attack(linear(weights), x, y)
    start = x
    if random_start:
        keys = attack.keys({"index": np.arange(16)}, {"seed": 3})
        start = ops.convert_to_numpy(
            ball.random_start(
                ops.convert_to_tensor(x), eps, (0.0, 1.0), norm, keys, 0
            )
        )
    step_size = 4 / 3 * eps / 7
    expected = numpy_pgd(x, y, start, weights, norm, eps, 7, step_size)
    np.testing.assert_allclose(adversarial, expected, atol=1e-5)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_two_class_linear_model_has_a_closed_form(linear, norm):
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(9, 2))
    x = rng.normal(size=(5, 9)).astype("float32")
    y = np.array([0, 1, 0, 1, 1])
    classifier = Classifier(linear(weights), (-9, 9))
    adversarial = PGD(norm, 0.3, 10, random_start=False)(classifier, x, y)
    towards = (weights[:, 1] - weights[:, 0]) * np.where(y == 0, 1, -1)[:, None]
    if norm == "linf":
        unit = np.sign(towards)
    else:
        unit = towards / np.linalg.norm(towards, axis=1, keepdims=True)
    np.testing.assert_allclose(adversarial, x + 0.3 * unit, atol=1e-5)


@pytest.mark.parametrize("norm, eps", [("linf", 0.1), ("l2", 0.8)])
def test_from_the_clean_input_it_fools_all_that_one_step_fools(
    digits, norm, eps
):
    model, x, y = digits
    options = {"loss": "cross_entropy"}
    # Steps so short that by themselves they reach nothing.
    attack = PGD(
        norm, eps, 5, step_size=1e-4 * eps, random_start=False, **options
    )
    fooled = [
        model.predict(a(model, x, y), verbose=0).argmax(axis=1) != y
        for a in (FGSM(norm, eps, **options), attack)
    ]
    assert fooled[0].mean() > 0.1
    np.testing.assert_array_equal(*fooled)


@pytest.mark.slow_on_jax
@given(
    norm=st.sampled_from(["linf", "l2"]),
    lower=st.sampled_from([0.0, -1.0, -123.7]),
    width=st.sampled_from([1.0, 2.0, 255.0]),
    share=st.floats(0.0, 1.0),
    shape=st.sampled_from([(5,), (3, 2), (4, 4, 1), (2, 3, 3)]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=15, deadline=None)
def test_never_leaves_ball_or_range(norm, lower, width, share, shape, seed):
    rng = np.random.default_rng(seed)
    bounds = (lower, lower + width)
    eps = share * width
    x = rng.uniform(*bounds, size=(6, *shape)).astype("float32")
    classifier = Classifier(_cached_model(shape), bounds)
    attack = PGD(norm, eps, 3, step_size=0.7 * eps, seed=seed)
    adversarial = attack(classifier, x, rng.integers(0, 3, 6))
    tolerance = 1e-6 * (width + abs(lower))
    assert adversarial.min() >= bounds[0] and adversarial.max() <= bounds[1]
    delta = (adversarial - x).reshape(6, -1).astype("float64")
    order = np.inf if norm == "linf" else 2
    assert np.all(np.linalg.norm(delta, order, axis=1) <= eps + tolerance)


_MODELS = {}


def _cached_model(shape):
    """One model a shape: hypothesis would compile a new one each time."""
    if shape not in _MODELS:
        inputs = keras.Input(shape)
        flat = keras.layers.Flatten()(inputs)
        _MODELS[shape] = keras.Model(inputs, keras.layers.Dense(3)(flat))
    return _MODELS[shape]


def test_breaks_a_trained_model(digits, accuracy):
    model, x, y = digits
    assert accuracy(model, x, y) > 0.9
    linf = PGD("linf", 0.2)(model, x, y)
    assert accuracy(model, linf, y) < 0.2
    assert accuracy(model, PGD("l2", 1.5)(model, x, y), y) < 0.2
    # The last iterate alone is not stronger than the best one.
    last = PGD("linf", 0.05, keep="last")(model, x, y)
    best = PGD("linf", 0.05)(model, x, y)
    assert accuracy(model, best, y) <= accuracy(model, last, y)


@pytest.mark.parametrize("norm,eps", [("linf", 0.1), ("l2", 0.6)])
def test_large_logits_do_not_hide_the_gradient(digits, accuracy, norm, eps):
    model, x, y = digits
    logits = np.sort(model.predict(x, verbose=0), axis=1)
    gap = np.median(logits[:, -1] - logits[:, -2])
    success = {}
    for nats in (1, 1000):
        inputs = keras.Input(x.shape[1:])
        outputs = keras.layers.Rescaling(nats / gap)(model(inputs))
        scaled = keras.Model(inputs, outputs)
        success[nats] = 1 - accuracy(scaled, PGD(norm, eps)(scaled, x, y), y)
    assert 0.2 < success[1] < 0.95
    assert success[1000] == pytest.approx(success[1], abs=0.01)


def test_same_seed_same_result_in_any_batches(digits):
    model, x, y = digits
    attack = PGD("l2", 0.5, 5, seed=4)
    whole = attack(model, x, y)
    index = np.arange(len(x))
    parts = [
        attack(model, x[i : i + 50], y[i : i + 50], index=index[i : i + 50])
        for i in range(0, len(x), 50)
    ]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-5)
    other = PGD("l2", 0.5, 5, seed=5)(model, x, y)
    assert np.abs(other - whole).max() > 1e-3


def test_random_target_is_a_wrong_class_drawn_evenly(linear):
    # Three classes whose logits are the inputs: a targeted step raises the
    # input of the target, which shows the target.
    model = linear(np.eye(3))
    x = np.full((600, 3), 0.5, "float32")
    y = np.arange(600) % 3
    attack = PGD(eps=0.1, steps=1, random_start=False, target="random")
    moved = attack(model, x, y) - x
    target = moved.argmax(axis=1)
    assert np.all(target != y)
    offset = (target - y) % 3
    assert 240 < np.sum(offset == 1) < 360


def test_least_likely_and_given_targets(linear):
    model = linear(np.eye(3))
    x = np.tile(np.float32([[0.5, 0.4, 0.3]]), (2, 1))
    attack = PGD(eps=0.2, steps=3, random_start=False, target="least_likely")
    assert np.all(attack(model, x, [0, 0]).argmax(axis=1) == 2)
    attack = PGD(eps=0.2, steps=3, random_start=False, target="given")
    found = attack(model, x, [0, 0], targets=[1, 2]).argmax(axis=1)
    np.testing.assert_array_equal(found, [1, 2])


def test_restarts_never_weaken(digits, accuracy):
    model, x, y = digits
    once = accuracy(model, PGD("linf", 0.04, 3)(model, x, y), y)
    more = PGD("linf", 0.04, 3, restarts=4)(model, x, y)
    assert accuracy(model, more, y) <= once


def test_expectation_over_noise_follows_the_mean_gradient():
    # The noise swamps one gradient; the mean over draws points the right way.
    class Noisy(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.generator = keras.random.SeedGenerator(0)

        def call(self, x):
            noise = keras.random.normal(ops.shape(x), seed=self.generator)
            return ops.stack(
                [ops.sum(x * (1.0 + 4.0 * noise), axis=1), 0.0 * x[:, 0]],
                axis=1,
            )

    inputs = keras.Input((50,))
    model = keras.Model(inputs, Noisy()(inputs))
    x = np.full((8, 50), 0.5, "float32")
    y = np.zeros(8, "int32")

    def share_right(samples):
        attack = PGD(
            steps=1, step_size=0.1, eps=0.1, random_start=False,
            samples=samples, keep="last",
        )  # fmt: skip
        return np.mean(attack(model, x, y) < 0.5)

    assert share_right(1) < 0.75
    assert share_right(200) > 0.95


@pytest.mark.parametrize(
    "arguments,message",
    [
        ({"norm": "l0"}, "`norm` must be one of 'linf', 'l2', 'l1'"),
        ({"eps": -0.1}, "`eps` must be finite and not negative"),
        ({"eps": float("nan")}, "`eps` must be finite"),
        ({"steps": 0}, "`steps` must be a positive integer"),
        ({"step_size": -1.0}, "`step_size` must be finite"),
        ({"loss": "mse"}, "`loss` must be one of"),
        ({"target": "x"}, "`target` must be one of"),
        ({"restarts": 2, "random_start": False}, "`random_start` must be True"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        PGD(**arguments)
