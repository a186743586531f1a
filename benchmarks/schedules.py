"""Which schedule a plain number for `rho` should select.

Trains one small network on scikit-learn's digits at several rho under several
schedules and records test accuracy and training residual information at the
end. The default schedule of `wrap` was chosen from this table.

    python -m results.record schedules
"""

import time

import keras
import numpy as np
from absl import app
from absl import flags
from sklearn.datasets import load_digits

import keras_ceb
from examples.common import provenance
from examples.common import results
from keras_ceb import schedules

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "schedules.json", "File to write.")
flags.DEFINE_list("rhos", ["-4", "-2", "0", "2"], "Values of rho.")
flags.DEFINE_integer("seeds", 2, "Runs of each.")
flags.DEFINE_integer("epochs", 40, "Epochs of each run.")


def candidates(rho):
    """Schedules by name; all are in steps, so that a number is enough."""

    def jump(steps, **options):
        return schedules.JumpStart(
            rho, 1, warmup_epochs=0, anneal_epochs=steps, **options
        )

    return {
        "constant": schedules.Constant(rho),
        "anneal of the weight, 500 steps": schedules.Anneal(rho, 500),
        "jump, then at once": jump(0),
        "jump, then the weight over 500 steps": jump(
            500, plateau=100.0, interpolate="weight"
        ),
        "jump, then rho over 500 steps (default)": schedules.default(rho, 10),
    }


def network(seed):
    keras.utils.set_random_seed(seed)
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


def data():
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    x = (digits.images[order, ..., np.newaxis] / 16.0).astype("float32")
    y = digits.target[order]
    return (x[360:], y[360:]), (x[:360], y[:360])


def main(_):
    start = time.time()
    train, test = data()
    runs = [
        (float(rho), name, seed)
        for rho in FLAGS.rhos
        for name in candidates(0.0)
        for seed in range(FLAGS.seeds)
    ]
    progress = keras.utils.Progbar(len(runs), unit_name="model")
    rows = []
    for rho, name, seed in runs:
        model = keras_ceb.wrap(
            network(seed), 10, rho=candidates(rho)[name], seed=seed
        )
        model.compile("adam", metrics=["accuracy"])
        history = model.fit(
            *train, batch_size=64, epochs=FLAGS.epochs, verbose=0
        ).history
        measured = model.evaluate(*test, verbose=0, return_dict=True)
        rows.append(
            {
                "rho": rho,
                "schedule": name,
                "seed": seed,
                "accuracy": round(measured["accuracy"], 4),
                "rex": round(history["rex"][-1], 3),
                "last_rho": round(history["rho"][-1], 3),
            }
        )
        progress.update(len(rows))
    rhos = [float(rho) for rho in FLAGS.rhos]
    seeds = range(FLAGS.seeds)
    results.write(
        FLAGS.output,
        {"rhos": rhos, "epochs": FLAGS.epochs},
        [provenance.run("measurement", time.time() - start, seeds)],
        {"runs": rows},
    )


if __name__ == "__main__":
    app.run(main)
