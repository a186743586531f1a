"""What the bottleneck and BatchNorm see in adversarial training.

Trains small networks on scikit-learn's digits and on a part of Fashion-MNIST
against `FastTraining`, with one choice changed at a time:

    gradients   of the attack, through the mean or a sample of the encoder
    rex         of the encoding of the adversarial or of the clean images
    mode        of BatchNorm while the attack is made
    averages    of BatchNorm, of the adversarial or of the clean images

and measures the accuracy under AutoAttack. The defaults of
`compile(adversary=...)` come from this table. On TensorFlow; it takes about
20 minutes on one core. Fashion-MNIST is downloaded by Keras, or is a file with
the arrays x_train, y_train, x_test and y_test:

    python -m results.record adversarial_choices
    python -m results.record adversarial_choices --data=fashion_mnist.npz
"""

import dataclasses
import functools
import os
import time

os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from absl import app  # noqa: E402
from absl import flags  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402

import keras_ceb  # noqa: E402
from examples.common import provenance  # noqa: E402
from examples.common import results  # noqa: E402
from keras_ceb.adversarial import FastTraining  # noqa: E402
from keras_ceb.robustness import robust_accuracy  # noqa: E402
from keras_ceb.robustness.attacks import AutoAttack  # noqa: E402

FLAGS = flags.FLAGS

RHO = 2.0
BATCH_SIZE = 64


@dataclasses.dataclass(frozen=True)
class DataSet:
    """What a data set is trained and measured with.

    Attributes:
        epochs: Passes over the data.
        train_eps: Radius of the adversary in training.
        eps: Radius of the attack at test time.
        filters: Of the three convolutions, with their kernel and stride.
    """

    epochs: int
    train_eps: float
    eps: float
    filters: tuple[tuple[int, int, int], ...]


DATA = {
    # The network of the quickstart.
    "digits": DataSet(30, 0.15, 0.1, ((32, 3, 1), (64, 3, 2), (64, 3, 1))),
    "fashion_mnist": DataSet(
        12, 0.1, 0.05, ((16, 5, 2), (32, 3, 2), (64, 3, 1))
    ),
}
FASHION_TRAINED = 4000


@dataclasses.dataclass(frozen=True)
class Choice:
    """What is seen in an adversarial training step; see the module."""

    gradients: str = "mean"
    rex: str = "adversarial"
    mode: str = "inference"
    averages: str = "adversarial"


DEFAULT = "the default"
CHOICES = {
    False: {
        "no adversary": None,
        DEFAULT: Choice(),
        "gradients through the sample": Choice(gradients="sample"),
        "rex of the clean encoding": Choice(rex="clean"),
    },
    True: {
        DEFAULT: Choice(),
        "BatchNorm in training mode in the attack": Choice(mode="training"),
        "moving averages of the clean images": Choice(averages="clean"),
    },
}


class ChoiceModel(keras_ceb.CEBModel):
    """A CEB classifier whose training step makes the choices of a `Choice`.

    Args:
        *args: Those of `CEBModel`.
        choice: A `Choice`.
        **kwargs: Those of `CEBModel`.
    """

    def __init__(self, *args, choice, **kwargs):
        super().__init__(*args, **kwargs)
        self.choice = choice
        self._attacking = False
        # Of the step that is being traced.
        self._clean = None
        self._averages = []

    def averages(self):
        """The moving averages of BatchNorm."""
        return [
            variable
            for layer in self._flatten_layers()
            if isinstance(layer, keras.layers.BatchNormalization)
            for variable in layer.non_trainable_variables
        ]

    def averages_now(self):
        return [keras.ops.copy(variable.value) for variable in self.averages()]

    def set_averages(self, values):
        for variable, value in zip(self.averages(), values, strict=True):
            variable.assign(value)

    def call(self, inputs, training=None):
        if not self._attacking:
            return super().call(inputs, training=training)
        features = self.pooled_backbone(
            inputs, training=self.choice.mode == "training"
        )
        encoding = self.encoder.mean(features)
        if self.choice.gradients == "sample":
            encoding = encoding + self.encoder.noise(encoding)
        return self.classifier(encoding)

    def adversarial_batch(self, x, y):
        before = self.averages_now()
        self._attacking = True
        try:
            attacked = super().adversarial_batch(x, y)
        finally:
            self._attacking = False
        self.set_averages(before)
        self._clean = x
        if self.choice.averages == "clean":
            self.pooled_backbone(x, training=True)
            self._averages = self.averages_now()
        return attacked

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        if training and self.choice.rex == "clean":
            clean = self.forward_pass(self._clean, training=True)
            y_pred = clean._replace(logits=y_pred)
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    def train_step(self, *args):
        logs = super().train_step(*args)
        if self.choice.averages == "clean":
            self.set_averages(self._averages)
        return logs


def load(name):
    """Training and test images from 0 to 1, with their labels."""
    if name == "digits":
        digits = load_digits()
        order = np.random.default_rng(0).permutation(len(digits.target))
        x, y = digits.images[order] / 16.0, digits.target[order]
        parts = (x[360:], y[360:]), (x[:360], y[:360])
    elif FLAGS.data:
        with np.load(FLAGS.data) as file:
            parts = (
                (file["x_train"], file["y_train"]),
                (file["x_test"], file["y_test"]),
            )
    else:
        parts = keras.datasets.fashion_mnist.load_data()
    if name != "digits":
        parts = [
            (x[:FASHION_TRAINED] / 255.0, y[:FASHION_TRAINED].astype("int32"))
            for x, y in parts
        ]
    return [(x[..., np.newaxis].astype("float32"), y) for x, y in parts]


def backbone(shape, filters, norm):
    """Three convolutions, with or without BatchNorm, and a dense layer."""
    layers = keras.layers
    stack = [keras.Input(shape)]
    for count, kernel, stride in filters:
        stack.append(layers.Conv2D(count, kernel, stride, padding="same"))
        if norm:
            # The default, 0.99, is slow for a few hundred steps.
            stack.append(layers.BatchNormalization(momentum=0.9))
        stack.append(layers.Activation("relu"))
    return keras.Sequential([*stack, layers.Flatten(), layers.Dense(64)])


def build(shape, filters, norm, choice, seed):
    """A `ChoiceModel` of the layers that `wrap` makes."""
    keras.utils.set_random_seed(seed)
    made = keras_ceb.wrap(
        backbone(shape, filters, norm), 10, rho=RHO, seed=seed
    )
    return ChoiceModel(
        made.backbone,
        made.encoder,
        made.classifier,
        made.marginal,
        num_classes=10,
        rho=RHO,
        choice=choice or Choice(),
    )


@functools.cache
def attacked_model(shape, filters, norm):
    """A model that is attacked with the weights of others.

    What compiles AutoAttack for it serves all of them.
    """
    return build(shape, filters, norm, None, seed=0)


def measure(name, data, norm, choice, seed):
    """Trains a model; its accuracy, clean and under AutoAttack."""
    settings = DATA[name]
    (x, y), test = data
    model = build(x.shape[1:], settings.filters, norm, choice, seed)
    adversary = None
    if choice is not None:
        adversary = FastTraining("linf", settings.train_eps, seed=seed)
    model.compile("adam", metrics=["accuracy"], adversary=adversary)
    epochs = max(1, round(FLAGS.length * settings.epochs))
    model.fit(x, y, batch_size=BATCH_SIZE, epochs=epochs, verbose=0)
    clean = model.evaluate(*test, verbose=0, return_dict=True)
    some = tuple(part[: FLAGS.images] for part in test)
    attack = AutoAttack("linf", settings.eps)
    victim = attacked_model(x.shape[1:], settings.filters, norm)
    victim.set_weights(model.get_weights())
    attacked = robust_accuracy(victim, some, attack, verbose=0)
    return {
        "seed": seed,
        "clean": round(clean["accuracy"], 4),
        "autoattack": attacked.accuracy,
        "rex": round(clean["rex"], 3),
    }


def main(_):
    start = time.time()
    rows = []
    for name in FLAGS.names:
        data = load(name)
        for norm, choices in CHOICES.items():
            for label, choice in choices.items():
                for seed in range(FLAGS.seeds):
                    row = measure(name, data, norm, choice, seed)
                    what = {"data": name, "batch_norm": norm, "choice": label}
                    rows.append({**what, **row})
                    print(f"{time.time() - start:.0f} s", rows[-1], flush=True)
    settings = {
        "rho": RHO,
        "batch_size": BATCH_SIZE,
        "images": FLAGS.images,
        "length": FLAGS.length,
        "data": {name: dataclasses.asdict(DATA[name]) for name in FLAGS.names},
        "fashion_mnist_trained": FASHION_TRAINED,
        "radii": {"autoattack": sorted({DATA[n].eps for n in FLAGS.names})},
    }
    results.write(
        FLAGS.output,
        settings,
        [
            provenance.run(
                "measurement", time.time() - start, range(FLAGS.seeds)
            )
        ],
        {"runs": rows},
    )


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_string("output", "adversarial_choices.json", "File to write.")
    flags.DEFINE_string(
        "data", None, "Fashion-MNIST as .npz; Keras downloads it otherwise."
    )
    flags.DEFINE_list("names", ["digits", "fashion_mnist"], "Data sets.")
    flags.DEFINE_integer("seeds", 2, "Models of each kind.")
    flags.DEFINE_integer("images", 200, "Test images that are attacked.")
    flags.DEFINE_float("length", 1.0, "Scales the number of epochs.")
    app.run(main)
