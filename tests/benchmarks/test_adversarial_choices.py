"""The choices that are compared are what they are called."""

import keras
import numpy as np
import pytest

pytest.importorskip("sklearn")
pytestmark = pytest.mark.tf_only

import keras_ceb  # noqa: E402
from benchmarks import adversarial_choices as study  # noqa: E402
from keras_ceb.adversarial import FastTraining  # noqa: E402

X = np.random.default_rng(0).uniform(0, 1, (8, 4, 4, 1)).astype("float32")
Y = np.arange(8) % 10
FILTERS = ((2, 3, 2),)


def model(choice, norm=False):
    """One whose steps are the same in every run, without a random start."""
    built = study.build((4, 4, 1), FILTERS, norm, choice, seed=0)
    built.compile(
        keras.optimizers.SGD(0.1),
        adversary=FastTraining("linf", 0.2, noise=None),
        run_eagerly=True,
    )
    return built


def moments(x, built):
    """The statistics of the first convolution's outputs."""
    features = keras.ops.convert_to_numpy(built.backbone.layers[0](x))
    return features.mean((0, 1, 2)), features.var((0, 1, 2))


def test_the_default_is_what_the_package_does():
    ours = model(study.Choice(), norm=True)
    parts = (ours.backbone, ours.encoder, ours.classifier, ours.marginal)
    theirs = keras_ceb.CEBModel(
        *parts, num_classes=10, rho=study.RHO, name="plain"
    )
    theirs.compile(adversary=ours.adversary)
    np.testing.assert_allclose(
        ours.adversarial_batch(X, Y), theirs.adversarial_batch(X, Y), atol=1e-7
    )


def test_gradients_go_through_a_sample():
    built = model(study.Choice(gradients="sample"))
    built.encoder.noise = lambda mean: 100.0 * keras.ops.ones_like(mean)
    sampled = built.adversarial_batch(X, Y)

    def loss(x):
        z = built.encoder.mean(built.pooled_backbone(x)) + 100.0
        logits = built.classifier(z)
        return keras.losses.sparse_categorical_crossentropy(
            Y, logits, from_logits=True
        )

    tf = pytest.importorskip("tensorflow")
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = loss(x)
    step = 0.2 * np.sign(tape.gradient(value, x))
    np.testing.assert_allclose(sampled, np.clip(X + step, 0, 1), atol=1e-6)


@pytest.mark.parametrize("rex", ["adversarial", "clean"])
def test_rex_is_of(rex):
    built = model(study.Choice(rex=rex))
    attacked = np.array(built.adversarial_batch(X, Y))
    # Without noise the log-ratio is half the squared distance to the mean.
    built.encoder.noise = keras.ops.zeros_like
    logits = built(attacked, training=True)
    built.compute_loss(attacked, Y, logits, training=True)
    seen = X if rex == "clean" else attacked
    mean = np.array(built.encoder.mean(built.pooled_backbone(seen)))
    mu = np.array(built.marginal(Y))
    expected = 0.5 * np.square(mean - mu).sum(-1).mean()
    np.testing.assert_allclose(
        built.get_metrics_result()["rex"], expected, rtol=1e-5
    )


@pytest.mark.parametrize("mode", ["inference", "training"])
def test_the_attack_leaves_the_moving_averages_alone(mode):
    built = model(study.Choice(mode=mode), norm=True)
    before = [keras.ops.convert_to_numpy(v) for v in built.averages()]
    attacked = built.adversarial_batch(X, Y)
    for old, new in zip(before, built.averages(), strict=True):
        np.testing.assert_array_equal(old, new)
    other = model(study.Choice(), norm=True)
    same = np.allclose(attacked, other.adversarial_batch(X, Y))
    assert same == (mode == "inference")


@pytest.mark.parametrize("averages", ["adversarial", "clean"])
def test_the_moving_averages_are_of(averages):
    built = model(study.Choice(averages=averages), norm=True)
    seen = X if averages == "clean" else built.adversarial_batch(X, Y)
    mean, variance = moments(seen, built)
    built.train_on_batch(X, Y)
    moved, spread = map(keras.ops.convert_to_numpy, built.averages())
    # From 0 and 1, with a momentum of 0.9.
    np.testing.assert_allclose(moved, 0.1 * mean, atol=1e-6)
    np.testing.assert_allclose(spread, 0.9 + 0.1 * variance, atol=1e-6)
