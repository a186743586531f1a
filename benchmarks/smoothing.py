"""Randomized smoothing of keras_ceb and of ART on the same networks.

Certifies the same images by the same number of noisy samples on TensorFlow, on
one thread, with networks of three sizes: a multilayer perceptron and a small
convolutional network, trained on scikit-learn's digits with noise, and a
residual network for images of 32 pixels, with random weights. ART runs with
its default batch size and with ours. The tools take turns, after a first call
that is not timed; the figures are CPU seconds per sample, medians over the
turns, so that what else runs on the machine does not count.

Needs ART and statsmodels (with patsy and pandas, by `pip install --no-deps`),
best in an environment of its own that sees the packages of this one:

    KERAS_BACKEND=tensorflow python -m results.record smoothing
"""

import os
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from absl import app  # noqa: E402
from absl import flags  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402

from examples.common import provenance  # noqa: E402
from examples.common import results  # noqa: E402
from keras_ceb import backbones  # noqa: E402
from keras_ceb.robustness import Classifier  # noqa: E402
from keras_ceb.robustness.certify import RandomizedSmoothing  # noqa: E402

FLAGS = flags.FLAGS

SEED = 0
SIGMA = 0.25
SELECTING = 100
ALPHA = 0.001
BATCH_SIZE = 128
# Samples per image and images, by the network.
WORK = {"perceptron": (10_000, 8), "convolutional": (10_000, 4)}
WORK["residual"] = (1_000, 1)


def perceptron():
    layers = [keras.layers.Dense(64, activation="relu") for _ in range(2)]
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Flatten(),
            *layers,
            keras.layers.Dense(10),
        ]
    )


def convolutional():
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.Conv2D(16, 3, strides=2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )


def residual():
    inputs = keras.Input((32, 32, 3))
    features = backbones.ResNet(14, 0.25, input_shape=(32, 32, 3))(inputs)
    pooled = keras.layers.GlobalAveragePooling2D()(features)
    return keras.Model(inputs, keras.layers.Dense(10)(pooled))


NETWORKS = {
    "perceptron": perceptron,
    "convolutional": convolutional,
    "residual": residual,
}


def prepared(name, epochs):
    """A network, trained if it is one of digits, and images to certify."""
    keras.utils.set_random_seed(SEED)
    model = NETWORKS[name]()
    _, number = WORK[name]
    if name == "residual":
        images = np.random.default_rng(SEED).random((number, 32, 32, 3))
        return model, images.astype("float32"), np.zeros(number, "int32")
    images, labels = load_digits(return_X_y=True)
    x = (images / 16.0).reshape(-1, 8, 8, 1).astype("float32")
    y = labels.astype("int32")
    noise = np.random.default_rng(SEED).normal(scale=SIGMA, size=x.shape)
    model.compile(
        keras.optimizers.Adam(3e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    noisy = (x + noise)[:1400].astype("float32")
    model.fit(noisy, y[:1400], batch_size=64, epochs=epochs, verbose=0)
    return model, x[1400 : 1400 + number], y[1400 : 1400 + number]


def ours(model, samples):
    """A function that certifies images, with what it compiles kept."""
    smoothing = RandomizedSmoothing(SIGMA, n0=SELECTING, n=samples, alpha=ALPHA)
    # The networks are untrained or nearly so: chance is no error here.
    classifier = Classifier(model, batch_size=BATCH_SIZE, allow_chance=True)

    def certify(x, y):
        found = smoothing.certify(classifier, (x, y), verbose=0)
        return found.predicted, found.radii

    return certify


def art(model, samples, batch_size):
    """A function that certifies images with ART."""
    from art.estimators.certification import randomized_smoothing

    smoothed = randomized_smoothing.TensorFlowV2RandomizedSmoothing(
        model=model,
        nb_classes=10,
        input_shape=model.input_shape[1:],
        clip_values=None,
        sample_size=SELECTING,
        scale=SIGMA,
        alpha=ALPHA,
    )
    options = {} if batch_size is None else {"batch_size": batch_size}
    return lambda x, y: smoothed.certify(x, n=samples, **options)


def measure(name, turns, epochs):
    """The CPU seconds per sample of every tool on one network."""
    model, x, y = prepared(name, epochs)
    samples, number = WORK[name]
    tools = {
        "keras_ceb": ours(model, samples),
        "art": art(model, samples, None),
        "art_same_batch": art(model, samples, BATCH_SIZE),
    }
    radii = {tool: certify(x, y)[1] for tool, certify in tools.items()}
    seconds = {tool: [] for tool in tools}
    for turn in range(turns):
        first = turn % len(tools)
        for tool in [*tools, *tools][first : first + len(tools)]:
            start = time.process_time()
            tools[tool](x, y)
            spent = time.process_time() - start
            seconds[tool].append(spent / (number * (samples + SELECTING)))
    medians = {k: statistics.median(v) for k, v in seconds.items()}
    row = {
        "network": name,
        "parameters": model.count_params(),
        "samples": samples,
        "images": number,
        "cpu_seconds_per_sample": seconds,
        "mean_radius": {k: float(np.mean(v)) for k, v in radii.items()},
        "times_faster": {
            tool: medians[tool] / medians["keras_ceb"]
            for tool in tools
            if tool != "keras_ceb"
        },
    }
    print(row, flush=True)
    return row


def main(_):
    if keras.config.backend() != "tensorflow":
        raise RuntimeError("Run it with KERAS_BACKEND=tensorflow")
    start = time.time()
    rows = [measure(name, FLAGS.turns, FLAGS.epochs) for name in NETWORKS]
    settings = {
        "sigma": SIGMA,
        "n0": SELECTING,
        "alpha": ALPHA,
        "batch_size": BATCH_SIZE,
        "turns": FLAGS.turns,
        "epochs": FLAGS.epochs,
    }
    packages = ["adversarial-robustness-toolbox"]
    spent = time.time() - start
    run = provenance.run("measurement", spent, [SEED], packages)
    results.write(FLAGS.output, settings, [run], {"runs": rows})


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_string("output", "smoothing.json", "File to write.")
    flags.DEFINE_integer("turns", 5, "Turns of every tool.")
    flags.DEFINE_integer("epochs", 8, "Epochs of training.")
    app.run(main)
