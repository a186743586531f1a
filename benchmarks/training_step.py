"""What a CEB head costs: training steps of one network under several heads.

Times a training step of ResNet-50 under the heads below, in turn, in one
process, and prints medians of the ratios within each turn. Forward pass,
gradient and SGD update, compiled, on random images.

    cross-entropy   a Dense head and SparseCategoricalCrossentropy
    CEB             keras_ceb.wrap
    cCEB            keras_ceb.wrap with the consistent classifier
    listing         the paper's Listings 2 and 3 in TensorFlow Probability

    python results/record.py training_step
"""

import json
import statistics
import time

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from absl import app
from absl import flags

import keras_ceb

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "training_step.json", "File to write.")
flags.DEFINE_integer("image_size", 224, "Pixels a side.")
flags.DEFINE_integer("batch_size", 16, "Images a step.")
flags.DEFINE_integer("turns", 15, "Timed steps of each head.")
flags.DEFINE_integer("num_classes", 1000, "Classes.")


def backbone():
    shape = (FLAGS.image_size, FLAGS.image_size, 3)
    return keras.applications.ResNet50(
        include_top=False, weights=None, input_shape=shape
    )


def cross_entropy_model():
    body = backbone()
    features = keras.layers.GlobalAveragePooling2D()(body.output)
    logits = keras.layers.Dense(FLAGS.num_classes)(features)
    model = keras.Model(body.input, logits)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.01), loss=loss)
    return model


def ceb_model(**options):
    model = keras_ceb.wrap(backbone(), FLAGS.num_classes, **options)
    model.compile(keras.optimizers.SGD(0.01))
    return model


class Listing(keras.Model):
    """The head as the paper prints it, with distribution objects."""

    def __init__(self):
        super().__init__()
        self.body = backbone()
        self.pooling = keras.layers.GlobalAveragePooling2D()
        self.bzy = keras.layers.Dense(2048)
        self.cyz = keras.layers.Dense(FLAGS.num_classes)

    def call(self, x, training=None):
        return self.pooling(self.body(x, training=training))

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        tfd = tfp.distributions
        ezx = tfd.MultivariateNormalDiag(loc=y_pred)
        one_hot = tf.one_hot(y, FLAGS.num_classes)
        bzy = tfd.MultivariateNormalDiag(loc=self.bzy(one_hot))
        z = ezx.sample()
        cyz = tfd.Categorical(logits=self.cyz(z))
        rex = ezx.log_prob(z) - bzy.log_prob(z)
        return tf.reduce_mean(np.exp(-3.0) * rex - cyz.log_prob(y))


def listing_model():
    model = Listing()
    model.compile(keras.optimizers.SGD(0.01))
    return model


MODELS = {
    "cross-entropy": cross_entropy_model,
    "CEB": ceb_model,
    "cCEB": lambda: ceb_model(classifier="consistent"),
    "listing": listing_model,
}


def step_function(model, data):
    """A compiled training step without the input pipeline around it."""
    model.train_on_batch(*data)  # Builds the model and the optimizer.
    batch = tuple(map(tf.constant, data))
    step = tf.function(lambda: model.train_step(batch))
    for _ in range(2):
        step()
    return step


def timed(step):
    start = time.perf_counter()
    tf.nest.map_structure(lambda t: t.numpy(), step())
    return time.perf_counter() - start


def main(_):
    rng = np.random.default_rng(0)
    size = FLAGS.image_size
    x = rng.uniform(size=(FLAGS.batch_size, size, size, 3)).astype("float32")
    y = rng.integers(0, FLAGS.num_classes, FLAGS.batch_size)
    steps = {
        name: step_function(make(), (x, y)) for name, make in MODELS.items()
    }
    seconds = {name: [] for name in steps}
    for turn in range(FLAGS.turns):
        # Each head goes first as often as the others.
        names = list(steps)
        names = names[turn % len(names) :] + names[: turn % len(names)]
        for name in names:
            seconds[name].append(timed(steps[name]))
    ratios = {
        name: statistics.median(
            a / b for a, b in zip(times, seconds["cross-entropy"], strict=True)
        )
        for name, times in seconds.items()
    }
    against_listing = statistics.median(
        a / b for a, b in zip(seconds["CEB"], seconds["listing"], strict=True)
    )
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    result = {
        "image_size": FLAGS.image_size,
        "batch_size": FLAGS.batch_size,
        "turns": FLAGS.turns,
        "median_seconds": medians,
        "median_ratio_to_cross_entropy": ratios,
        "median_ratio_ceb_to_listing": against_listing,
    }
    print(json.dumps(result, indent=1))
    with open(FLAGS.output, "w") as file:
        json.dump(result, file, indent=1)


if __name__ == "__main__":
    app.run(main)
