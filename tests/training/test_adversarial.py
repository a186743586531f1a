"""Training against an adversary: what the step trains on, and its state."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb._src.adversarial import trades
from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.saving import seed_states
from keras_ceb._src.training import adversarial
from keras_ceb.adversarial import TRADES
from keras_ceb.adversarial import FastTraining
from keras_ceb.adversarial import PGDTraining
from keras_ceb.robustness.attacks import FGSM
from keras_ceb.robustness.attacks import PGD
from keras_ceb.schedules import Anneal
from tests import toy

EPS = 0.1


def images():
    x, y = toy.data(32)
    return (x - x.min()) / (x.max() - x.min()), y


def build(adversary=None, optimizer=None, **options):
    """A model with BatchNorm and dropout, which the attack must not touch."""
    backbone = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(
                8, kernel_initializer=keras.initializers.GlorotUniform(seed=3)
            ),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.2, seed=4),
        ]
    )
    options.setdefault("rho", Anneal(1.0, steps=4, start=3.0))
    model = keras_ceb.wrap(backbone, 3, seed=0, **options)
    model.compile(optimizer or keras.optimizers.SGD(0.1), adversary=adversary)
    return model


def train(model, x, y, epochs=1, batch_size=32):
    return model.fit(x, y, batch_size, epochs=epochs, shuffle=False, verbose=0)


def state(model):
    return [ops.convert_to_numpy(v) for v in model.variables]


def assert_same_state(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_one_step_without_noise_is_fgsm(norm):
    x, y = images()
    model = build(FastTraining(norm, EPS, noise=None))
    found = ops.convert_to_numpy(model.adversarial_batch(x, y))
    np.testing.assert_allclose(found, FGSM(norm, EPS)(model, x, y), atol=1e-6)
    assert np.abs(found - x).max() > 0.01


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("random_start", [False, True])
def test_steps_from_the_same_start_are_pgd(norm, random_start, monkeypatch):
    def start(clean, eps, bounds, norm, keys, run):
        return ball.project(clean + 0.3 * eps, clean, eps, bounds, norm)

    monkeypatch.setattr(ball, "random_start", start)
    x, y = images()
    model = build(PGDTraining(norm, EPS, steps=3, random_start=random_start))
    found = ops.convert_to_numpy(model.adversarial_batch(x, y))
    attack = PGD(
        norm,
        EPS,
        3,
        step_size=EPS / 4,
        random_start=random_start,
        keep="last",
        loss="cross_entropy",
    )
    np.testing.assert_allclose(found, attack(model, x, y), atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"objective": "vib"},
        {"objective": "xent"},
        {"classifier": "consistent"},
    ],
)
def test_a_step_is_keras_own_on_the_adversarial_batch(options):
    x, y = images()
    # Moving averages, noise, dropout and rho as if nothing else had run.
    plain = build(**options)
    train(plain, FGSM("linf", EPS)(plain, x, y), y)
    model = build(FastTraining("linf", EPS, noise=None), **options)
    before = state(model)
    logs = train(model, x, y).history
    seeds = model.adversary_seeds.state
    found = [ops.convert_to_numpy(v) for v in model.variables if v is not seeds]
    assert_same_state(found, state(plain))
    assert logs.keys() == train(plain, x, y).history.keys()
    assert any(
        np.abs(a - b).max() > 1e-3
        for a, b in zip(before, state(model), strict=True)
        if a.dtype == np.float32
    )


def test_none_is_a_model_that_was_never_given_one():
    x, y = images()
    model = build()
    assert model.adversary is None
    assert "adversary" not in model.get_compile_config()
    # No state either: the encoder and the dropout have theirs.
    seeds = [v for v in model.variables if "seed" in v.name]
    assert len(seeds) == 2
    with pytest.raises(
        ValueError, match="`adversary` must be given to `compile`"
    ):
        model.adversarial_batch(x, y)


def test_every_step_and_image_has_a_start_of_its_own():
    _, y = images()
    x = np.full((32, 5), 0.5, "float32")
    model = build(FastTraining("linf", EPS, step_size=0.0))
    first = ops.convert_to_numpy(model.adversarial_batch(x, y)) - x
    second = ops.convert_to_numpy(model.adversarial_batch(x, y)) - x
    for delta in (first, second):
        assert len(np.unique(delta)) > 150
        assert np.abs(delta).max() <= EPS + 1e-6
        assert abs(delta.mean()) < 0.02
        # Of a uniform distribution on (-eps, eps).
        assert abs(delta.std() - EPS / 3**0.5) < 0.01
    assert np.abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.3


def test_another_compile_takes_the_adversary_away():
    x, y = images()
    model = build(FastTraining("linf", EPS))
    train(model, x, y)
    model.compile(keras.optimizers.SGD(0.1))
    moved = ops.convert_to_numpy(model.adversary_seeds.state)
    train(model, x, y)
    np.testing.assert_array_equal(
        moved, ops.convert_to_numpy(model.adversary_seeds.state)
    )


@pytest.mark.parametrize(
    "adversary",
    [
        FastTraining("linf", EPS, noise="unclipped", clean_fraction=0.25),
        TRADES("linf", EPS, steps=2, start_step=1, warmup_steps=2),
    ],
)
def test_a_saved_model_goes_on_with_its_adversary(adversary, tmp_path):
    x, y = images()
    straight = build(adversary, keras.optimizers.Adam(0.01))
    train(straight, x, y, epochs=2)
    straight.save(tmp_path / "model.keras")
    train(straight, x, y, epochs=2)
    resumed = keras.models.load_model(tmp_path / "model.keras")
    assert resumed.adversary == adversary
    train(resumed, x, y, epochs=2)
    for a, b in zip(state(straight), state(resumed), strict=True):
        np.testing.assert_array_equal(a, b)


def test_files_with_and_without_an_adversary(tmp_path):
    x, y = images()
    plain = build()
    train(plain, x, y)
    plain.save_weights(tmp_path / "plain.weights.h5")
    model = build(FastTraining("linf", EPS, seed=7))
    model.load_weights(tmp_path / "plain.weights.h5")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(model.adversary_seeds.state), [7, 0]
    )
    states = (seed_states.of_model(m) for m in (plain, model))
    for a, b in zip(*states, strict=True):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(a), ops.convert_to_numpy(b)
        )
    model.save_weights(tmp_path / "model.weights.h5")
    plain.load_weights(tmp_path / "model.weights.h5")


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_gradients_survive_half_precision(policy):
    x, y = images()
    keras.mixed_precision.set_dtype_policy(policy)
    model = build(FastTraining("linf", EPS, noise=None), rho=9.0)
    # So certain that the bare gradient is zero in float16.
    model.classifier.kernel.assign(1e-4 * model.classifier.kernel)
    found = ops.convert_to_numpy(model.adversarial_batch(x, y))
    assert found.dtype == np.float32
    inside = (x > EPS) & (x < 1 - EPS)
    moved = np.abs(found - x)[inside]
    assert np.mean(moved > 0.99 * EPS) > 0.95
    assert np.isfinite(train(model, x, y).history["loss"][0])
    model.compile("sgd", adversary=TRADES("linf", EPS, steps=1))
    assert np.isfinite(train(model, x, y).history["loss"][0])


@pytest.mark.tf_only
def test_compiled_with_xla_and_on_replicas():

    x, y = images()
    model = build(FastTraining("linf", EPS))
    for adversary in (
        model.adversary,
        TRADES("linf", EPS, steps=2, start_step=1, warmup_steps=2),
    ):
        model.compile("sgd", adversary=adversary, jit_compile=True)
        history = train(model, x, y, batch_size=16).history
        assert np.isfinite(history["loss"][0])
    strategy = toy.strategy()
    with strategy.scope():
        mirrored = build(FastTraining("linf", EPS, step_size=0.0, seed=1))
    assert np.isfinite(train(mirrored, x, y).history["loss"][0])

    half = np.full((16, 5), 0.5, "float32")
    starts = strategy.run(mirrored.adversarial_batch, args=(half, y[:16]))
    one, other = (s.numpy() for s in starts.values)
    assert np.abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.4


def numpy_divergence(clean, other):
    """KL of the softmax of logits, and its gradients."""
    p, q = (np.exp(z - z.max(-1, keepdims=True)) for z in (clean, other))
    p, q = p / p.sum(-1, keepdims=True), q / q.sum(-1, keepdims=True)
    ratio = np.log(p / q)
    kl = (p * ratio).sum(-1)
    return kl, p * (ratio - kl[:, None]), q - p, p


def constant_start(monkeypatch):
    """The noise that TRADES starts from is 1 everywhere."""
    monkeypatch.setattr(
        trades.random,
        "normal",
        lambda keys, shape: ops.ones((ops.shape(keys)[0], *shape)),
    )


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


@pytest.mark.parametrize("kind", [FastTraining, PGDTraining, TRADES])
def test_the_attack_begins_and_warms_up(kind):
    x, y = images()
    x = 0.3 + 0.4 * x
    model = build(kind("linf", EPS, start_step=2, warmup_steps=4))
    model.classifier.kernel.assign(50.0 * model.classifier.kernel)
    for step, share in ((0, 0.0), (1, 0.0), (2, 0.0), (3, 0.25), (9, 1.0)):
        model.optimizer.iterations.assign(step)
        moved = ops.convert_to_numpy(model.adversarial_batch(x, y)) - x
        farthest = np.abs(moved).max()
        np.testing.assert_allclose(farthest, share * EPS, atol=1e-6)


def test_steps_are_those_of_the_optimizer():
    """Compiled, two batches per step and two steps per execution."""
    x, y = images()
    options = {"rho": 1.0}

    def optimizer():
        return keras.optimizers.SGD(0.5, gradient_accumulation_steps=2)

    model = build(
        FastTraining("linf", EPS, noise=None, start_step=1, warmup_steps=2),
        **options,
    )
    # Keras takes one step per execution on PyTorch.
    steps = 1 if keras.config.backend() == "torch" else 2
    model.compile(
        optimizer(), adversary=model.adversary, steps_per_execution=steps
    )
    train(model, x, y, batch_size=4)
    by_hand = build(**options)
    by_hand.compile(optimizer(), run_eagerly=True)
    for index, share in enumerate((0, 0, 0, 0, 0.5, 0.5, 1, 1)):
        part = slice(4 * index, 4 * index + 4)
        attack = FastTraining("linf", share * EPS, noise=None)
        adversarial.set_adversary(by_hand, attack)
        by_hand.train_on_batch(x[part], y[part])
    assert_same_state(model.get_weights(), by_hand.get_weights())


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.5, 0.7, 1.0])
def test_which_images_stay_clean(fraction):
    found = ops.convert_to_numpy(
        adversarial.stays_clean(np.arange(1000), fraction)
    )
    count = np.cumsum(found)
    assert np.abs(count - fraction * np.arange(1, 1001)).max() < 1.0
    assert count[99] == round(100 * fraction)


def test_a_share_stays_clean():
    x, y = images()
    model = build(FastTraining("linf", EPS, noise=None, clean_fraction=0.25))
    found = ops.convert_to_numpy(model.adversarial_batch(x, y))
    clean = (found == x).all(axis=-1)
    np.testing.assert_array_equal(np.flatnonzero(clean), np.arange(3, 32, 4))


@pytest.mark.tf_only
@pytest.mark.parametrize(
    ("adversary", "examples"),
    [
        # Each replica begins at an even image, and every other one is clean.
        (FastTraining("linf", EPS, noise=None, clean_fraction=0.5), 32),
        (TRADES("l2", EPS, steps=2, beta=2.0, warmup_steps=1), 31),
    ],
)
def test_replicas_take_the_same_step(adversary, examples, monkeypatch):
    import tensorflow as tf

    constant_start(monkeypatch)
    x, y = toy.data(examples)
    x = (x - x.min()) / (x.max() - x.min())
    weight = np.linspace(0.5, 1.5, examples, dtype="float32")
    # The last batch is smaller, and of 31 images uneven.
    data = tf.data.Dataset.from_tensor_slices((x, y, weight)).batch(20)
    states = []
    for count in (1, 2):
        strategy = toy.strategy(count)
        with strategy.scope():
            model = toy.switch_off_noise(toy.model(compile=False))
            model.compile(keras.optimizers.SGD(0.1), adversary=adversary)
        history = model.fit(data, verbose=0).history
        states.append([np.array(history["loss"]), *model.get_weights()])
    for one, two in zip(*states, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-6, atol=1e-6)


def test_bad_input_in_fit():
    x, y = images()
    model = build(FastTraining("linf", EPS))
    for wrong in ((255 * x).astype("uint8"), x.astype(str)):
        with pytest.raises(ValueError, match="`x` must hold floats"):
            model.fit(wrong, y, verbose=0)
    with pytest.raises(ValueError, match="must be one tensor"):
        model.fit({"image": x, "more": x}, y, verbose=0)
    model = build(FastTraining("l2", 3.0))
    with pytest.raises(ValueError, match="`eps` must not be larger than the"):
        model.fit(x, y, verbose=0)


def test_bad_input():
    x, y = images()
    with pytest.raises(TypeError, match="`adversary` must be one of"):
        build("fgsm")
    model = build(FastTraining("linf", EPS))
    with pytest.raises(ValueError, match="must lie within `bounds"):
        model.fit(255 * x, y, verbose=0)
    with pytest.raises(ValueError, match="no gradient reaches integers"):
        model.adversarial_batch((255 * x).astype("int32"), y)
    with pytest.raises(ValueError, match="must be one tensor"):
        model.adversarial_batch({"image": x, "text": x}, y)
