"""Compares cross-entropy with CEB on handwritten digits, in minutes on a CPU.

Trains the same small network as a deterministic baseline, as CEB at two
values of rho, as CEB with the consistent classifier and as CEB with adversarial
training, on the digits of scikit-learn. Attacks all of them with projected
gradient descent and with AutoAttack, prints a table, draws a figure and saves a
model.

    make quickstart
    python examples/quickstart.py --seeds 3

Several models train at a time, one per core. An interrupted run resumes: each
finished model has its figures in `results.json` and is not trained again.
"""

import concurrent.futures
import json
import multiprocessing
import os
import pathlib
import threading
import time

# The network is too small for a step to gain from a second core, so each core
# trains a model of its own; on a GPU they share its memory. The import of Keras
# reads this.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from absl import app  # noqa: E402
from absl import flags  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402

import keras_ceb  # noqa: E402
from keras_ceb.adversarial import FastTraining  # noqa: E402
from keras_ceb.robustness import Table  # noqa: E402
from keras_ceb.robustness import robust_accuracy  # noqa: E402
from keras_ceb.robustness.attacks import PGD  # noqa: E402
from keras_ceb.robustness.attacks import AutoAttack  # noqa: E402

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "runs/quickstart", "Folder for what it writes.")
flags.DEFINE_integer("seeds", 1, "Models of each kind.", lower_bound=1)
flags.DEFINE_integer("epochs", 30, "Passes over the data.", lower_bound=1)
flags.DEFINE_integer("batch_size", 64, "Digits per step.", lower_bound=1)
flags.DEFINE_integer("test_size", 360, "Digits held out.", lower_bound=1)
flags.DEFINE_integer("attack_steps", 20, "Steps of PGD.", lower_bound=1)
flags.DEFINE_integer(
    "autoattack_size",
    100,
    "Digits that AutoAttack gets, for the first seed; 0 for none.",
    lower_bound=0,
)
flags.DEFINE_integer(
    "jobs",
    min(4, os.cpu_count() or 1),
    "Models at a time, a process for each; no figure depends on it.",
    lower_bound=1,
)

# One word changes between the baseline and CEB, and one argument of `compile`
# between CEB and CEB with adversarial training.
VARIANTS = {
    "cross-entropy": {"objective": "xent"},
    "CEB, rho = 2": {"objective": "ceb", "rho": 2.0},
    "CEB, rho = 0": {"objective": "ceb", "rho": 0.0},
    "CEB, rho = 2, consistent": {
        "objective": "ceb",
        "rho": 2.0,
        "classifier": "consistent",
    },
    "CEB, rho = 2, FastTraining 0.15": {
        "objective": "ceb",
        "rho": 2.0,
        "adversary": FastTraining("linf", eps=0.15),
    },
}
SAVED = "CEB, rho = 2"

# The flags that the figures depend on.
SETTINGS = (
    "epochs",
    "batch_size",
    "test_size",
    "attack_steps",
    "autoattack_size",
)

# Radii in the units of the input: pixels from 0 to 1. They grow.
RADII = {
    "linf": [0.025, 0.05, 0.075, 0.1, 0.15, 0.2],
    "l2": [0.2, 0.4, 0.6, 0.8, 1.2, 1.6],
}
# Those in the table; AutoAttack has the radius of linf.
SHOWN = {"linf": 0.1, "l2": 0.8}


def load_data(test_size):
    """Digits of 8x8 pixels from 0 to 1, and their labels."""
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    x = (digits.images[order, ..., np.newaxis] / 16.0).astype("float32")
    y = digits.target[order]
    train = x[test_size:], y[test_size:]
    return train, (x[:test_size], y[:test_size])


def build_backbone():
    """Any Keras model that maps inputs to features will do."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Conv2D(64, 3, 2, padding="same", activation="relu"),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(64),
        ]
    )


def train(options, seed, data, settings):
    """A classifier, trained with plain `fit`."""
    keras.utils.set_random_seed(seed)
    options = dict(options)
    adversary = options.pop("adversary", None)
    model = keras_ceb.wrap(
        build_backbone(), num_classes=10, seed=seed, **options
    )
    model.compile("adam", metrics=["accuracy"], adversary=adversary)
    model.fit(
        *data,
        batch_size=settings["batch_size"],
        epochs=settings["epochs"],
        callbacks=[keras_ceb.callbacks.StopOnNaN()],
        verbose=0,
    )
    return model


def right_under_attack(model, x, y, norm, right, steps):
    """Which digits PGD leaves right, one array of booleans per radius.

    What has fallen at a radius has fallen at every larger one, so an attack
    gets only what the one before has left.
    """
    curve = []
    for eps in RADII[norm]:
        right = right.copy()
        if right.any():
            attack = PGD(norm, eps, steps)
            left = x[right], y[right]
            attacked = robust_accuracy(model, left, attack, verbose=0)
            right[right] = attacked.robust
        curve.append(right)
    return curve


def measure(model, x, y, steps, say):
    """Accuracy, clean and under PGD, and residual information in nats.

    Returns:
        The figures, and which digits stay right at the radii of `SHOWN`.
    """
    right = model.predict(x, batch_size=len(x), verbose=0).argmax(-1) == y
    row, shown = {"clean": float(right.mean())}, {}
    for norm, radii in RADII.items():
        say(f"attacking, PGD {norm} {radii[0]} to {radii[-1]}")
        curve = right_under_attack(model, x, y, norm, right, steps)
        row[norm] = [float(left.mean()) for left in curve]
        shown[norm] = curve[radii.index(SHOWN[norm])]
    if model.has_bottleneck:
        rex = keras.ops.mean(model.residual_information(x, y))
        row["rex"] = float(keras.ops.convert_to_numpy(rex))
    return row, shown


def measure_autoattack(model, x, y):
    """Accuracy under AutoAttack."""
    attack = AutoAttack("linf", SHOWN["linf"])
    return robust_accuracy(model, (x, y), attack, verbose=0).accuracy


def work(name, seed, settings, model_file, start, label):
    """Trains and measures one model; returns its figures."""

    def say(what):
        minutes, seconds = divmod(int(time.time() - start), 60)
        print(f"{minutes}:{seconds:02d}  {label}: {what}", flush=True)

    data, (x, y) = load_data(settings["test_size"])
    say("training")
    model = train(VARIANTS[name], seed, data, settings)
    if (name, seed) == (SAVED, 0):
        model.save(model_file)
    row, shown = measure(model, x, y, settings["attack_steps"], say)
    say("; ".join(map(" ".join, zip(titles(), cells(row), strict=True))))
    size = settings["autoattack_size"]
    if seed == 0 and size:
        say(f"attacking, AutoAttack linf {SHOWN['linf']}, {size} digits")
        row["same_images"] = {
            "autoattack": measure_autoattack(model, x[:size], y[:size]),
            "pgd": float(shown["linf"][:size].mean()),
        }
        say(f"AutoAttack linf {SHOWN['linf']}: {autoattack_cell(row)}")
    return row


def each_model(tasks, jobs):
    """Pairs of a key of `tasks` and the figures of that model, as they come."""
    jobs = min(jobs, len(tasks))
    if jobs <= 1:
        for key, arguments in tasks.items():
            yield key, work(*arguments)
        return
    # TensorFlow does not survive a fork.
    context = multiprocessing.get_context("spawn")
    pool = concurrent.futures.ProcessPoolExecutor(
        jobs, context, end_with_parent
    )
    try:
        futures = {pool.submit(work, *tasks[key]): key for key in tasks}
        for future in concurrent.futures.as_completed(futures):
            yield futures[future], future.result()
    finally:
        # After an error or Ctrl-C, no other model is begun.
        pool.shutdown(cancel_futures=True)


def end_with_parent():
    """Ends this process with the one that started it, even a killed one."""

    def wait():
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def run(folder, start):
    """Trains and measures every model that has no figures yet."""
    settings = {name: getattr(FLAGS, name) for name in SETTINGS}
    settings = {**settings, "radii": RADII, "shown": SHOWN}
    file = folder / "results.json"
    models = {}
    if file.exists():
        earlier = json.loads(file.read_text())
        # Figures of other settings must not be mixed with these.
        if earlier["settings"] == settings:
            models = earlier["models"]
    # All models of one seed before the next: there is a table early.
    todo = [(name, seed) for seed in range(FLAGS.seeds) for name in VARIANTS]
    tasks = {}
    for number, (name, seed) in enumerate(todo, 1):
        label = f"{number} of {len(todo)}: {key_of(name, seed)}"
        if key_of(name, seed) in models:
            print(f"{label}: measured before, see {file}")
        else:
            model_file = folder / "model.keras"
            arguments = name, seed, settings, model_file, start, label
            tasks[key_of(name, seed)] = arguments
    for key, row in each_model(tasks, FLAGS.jobs):
        models[key] = row
        # In the order of the table, whichever was done first.
        order = [*(key_of(*model) for model in todo), *models]
        models = {k: models[k] for k in order if k in models}
        partial = file.with_suffix(".partial")
        results = {"settings": settings, "models": models}
        partial.write_text(json.dumps(results, indent=1))
        partial.replace(file)
        first = {key_of(name, 0) for name in VARIANTS}
        if FLAGS.seeds > 1 and key in first and first <= models.keys():
            print_table(models, seeds=1)
    return models


def key_of(name, seed):
    """The name of a model in `results.json`."""
    return f"{name}, seed {seed}"


def average(models, name, seeds):
    """Mean figures of a kind of model over its seeds."""
    rows = [models[key_of(name, seed)] for seed in range(seeds)]
    keys = ("clean", *RADII, *(["rex"] if "rex" in rows[0] else []))
    return {key: np.mean([row[key] for row in rows], 0) for key in keys}


def titles():
    """The titles of the figures in a table."""
    attacks = [f"PGD {norm} {eps}" for norm, eps in SHOWN.items()]
    return ["clean", *attacks, "residual information"]


def cells(row):
    """Figures as text, in the order of `titles`."""
    rex = row.get("rex")
    return [
        f"{row['clean']:.3f}",
        *(
            f"{row[norm][RADII[norm].index(eps)]:.3f}"
            for norm, eps in SHOWN.items()
        ),
        "infinite" if rex is None else f"{rex:.2f} nats",
    ]


def autoattack_cell(row):
    """Accuracy under AutoAttack and, on the same digits, under PGD."""
    same = row["same_images"]
    return f"{same['autoattack']:.2f} (PGD {same['pgd']:.2f})"


def print_table(models, seeds):
    """The figures of every kind of model, mean over the first `seeds`."""
    word = "seed" if seeds == 1 else "seeds"
    print(f"\nAccuracy on {FLAGS.test_size} test digits, {seeds} {word}:")
    rows = [[name, *cells(average(models, name, seeds))] for name in VARIANTS]
    print(Table(["model", *titles()], rows))
    if FLAGS.autoattack_size:
        strong = (
            f"{name} {autoattack_cell(models[key_of(name, 0)])}"
            for name in VARIANTS
        )
        print(
            f"AutoAttack linf {SHOWN['linf']}, {FLAGS.autoattack_size} digits, "
            f"first seed: {'; '.join(strong)}"
        )
    print(flush=True)


def draw(models, file):
    """Accuracy against the radius of the attack, as in the paper's Figure 2."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True)
    for axis, (norm, radii) in zip(axes, RADII.items(), strict=True):
        for name in VARIANTS:
            row = average(models, name, FLAGS.seeds)
            axis.plot([0, *radii], [row["clean"], *row[norm]], "o-", label=name)
        axis.set_xlabel(f"PGD {norm}, radius in pixels of 0..1")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("accuracy")
    axes[0].legend(frameon=False)
    figure.tight_layout()
    figure.savefig(file, dpi=150)
    plt.close(figure)


def main(_):
    start = time.time()
    folder = pathlib.Path(FLAGS.output)
    folder.mkdir(parents=True, exist_ok=True)
    models = run(folder, start)
    print_table(models, FLAGS.seeds)
    draw(models, folder / "robustness.png")
    print(
        f"Figure: {folder / 'robustness.png'}"
        f"\nModel:  {folder / 'model.keras'}"
        "\n\nWhat to try next:"
        "\n  - your own network: keras_ceb.wrap(your_backbone, num_classes)"
        "\n  - a stronger bottleneck: change rho in VARIANTS to -2"
        "\n  - load the model again: import keras, keras_ceb;"
        f" keras.models.load_model('{folder / 'model.keras'}')"
    )


if __name__ == "__main__":
    app.run(main)
