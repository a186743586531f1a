"""Training against an adversary: what the step trains on, and its state."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb._src.saving import seed_states
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


def test_steps_without_noise_are_pgd():
    x, y = images()
    model = build(PGDTraining("linf", EPS, steps=3, random_start=False))
    found = ops.convert_to_numpy(model.adversarial_batch(x, y))
    attack = PGD(
        "linf",
        EPS,
        3,
        step_size=EPS / 4,
        random_start=False,
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


def test_a_saved_model_goes_on_with_its_adversary(tmp_path):
    x, y = images()
    adversary = FastTraining("linf", EPS, noise="unclipped")
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
    train(model, x, y)


@pytest.mark.tf_only
def test_compiled_with_xla_and_on_replicas():
    import tensorflow as tf

    x, y = images()
    model = build(FastTraining("linf", EPS))
    model.compile("sgd", adversary=model.adversary, jit_compile=True)
    assert np.isfinite(train(model, x, y).history["loss"][0])
    strategy = tf.distribute.MirroredStrategy(
        ["CPU:0", "CPU:1"],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )
    with strategy.scope():
        mirrored = build(FastTraining("linf", EPS, step_size=0.0, seed=1))
    assert np.isfinite(train(mirrored, x, y).history["loss"][0])

    half = np.full((16, 5), 0.5, "float32")
    starts = strategy.run(mirrored.adversarial_batch, args=(half, y[:16]))
    one, other = (s.numpy() for s in starts.values)
    assert np.abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.4


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
