"""Each optimizer of Keras takes the steps that its formula says.

The weights after 20 steps are compared with NumPy's, so that TensorFlow and
JAX, integer and one-hot labels are all compared with each other.
"""

import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb import schedules
from tests import numpy_training
from tests import toy

STEPS = 20
RHO = 0.5
BATCH = 12
CLIPPING = ("clipnorm", "global_clipnorm", "clipvalue")
OPTIONS = {
    "plain": {},
    "clipnorm": {"clipnorm": 0.1},
    "global_clipnorm": {"global_clipnorm": 0.2},
    "clipvalue": {"clipvalue": 0.02},
    "loss_scale_factor": {"loss_scale_factor": 1024.0},
}
# Every optimizer and every option; the others are slow. JAX, whose gradients
# were never sparse, takes long to compile each: there, every option is enough.
ON_JAX = {("Adam", option) for option in OPTIONS}
FAST = {
    *ON_JAX,
    ("AdamW", "clipvalue"),
    ("RMSprop", "loss_scale_factor"),
    ("Adagrad", "clipnorm"),
    ("Nadam", "global_clipnorm"),
    ("Adafactor", "clipvalue"),
    ("Lamb", "loss_scale_factor"),
    ("Ftrl", "global_clipnorm"),
    ("SGD", "clipnorm"),
}
GRID = [
    pytest.param(
        name,
        option,
        marks=[
            *([] if (name, option) in FAST else [pytest.mark.slow]),
            *([] if (name, option) in ON_JAX else [pytest.mark.slow_on_jax]),
        ],
        id=f"{name}-{option}",
    )
    for name in numpy_training.OPTIMIZERS
    for option in OPTIONS
]
LABELS = {
    "integers": lambda y: y,
    "column": lambda y: y[:, None],
    "uint8": lambda y: y.astype("uint8"),
    "one-hot": lambda y: np.eye(toy.NUM_CLASSES, dtype="float32")[y],
}


def weights_of(model):
    """The weights, under the names of `numpy_training`."""
    variables = (
        *model.backbone.layers[0].weights,
        *model.classifier.weights,
        model.marginal.means,
    )
    arrays = (ops.convert_to_numpy(variable) for variable in variables)
    return dict(zip(numpy_training.NAMES, arrays, strict=True))


def fit(model, x, y, steps):
    """Takes steps on one batch, in one epoch: those take time."""
    x, y = (np.concatenate([array] * steps) for array in (x, y))
    model.fit(x, y, len(x) // steps, shuffle=False, verbose=0)


def optimizer_of(name, **options):
    rate = numpy_training.OPTIMIZERS[name][1]
    return getattr(keras.optimizers, name)(rate, **options)


@pytest.mark.parametrize("name,option", GRID)
def test_twenty_steps(name, option):
    # Twelve rows of three classes: each mean has several rows, not as many.
    x, y = toy.data(BATCH)
    assert len(set(np.bincount(y))) > 1 and np.bincount(y).min() > 1
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(BATCH, toy.FEATURES)).astype("float32")
    options = OPTIONS[option]
    reached = {}
    for form in ("integers", "one-hot"):
        model = toy.model(schedules.Constant(RHO), compile=False)
        model.encoder.noise = lambda mean: ops.convert_to_tensor(noise)
        start = weights_of(model)
        model.compile(
            optimizer_of(name, **options), run_eagerly=form == "one-hot"
        )
        labels = LABELS[form](y)
        fit(model, x, labels, STEPS)
        reached[form] = weights_of(model)
    targets = LABELS["one-hot"](y)
    clipping = {k: v for k, v in options.items() if k in CLIPPING}
    expected = numpy_training.train(
        start, (x, targets, noise), name, STEPS, RHO, **clipping
    )
    for key, value in expected.items():
        assert np.abs(value - start[key]).max() > 1e-4, f"{key} did not move"
        for form, weights in reached.items():
            np.testing.assert_allclose(
                weights[key], value, atol=1e-5, err_msg=f"{key}, {form}"
            )


def two_classes(examples=64):
    """The smallest example: an identity backbone and two classes."""
    x = np.random.default_rng(0).normal(size=(examples, 8)).astype("float32")
    y = np.arange(examples) % 2
    backbone = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(8, kernel_initializer="identity"),
        ]
    )
    model = keras_ceb.wrap(backbone, 2, rho=schedules.Constant(0.0), seed=0)
    return model, x, y


@pytest.mark.parametrize(
    "form",
    [
        lambda y: y,
        lambda y: y[:, None],
        lambda y: y.astype("uint8"),
        lambda y: np.eye(2, dtype="float32")[y],
    ],
    ids=list(LABELS),
)
@pytest.mark.parametrize("data", ["arrays", "batch"])
def test_a_step_of_adam_is_at_most_the_learning_rate(form, data):
    model, x, y = two_classes()
    model.compile(keras.optimizers.Adam(1e-2))
    start = [ops.convert_to_numpy(v) for v in model.trainable_variables]
    if data == "arrays":
        fit(model, x, form(y), 1)
    else:
        model.train_on_batch(x, form(y))
    for variable, before in zip(model.trainable_variables, start, strict=True):
        moved = np.abs(ops.convert_to_numpy(variable) - before).max()
        # The first step is the learning rate wherever there is a gradient.
        assert 0.9e-2 < moved <= 1.001e-2, variable.path


def recording(optimizer_class):
    """An optimizer that keeps the kinds of gradients that it was given."""

    class Recording(optimizer_class):
        def apply(self, grads, trainable_variables=None):
            self.kinds = [type(gradient).__name__ for gradient in grads]
            return super().apply(grads, trainable_variables)

    return Recording


@pytest.mark.tf_only
@pytest.mark.parametrize("classifier", ["linear", "consistent"])
@pytest.mark.parametrize(
    "policy", ["float32", "mixed_float16", "mixed_bfloat16"]
)
def test_no_gradient_of_a_model_is_sparse(policy, classifier):
    keras.mixed_precision.set_dtype_policy(policy)
    x, y = toy.data()
    model = toy.model(compile=False, classifier=classifier)
    optimizer = recording(keras.optimizers.SGD)(0.1)
    if policy == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    # Eagerly: a traced step knows no types.
    model.compile(optimizer, run_eagerly=True, auto_scale_loss=False)
    model.train_on_batch(x, y)
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    assert len(inner.kinds) == len(model.trainable_variables)
    assert "IndexedSlices" not in inner.kinds


@pytest.mark.tf_only
def test_two_replicas_take_the_step_of_one():

    strategy = toy.strategy()
    _, x, y = two_classes()
    reached = {}
    for form, labels in (("integers", y), ("one-hot", np.eye(2)[y])):
        with strategy.scope():
            model = toy.switch_off_noise(two_classes()[0])
            model.compile(keras.optimizers.Adam(1e-2))
        start = ops.convert_to_numpy(model.marginal.means)
        fit(model, x, labels, 1)
        means = ops.convert_to_numpy(model.marginal.means)
        assert np.abs(means - start).max() <= 1.001e-2
        fit(model, x, labels, STEPS - 1)
        reached[form] = model.get_weights()
    model = toy.switch_off_noise(two_classes()[0])
    model.compile(keras.optimizers.Adam(1e-2))
    fit(model, x, y, STEPS)
    reached["one replica"] = model.get_weights()
    for weights in reached.values():
        for actual, expected in zip(weights, reached["one-hot"], strict=True):
            np.testing.assert_allclose(actual, expected, atol=1e-5)
