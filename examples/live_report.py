"""Measures the report that the site shows: the quickstart with CEB and without.

    python -m examples.live_report

Trains two of the quickstart's models, compares them on the same digits, and
writes docs/reports/quickstart.json. `make docs` renders the page from it.
"""

from absl import app
from absl import flags

import keras_ceb
from examples import quickstart
from keras_ceb.robustness import Comparison
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.attacks import Curve

FLAGS = flags.FLAGS

MODELS = {"cross_entropy": "cross-entropy", "ceb": "CEB, rho = 2"}


def attacks():
    """What the report measures, in the radii of the quickstart's table."""
    eps, l2 = quickstart.SHOWN["linf"], quickstart.SHOWN["l2"]
    return [
        AutoAttack("linf", eps=eps, version="fast"),
        PGD("linf", eps=eps),
        PGD("l2", eps=l2),
        *(Curve(norm, radii) for norm, radii in quickstart.RADII.items()),
    ]


def measure(settings, images, seed=0):
    """A comparison of both models.

    Args:
        settings: Flags of the quickstart, by name.
        images: How many digits to attack.
        seed: Of the training.
    """
    train, (x, y) = quickstart.load_data(settings["test_size"])
    reports = []
    for name, title in MODELS.items():
        options = quickstart.VARIANTS[title]
        model = quickstart.train(options, seed, train, settings)
        model.name = name
        reports.append(
            keras_ceb.evaluate_robustness(
                model,
                (x[:images], y[:images]),
                attacks=attacks(),
                ood={"inverted digits": 1 - x[:images]},
            )
        )
    return Comparison(reports)


def main(_):
    settings = {name: FLAGS[name].value for name in quickstart.SETTINGS}
    measure(settings, FLAGS.images).to_json(FLAGS.file)


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_string(
        "file", "docs/reports/quickstart.json", "What to write."
    )
    flags.DEFINE_integer("images", 300, "Digits to attack.", lower_bound=1)
    app.run(main)
