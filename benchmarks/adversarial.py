"""What adversarial training costs: steps against plain ones, and against ART.

Times one call of `train_on_batch` of the same network with each adversary, in
turn, in one process, and reports medians of the ratios within each turn. The
networks are a PreActResNet-18 and the Wide ResNet of the `cpu` preset of
`examples/cifar10`, both with a cross-entropy head from `keras_ceb.wrap`.

    plain             no adversary
    FastTraining      one step from a random start
    PGDTraining(7)    seven steps from a random start
    TRADES(10)        ten steps, then a pass over clean and adversarial images
    ART               AdversarialTrainerMadryPGD of the Adversarial Robustness
                      Toolbox with the same seven steps, on the same Keras
                      model, called with one batch; its training step, which
                      it would compile anew for each batch, is compiled once.
                      Left out where the package is not installed

    python -m results.record adversarial
"""

import contextlib
import gc
import importlib.util
import io
import json
import logging
import statistics
import time

import keras
import numpy as np
import tensorflow as tf
from absl import app
from absl import flags

import keras_ceb
from examples.cifar10 import experiments
from examples.cifar10.gpu import networks
from examples.common import provenance
from examples.common import results
from keras_ceb.adversarial import TRADES
from keras_ceb.adversarial import FastTraining
from keras_ceb.adversarial import PGDTraining

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "adversarial.json", "File to write.")
flags.DEFINE_integer("width", 64, "Channels of the ResNet's first group.")
flags.DEFINE_integer("resnet_batch_size", 16, "Images per step of the ResNet.")
flags.DEFINE_integer("wide_batch_size", 64, "Images per step of the WRN.")
flags.DEFINE_integer("turns", 7, "Timed steps of each kind.")

IMAGE = (32, 32, 3)
NUM_CLASSES = 10
EPS = 8 / 255
STEPS = 7

ADVERSARIES = {
    "plain": None,
    "FastTraining": FastTraining("linf", EPS),
    f"PGDTraining({STEPS})": PGDTraining("linf", EPS, steps=STEPS),
    "TRADES(10)": TRADES("linf", EPS, steps=10),
}
PEER = "ART"


def resnet():
    return networks.preact_resnet(IMAGE, seed=0, width=FLAGS.width)


def wide_resnet():
    preset = experiments.preset("cpu")
    return keras_ceb.backbones.WideResNet(
        preset.depth,
        preset.width,
        stem_stride=preset.stem_stride,
        input_shape=IMAGE,
        seed=0,
    )


def wrapped(backbone):
    return keras_ceb.wrap(backbone, NUM_CLASSES, objective="xent", seed=0)


def ours(backbone, x, y, adversary):
    """A function that trains on the batch once."""
    model = wrapped(backbone)
    model.compile(keras.optimizers.SGD(0.01), adversary=adversary)
    return lambda: model.train_on_batch(x, y)


def with_art(backbone, x, y):
    """As `ours`, by ART."""
    logging.getLogger("art").setLevel(logging.WARNING)
    from art.defences.trainer import AdversarialTrainerMadryPGD
    from art.estimators.classification import TensorFlowV2Classifier

    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.SGD(0.01)

    @tf.function
    def train_step(model, images, labels):
        with tf.GradientTape() as tape:
            value = loss(labels, model(images, training=True))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(value, variables), variables)
        return value

    trainer = AdversarialTrainerMadryPGD(
        TensorFlowV2Classifier(
            model=wrapped(backbone),
            nb_classes=NUM_CLASSES,
            input_shape=IMAGE,
            loss_object=loss,
            train_step=train_step,
            clip_values=(0, 1),
        ),
        eps=EPS,
        eps_step=EPS / 4,
        max_iter=STEPS,
    )
    labels = np.eye(NUM_CLASSES, dtype="float32")[y]

    def step():
        # Its progress bars.
        with contextlib.redirect_stderr(io.StringIO()):
            trainer.fit(x, labels, batch_size=len(x), nb_epochs=1)

    return step


def timed(step):
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def measure(backbone, x, y):
    """Seconds per step, medians, and ratios, medians as well."""
    steps = {
        name: ours(backbone(), x, y, adversary)
        for name, adversary in ADVERSARIES.items()
    }
    if importlib.util.find_spec("art"):
        steps[PEER] = with_art(backbone(), x, y)
    for step in steps.values():
        for _ in range(2):
            step()
    seconds = {name: [] for name in steps}
    names = list(steps)
    for turn in range(FLAGS.turns):
        # Each goes first as often as the others.
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            gc.collect()
            seconds[name].append(timed(steps[name]))

    def ratio(name, other):
        pairs = zip(seconds[name], seconds[other], strict=True)
        return statistics.median(a / b for a, b in pairs)

    figures = {
        "seconds": {n: statistics.median(t) for n, t in seconds.items()},
        "ratio_to_plain": {name: ratio(name, "plain") for name in steps},
    }
    if PEER in steps:
        figures["art_times_ours"] = ratio(PEER, f"PGDTraining({STEPS})")
    return figures


def main(_):
    start = time.time()
    rng = np.random.default_rng(0)

    def batch(size):
        x = rng.uniform(size=(size, *IMAGE)).astype("float32")
        return x, rng.integers(0, NUM_CLASSES, size)

    figures = {
        "PreActResNet-18": measure(resnet, *batch(FLAGS.resnet_batch_size)),
        "WRN of the cpu preset": measure(
            wide_resnet, *batch(FLAGS.wide_batch_size)
        ),
    }
    print(json.dumps(figures, indent=1))
    settings = ("width", "resnet_batch_size", "wide_batch_size", "turns")
    results.write(
        FLAGS.output,
        {
            **{name: getattr(FLAGS, name) for name in settings},
            "radii": {"linf": [EPS]},
            "steps": STEPS,
        },
        [
            provenance.run(
                "measurement",
                time.time() - start,
                [0],
                packages=("adversarial-robustness-toolbox",),
            )
        ],
        figures,
    )


if __name__ == "__main__":
    app.run(main)
