"""What a CEB head costs: training steps of one network with several heads.

Times a training step with the heads below, in turn, in one process, and
reports medians of the ratios within each turn: once with ResNet-50 as the
backbone, and once without a backbone, on 2048 features, where the head is the
only cost. A step is forward pass, gradient and SGD update, compiled on
TensorFlow, and as `fit` runs it on PyTorch.

    cross-entropy   a Dense head and SparseCategoricalCrossentropy
    CEB             keras_ceb.wrap
    cCEB            keras_ceb.wrap with the consistent classifier
    CEB, diagonal   keras_ceb.wrap with learned variances
    listing         the paper's Listings 2 and 3 in TensorFlow Probability (on
                    TensorFlow)

    python -m results.record training_step
    KERAS_BACKEND=torch python -m results.record training_step_torch
"""

import json
import statistics
import time

import keras
import numpy as np
from absl import app
from absl import flags

import keras_ceb
from examples.common import provenance
from examples.common import results

ON_TORCH = keras.config.backend() == "torch"
if not ON_TORCH:
    import tensorflow as tf
    import tensorflow_probability as tfp

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "training_step.json", "File to write.")
flags.DEFINE_integer("image_size", 224, "Pixels a side.")
flags.DEFINE_integer("batch_size", 16, "Images a step of ResNet-50.")
flags.DEFINE_integer("features_batch_size", 1024, "Examples a step of a head.")
flags.DEFINE_integer("turns", 16, "Timed steps of each head.")
flags.DEFINE_enum(
    "clock", "wall", ["wall", "cpu"], "cpu: the processor's, on a busy machine."
)
flags.DEFINE_integer("num_classes", 1000, "Classes.")

Z_DIM = 2048


def resnet():
    shape = (FLAGS.image_size, FLAGS.image_size, 3)
    return keras.applications.ResNet50(
        include_top=False, weights=None, input_shape=shape, pooling="avg"
    )


def nothing():
    inputs = keras.Input((Z_DIM,))
    # One trainable number, so that the gradient goes down to the features.
    return keras.Model(inputs, keras.layers.Dense(1)(inputs) + inputs)


def cross_entropy_model(backbone):
    logits = keras.layers.Dense(FLAGS.num_classes)(backbone.output)
    model = keras.Model(backbone.input, logits)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.01), loss=loss)
    return model


def ceb_model(backbone, **options):
    model = keras_ceb.wrap(backbone, FLAGS.num_classes, **options)
    model.compile(keras.optimizers.SGD(0.01))
    return model


class Listing(keras.Model):
    """The head as the paper prints it, with distribution objects."""

    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.bzy = keras.layers.Dense(Z_DIM)
        self.cyz = keras.layers.Dense(FLAGS.num_classes)

    def call(self, x, training=None):
        return self.backbone(x, training=training)

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        tfd = tfp.distributions
        ezx = tfd.MultivariateNormalDiag(loc=y_pred)
        one_hot = tf.one_hot(y, FLAGS.num_classes)
        bzy = tfd.MultivariateNormalDiag(loc=self.bzy(one_hot))
        z = ezx.sample()
        cyz = tfd.Categorical(logits=self.cyz(z))
        rex = ezx.log_prob(z) - bzy.log_prob(z)
        return tf.reduce_mean(np.exp(-3.0) * rex - cyz.log_prob(y))


def listing_model(backbone):
    model = Listing(backbone)
    model.compile(keras.optimizers.SGD(0.01))
    return model


HEADS = {
    "cross-entropy": cross_entropy_model,
    "CEB": ceb_model,
    "cCEB": lambda backbone: ceb_model(backbone, classifier="consistent"),
    "CEB, diagonal": lambda b: ceb_model(b, covariance="diagonal"),
}
if not ON_TORCH:
    HEADS["listing"] = listing_model


def step_function(model, data):
    """A training step without the input pipeline around it."""
    model.train_on_batch(*data)  # Builds the model and the optimizer.
    batch = tuple(map(keras.ops.convert_to_tensor, data))

    def step():
        return model.train_step(batch)

    if not ON_TORCH:
        step = tf.function(step)
    for _ in range(2):
        step()
    return step


def timed(step):
    wall = FLAGS.clock == "wall"
    clock = time.perf_counter if wall else time.process_time
    start = clock()
    keras.tree.map_structure(keras.ops.convert_to_numpy, step())
    return clock() - start


def measure(backbone, data):
    """Seconds a step of each head, medians, and ratios, medians as well."""
    steps = {
        name: step_function(head(backbone()), data)
        for name, head in HEADS.items()
    }
    seconds = {name: [] for name in steps}
    for turn in range(FLAGS.turns):
        # Each head goes first as often as the others.
        names = list(steps)
        names = names[turn % len(names) :] + names[: turn % len(names)]
        for name in names:
            seconds[name].append(timed(steps[name]))

    def ratios(other):
        return {
            name: statistics.median(
                a / b for a, b in zip(times, seconds[other], strict=True)
            )
            for name, times in seconds.items()
        }

    return {
        "seconds": {n: statistics.median(t) for n, t in seconds.items()},
        "ratio_to_cross_entropy": ratios("cross-entropy"),
        **({"ratio_to_listing": ratios("listing")} if not ON_TORCH else {}),
    }


def main(_):
    start = time.time()
    rng = np.random.default_rng(0)

    def batch(size, *shape):
        x = rng.uniform(size=(size, *shape)).astype("float32")
        return x, rng.integers(0, FLAGS.num_classes, size)

    images = batch(FLAGS.batch_size, FLAGS.image_size, FLAGS.image_size, 3)
    features = batch(FLAGS.features_batch_size, Z_DIM)
    figures = {
        "ResNet-50": measure(resnet, images),
        "the head alone": measure(nothing, features),
    }
    print(json.dumps(figures, indent=1))
    settings = ("image_size", "batch_size", "features_batch_size", "turns")
    if FLAGS.clock != "wall":
        settings = (*settings, "clock")
    results.write(
        FLAGS.output,
        {name: getattr(FLAGS, name) for name in (*settings, "num_classes")},
        [provenance.run("measurement", time.time() - start, [0])],
        figures,
    )


if __name__ == "__main__":
    app.run(main)
