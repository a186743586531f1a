"""Robust accuracy under PGD: ours, Foolbox, CleverHans and ART.

Measures the time from a model and images to a robust accuracy. Every library
runs on the same network and images, in turn, in one process; ratios are taken
within each turn, and their medians are reported. There are two radii: one at
which the attack succeeds on half of the correctly classified images, and one
at which it never does. Also measures a step of our PGD relative to one plain,
compiled forward and gradient pass.

The other libraries get labels in the form that they require, and attack every
image once, as they do when called on a batch. Ours is `robust_accuracy`.

    pip install 'keras-ceb[benchmarks]'
    python -m results.record attacks
"""

import gc
import json
import statistics
import time

import cleverhans.tf2.attacks.projected_gradient_descent as cleverhans_pgd
import foolbox
import keras
import numpy as np
import tensorflow as tf
from absl import app
from absl import flags
from art.attacks.evasion import ProjectedGradientDescentTensorFlowV2
from art.estimators.classification import TensorFlowV2Classifier
from sklearn.datasets import load_digits

from examples.common import provenance
from examples.common import results
from keras_ceb._src.robustness.attacks.compiled_attack import compiled_attack
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "attacks.json", "File to write.")
flags.DEFINE_integer("images", 128, "Images a measurement.")
flags.DEFINE_integer("batch_size", 64, "Images a batch.")
flags.DEFINE_list("steps", ["20", "100"], "Steps of PGD.")
flags.DEFINE_integer("turns", 3, "Timed runs of each library.")
flags.DEFINE_integer("epochs", 12, "Epochs of training.")
flags.DEFINE_integer("width", 32, "Channels of the first layer.")


def colored_digits():
    """The digits of scikit-learn at 32 x 32, in random colors with noise."""
    images, labels = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    images = (images / 16).reshape(-1, 8, 8, 1)
    images = images.repeat(4, axis=1).repeat(4, axis=2)
    ink, paper = rng.random((2, len(images), 1, 1, 3))
    images = images * ink + (1 - images) * paper
    images = images + 0.05 * rng.normal(size=images.shape)
    order = rng.permutation(len(images))
    images = np.clip(images, 0, 1).astype("float32")
    return images[order], labels[order].astype("int32")


def trained_model(x, y):
    """Four convolutions on 32 x 32 images, 323k weights."""
    keras.utils.set_random_seed(0)
    inputs = h = keras.Input((32, 32, 3))
    for factor, stride in ((1, 1), (2, 2), (4, 2), (4, 1)):
        h = keras.layers.Conv2D(
            factor * FLAGS.width, 3, stride, padding="same", activation="relu"
        )(h)
    h = keras.layers.Flatten()(h)
    model = keras.Model(inputs, keras.layers.Dense(10)(h))
    model.compile(
        keras.optimizers.Adam(1e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(x, y, batch_size=64, epochs=FLAGS.epochs, verbose=0)
    return model


def ours(model, x, y, eps, steps):
    attack = PGD("linf", eps, steps, loss="cross_entropy")
    classifier = Classifier(model, batch_size=FLAGS.batch_size)
    return robust_accuracy(classifier, (x, y), attack, verbose=0).accuracy


def batches(x, y):
    for first in range(0, len(x), FLAGS.batch_size):
        part = slice(first, first + FLAGS.batch_size)
        yield x[part], y[part]


def with_foolbox(model, x, y, eps, steps):
    wrapped = foolbox.TensorFlowModel(model, bounds=(0, 1))
    attack = foolbox.attacks.LinfPGD(
        abs_stepsize=4 / 3 * eps / steps, steps=steps
    )
    right = 0
    for images, labels in batches(x, y):
        images = tf.constant(images)
        labels = tf.constant(labels.astype("int64"))
        _, _, fooled = attack(wrapped, images, labels, epsilons=eps)
        right += len(images) - int(np.sum(fooled.numpy()))
    return right / len(x)


def with_cleverhans(model, x, y, eps, steps):
    right = 0
    for images, labels in batches(x, y):
        adversarial = cleverhans_pgd.projected_gradient_descent(
            model,
            tf.constant(images),
            eps,
            4 / 3 * eps / steps,
            steps,
            np.inf,
            clip_min=0.0,
            clip_max=1.0,
            y=tf.constant(labels.astype("int64")),
            rand_init=True,
            sanity_checks=False,
        )
        logits = model.predict_on_batch(adversarial)
        right += int(np.sum(logits.argmax(axis=1) == labels))
    return right / len(x)


def with_art(model, x, y, eps, steps):
    classifier = TensorFlowV2Classifier(
        model=model,
        nb_classes=10,
        input_shape=(32, 32, 3),
        loss_object=keras.losses.SparseCategoricalCrossentropy(
            from_logits=True
        ),
        clip_values=(0, 1),
    )
    attack = ProjectedGradientDescentTensorFlowV2(
        classifier,
        eps=eps,
        eps_step=4 / 3 * eps / steps,
        max_iter=steps,
        num_random_init=1,
        batch_size=FLAGS.batch_size,
        verbose=False,
    )
    adversarial = attack.generate(x, y)
    logits = model.predict(adversarial, FLAGS.batch_size, verbose=0)
    return float(np.mean(logits.argmax(axis=1) == y))


LIBRARIES = {
    "keras_ceb": ours,
    "foolbox": with_foolbox,
    "cleverhans": with_cleverhans,
    "art": with_art,
}


def half_breaking_radius(model, x, y):
    """The radius at which half of the right answers survive PGD-20."""
    clean = np.mean(model.predict(x, verbose=0).argmax(axis=1) == y)
    low, high = 0.0, 0.1
    for _ in range(10):
        middle = (low + high) / 2
        if ours(model, x, y, middle, 20) > clean / 2:
            low = middle
        else:
            high = middle
    return middle


def timed(function, *arguments):
    start = time.perf_counter()
    value = function(*arguments)
    return time.perf_counter() - start, value


def compare(model, x, y, eps, steps):
    """Seconds and accuracies of every library, in turn."""
    seconds = {name: [] for name in LIBRARIES}
    accuracy = {}
    names = list(LIBRARIES)
    for turn in range(FLAGS.turns + 1):
        # Another one begins each turn: who comes after whom matters.
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            run = LIBRARIES[name]
            gc.collect()
            took, accuracy[name] = timed(run, model, x, y, eps, steps)
            # The first turn compiles.
            if turn:
                seconds[name].append(took)
    ratios = {
        name: statistics.median(
            theirs / mine
            for theirs, mine in zip(values, seconds["keras_ceb"], strict=True)
        )
        for name, values in seconds.items()
    }
    return {
        "eps": eps,
        "steps": steps,
        "accuracy": accuracy,
        "seconds": {k: statistics.median(v) for k, v in seconds.items()},
        "times_ours": ratios,
    }


def step_cost(model, x, y):
    """Time of one PGD step over one bare forward and gradient pass."""
    x, y = x[: FLAGS.batch_size], y[: FLAGS.batch_size]
    loss = keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction="sum"
    )

    @tf.function
    def bare(x, y):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            value = loss(y, model(x, training=False))
        return tape.gradient(value, x)

    steps = 10
    run = Run(PGD("linf", 8 / 255, steps, loss="cross_entropy"))
    data = {"x": x, "y": y, "index": np.arange(len(x), dtype="int32")}
    stages = compiled_attack(ModelFunction(model), run.attack, data)
    params = run.attack.params(run, (0.0, 1.0))
    state = stages.start(data, params)
    images, labels = tf.constant(x), tf.constant(y)

    def our_steps():
        stages.advance(data, state, params, 0, steps)["x"].numpy()

    def bare_steps():
        for _ in range(steps):
            gradient = bare(images, labels)
        gradient.numpy()

    ratios = []
    for turn in range(4 * FLAGS.turns + 1):
        mine, _ = timed(our_steps)
        theirs, _ = timed(bare_steps)
        if turn:
            ratios.append(mine / theirs)
    return statistics.median(ratios)


def main(_):
    start = time.time()
    images, labels = colored_digits()
    model = trained_model(images[FLAGS.images :], labels[FLAGS.images :])
    x, y = images[: FLAGS.images], labels[: FLAGS.images]
    steps = [int(number) for number in FLAGS.steps]
    clean = np.mean(model.predict(x, verbose=0).argmax(axis=1) == y)
    half = half_breaking_radius(model, x, y)
    radii = {"half_broken": half, "never_broken": half * 1e-3}
    figures = {
        "clean_accuracy": float(clean),
        "step_over_bare_pass": step_cost(model, x, y),
    }
    print(f"step / bare pass: {figures['step_over_bare_pass']:.3f}")
    for name, eps in radii.items():
        for number in steps:
            row = compare(model, x, y, eps, number)
            figures[f"{name}_pgd_{number}"] = row
            print(name, json.dumps(row))
    settings = ("images", "batch_size", "turns", "epochs", "width")
    results.write(
        FLAGS.output,
        {
            **{name: getattr(FLAGS, name) for name in settings},
            "steps": steps,
            "radii": {"linf": list(radii.values())},
        },
        [provenance.run("measurement", time.time() - start, [0])],
        figures,
    )


if __name__ == "__main__":
    app.run(main)
