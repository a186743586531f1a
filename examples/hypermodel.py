"""Searches rho together with other hyperparameters, with KerasTuner.

`keras_ceb.choose_rho` is enough for rho alone. This is for those who have a
tuner already: a hypermodel of digits, with rho, the size of the encoding and
the learning rate. Needs `pip install keras-tuner`.

    python examples/hypermodel.py --trials 10
"""

import keras
import keras_tuner
import numpy as np
from absl import app
from absl import flags
from sklearn.datasets import load_digits

import keras_ceb

FLAGS = flags.FLAGS
flags.DEFINE_integer("trials", 10, "Models to try.", lower_bound=1)
flags.DEFINE_integer("epochs", 20, "Passes over the data.", lower_bound=1)
flags.DEFINE_string("output", "runs/hypermodel", "Folder, to resume from.")

RHOS = [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]


class CEBHyperModel(keras_tuner.HyperModel):
    """A `CEBModel` of digits whose rho is a hyperparameter.

    The tuner must maximize `val_accuracy` or minimize `val_target_loss` of
    models with one rho: losses at different values of rho are of different
    objectives, and say nothing of which is better.
    """

    def build(self, hp):
        z_dim = hp.Choice("z_dim", [16, 32, 64])
        backbone = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                keras.layers.Conv2D(16, 3, activation="relu"),
                keras.layers.Flatten(),
            ]
        )
        rho = hp.Choice("rho", RHOS, default=3.0)
        model = keras_ceb.wrap(backbone, 10, rho=rho, z_dim=z_dim)
        rate = hp.Float("learning_rate", 3e-4, 1e-2, sampling="log")
        model.compile(keras.optimizers.Adam(rate), metrics=["accuracy"])
        return model


def search(train, validation, trials, epochs, folder):
    """The tuner, after its search.

    Args:
        train: Pair of arrays.
        validation: Pair of arrays. Not the test set.
        trials: Number of models.
        epochs: Of each.
        folder: Where the search is kept; it continues if it is there.
    """
    tuner = keras_tuner.RandomSearch(
        CEBHyperModel(),
        objective=keras_tuner.Objective("val_accuracy", "max"),
        max_trials=trials,
        seed=0,
        directory=folder,
        project_name="ceb",
    )
    tuner.search(
        *train,
        validation_data=validation,
        epochs=epochs,
        batch_size=64,
        verbose=0,
    )
    return tuner


def table(tuner, number):
    """The best models of a search, the best first."""
    names = ["rho", "z_dim", "learning_rate"]
    rows = []
    for trial in tuner.oracle.get_best_trials(number):
        values = (trial.hyperparameters.get(name) for name in names)
        rows.append([trial.score, *(f"{value:.4g}" for value in values)])
    return keras_ceb.robustness.Table(["validation accuracy", *names], rows)


def main(argv):
    del argv
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    x = (digits.images[order, ..., np.newaxis] / 16).astype("float32")
    y = digits.target[order]
    tuner = search(
        (x[360:], y[360:]),
        (x[:360], y[:360]),
        FLAGS.trials,
        FLAGS.epochs,
        FLAGS.output,
    )
    print(table(tuner, 5))


if __name__ == "__main__":
    app.run(main)
