"""Cross-entropy against CEB on real handwritten digits, in minutes on a CPU.

Trains the same small network as a deterministic baseline, as CEB at two
values of rho, and as CEB with the consistent classifier, with two seeds each,
on the digits that ship inside scikit-learn. Attacks all of them with
projected gradient descent and with AutoAttack, prints a table, draws a figure
and saves a model.

    make quickstart
    python examples/quickstart.py --epochs 50 --seeds 3

A run that was stopped goes on where it was: each finished model has its
figures in `results.json` and is not trained again.
"""

import json
import pathlib

import keras
import numpy as np
from absl import app
from absl import flags
from sklearn.datasets import load_digits

import keras_ceb
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import AutoAttack

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "runs/quickstart", "Folder for what it writes.")
flags.DEFINE_integer("seeds", 2, "Models of each kind.", lower_bound=1)
flags.DEFINE_integer("epochs", 40, "Passes over the data.", lower_bound=1)
flags.DEFINE_integer("batch_size", 64, "Digits a step.", lower_bound=1)
flags.DEFINE_integer("test_size", 360, "Digits held out.", lower_bound=1)
flags.DEFINE_integer("attack_steps", 20, "Steps of PGD.", lower_bound=1)
flags.DEFINE_integer(
    "autoattack_size",
    100,
    "Digits that AutoAttack gets, for the first seed; 0 for none.",
    lower_bound=0,
)

# One word changes between the baseline and CEB.
VARIANTS = {
    "cross-entropy": {"objective": "xent"},
    "CEB, rho = 2": {"objective": "ceb", "rho": 2.0},
    "CEB, rho = 0": {"objective": "ceb", "rho": 0.0},
    "CEB, rho = 2, consistent": {
        "objective": "ceb",
        "rho": 2.0,
        "classifier": "consistent",
    },
}
SAVED = "CEB, rho = 2"

# What the figures depend on.
SETTINGS = (
    "epochs",
    "batch_size",
    "test_size",
    "attack_steps",
    "autoattack_size",
)

# Radii in the units of the input: pixels from 0 to 1.
RADII = {
    "linf": [0.025, 0.05, 0.075, 0.1, 0.15, 0.2],
    "l2": [0.2, 0.4, 0.6, 0.8, 1.2, 1.6],
}
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


def accuracy(model, x, y):
    """Share of inputs that the model classifies correctly."""
    logits = model.predict(x, batch_size=len(x), verbose=0)
    return float(np.mean(logits.argmax(-1) == y))


def train(options, seed, data):
    """A classifier, trained with plain `fit`."""
    keras.utils.set_random_seed(seed)
    model = keras_ceb.wrap(
        build_backbone(), num_classes=10, seed=seed, **options
    )
    model.compile("adam", metrics=["accuracy"])
    model.fit(
        *data,
        batch_size=FLAGS.batch_size,
        epochs=FLAGS.epochs,
        callbacks=[keras_ceb.callbacks.StopOnNaN()],
        verbose=0,
    )
    return model


def measure(model, x, y):
    """Accuracy, clean and under attack, and residual information in nats."""
    row = {"clean": accuracy(model, x, y)}
    for norm, radii in RADII.items():
        row[norm] = [
            accuracy(model, PGD(norm, eps, FLAGS.attack_steps)(model, x, y), y)
            for eps in radii
        ]
    if model.has_bottleneck:
        rex = keras.ops.mean(model.residual_information(x, y))
        row["rex"] = float(keras.ops.convert_to_numpy(rex))
    return row


def measure_autoattack(model, x, y):
    """Accuracy under AutoAttack and under PGD, on the same few images."""
    few = x[: FLAGS.autoattack_size], y[: FLAGS.autoattack_size]
    eps = SHOWN["linf"]
    attacks = {
        "autoattack": AutoAttack("linf", eps),
        "pgd": PGD("linf", eps, FLAGS.attack_steps),
    }
    return {
        name: robust_accuracy(model, few, attack, verbose=0).accuracy
        for name, attack in attacks.items()
    }


def run(folder):
    """Trains and measures every model that has no figures yet."""
    data, test = load_data(FLAGS.test_size)
    settings = {name: getattr(FLAGS, name) for name in SETTINGS}
    file = folder / "results.json"
    results = {"settings": settings, "models": {}}
    if file.exists():
        earlier = json.loads(file.read_text())
        # Figures of other settings must not be mixed with these.
        if earlier["settings"] == settings:
            results = earlier
    todo = [(name, seed) for name in VARIANTS for seed in range(FLAGS.seeds)]
    progress = keras.utils.Progbar(len(todo), unit_name="model")
    for done, (name, seed) in enumerate(todo):
        key = f"{name}, seed {seed}"
        if key not in results["models"]:
            model = train(VARIANTS[name], seed, data)
            row = measure(model, *test)
            if seed == 0 and FLAGS.autoattack_size:
                row["same_images"] = measure_autoattack(model, *test)
            results["models"][key] = row
            if name == SAVED and seed == 0:
                model.save(folder / "model.keras")
            partial = file.with_suffix(".partial")
            partial.write_text(json.dumps(results, indent=1))
            partial.replace(file)
        progress.update(done + 1)
    return results["models"]


def average(results, name):
    """Mean figures of a kind of model over its seeds."""
    rows = [results[f"{name}, seed {seed}"] for seed in range(FLAGS.seeds)]
    keys = ("clean", *RADII, *(["rex"] if "rex" in rows[0] else []))
    return {key: np.mean([row[key] for row in rows], 0) for key in keys}


def print_table(results):
    titles = ["model", "clean"]
    titles += [f"PGD {norm} {eps}" for norm, eps in SHOWN.items()]
    titles += ["residual information"]
    widths = [26, 7, 14, 12, 22]
    print(f"\nAccuracy on {FLAGS.test_size} test digits, {FLAGS.seeds} seeds:")
    print("".join(t.ljust(w) for t, w in zip(titles, widths, strict=True)))
    for name in VARIANTS:
        row = average(results, name)
        cells = [name, f"{row['clean']:.3f}"]
        for norm, eps in SHOWN.items():
            cells.append(f"{row[norm][RADII[norm].index(eps)]:.3f}")
        rex = row.get("rex")
        cells.append("infinite" if rex is None else f"{rex:.2f} nats")
        print("".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)))
    if FLAGS.autoattack_size:
        cells = []
        for name in VARIANTS:
            same = results[f"{name}, seed 0"]["same_images"]
            cells.append(
                f"{name} {same['autoattack']:.2f} (PGD {same['pgd']:.2f})"
            )
        print(
            f"AutoAttack linf {SHOWN['linf']}, {FLAGS.autoattack_size} digits, "
            f"first seed: {'; '.join(cells)}"
        )


def draw(results, file):
    """Accuracy against the radius of the attack, as in the paper's Figure 2."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True)
    for axis, (norm, radii) in zip(axes, RADII.items(), strict=True):
        for name in VARIANTS:
            row = average(results, name)
            axis.plot([0, *radii], [row["clean"], *row[norm]], "o-", label=name)
        axis.set_xlabel(f"PGD {norm}, radius in pixels of 0..1")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("accuracy")
    axes[0].legend(frameon=False)
    figure.tight_layout()
    figure.savefig(file, dpi=150)
    plt.close(figure)


def main(_):
    folder = pathlib.Path(FLAGS.output)
    folder.mkdir(parents=True, exist_ok=True)
    results = run(folder)
    print_table(results)
    draw(results, folder / "robustness.png")
    print(
        f"\nFigure: {folder / 'robustness.png'}"
        f"\nModel:  {folder / 'model.keras'}"
        "\n\nWhat to try next:"
        "\n  - your own network: keras_ceb.wrap(your_backbone, num_classes)"
        "\n  - a stronger bottleneck: change rho in VARIANTS to -2"
        "\n  - load the model again: import keras, keras_ceb;"
        f" keras.models.load_model('{folder / 'model.keras'}')"
    )


if __name__ == "__main__":
    app.run(main)
