"""Training against an adversary: what the step trains on, and its state."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.saving import seed_states
from keras_ceb.adversarial import TRADES
from keras_ceb.adversarial import FastTraining
from keras_ceb.adversarial import PGDTraining
from keras_ceb.robustness.attacks import FGSM
from keras_ceb.robustness.attacks import PGD
from tests import toy
from tests.training.adversarial_models import EPS
from tests.training.adversarial_models import assert_same_state
from tests.training.adversarial_models import build
from tests.training.adversarial_models import constant_start
from tests.training.adversarial_models import images
from tests.training.adversarial_models import state
from tests.training.adversarial_models import train


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
