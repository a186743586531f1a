"""Local and global optimality of attacks, as AttackBench defines them."""

import numpy as np

from examples.common.results import run_of
from examples.common.tables import origin
from keras_ceb.robustness import Table
from results.files import load

NAMES = {"keras_ceb": "keras_ceb", "adv_lib": "adv-lib", "foolbox": "Foolbox"}


def _row(norm, tool, attack, runs):
    """The cells of an attack, from its runs on each model."""
    optimality = [run["optimality"] for run in runs]
    return [
        norm,
        f"{attack}, {NAMES[tool]}",
        *(f"{value:.3f}" for value in optimality),
        f"{np.mean(optimality):.3f}",
        f"{np.mean([run['queries'] for run in runs]):.0f}",
    ]


def attackbench():
    record = load("attackbench")
    settings = record["settings"]
    groups, models = {}, []
    for run in record["figures"]["runs"]:
        key = run["norm"], run["tool"], run["attack"]
        groups.setdefault(key, []).append(run)
        if run["model"] not in models:
            models.append(run["model"])
    # The best of each norm first, in the order of the norms.
    norms = list(dict.fromkeys(norm for norm, *_ in groups))
    ranked = sorted(
        groups.items(),
        key=lambda item: (
            norms.index(item[0][0]),
            -np.mean([run["optimality"] for run in item[1]]),
        ),
    )
    rows = [_row(*key, runs) for key, runs in ranked]
    header = ["norm", "attack", *models, "mean", "queries"]
    note = (
        "Local optimality on each model, 1 where no attack of the table found "
        "a closer point for any image; its mean over the models; and the mean "
        "number of forward and backward passes per image, of at most "
        f"{settings['budget']}. {settings['images']} images of Fashion-MNIST; "
        f"{settings['steps']} steps, or {settings['search_steps']} at each of "
        f"{settings['searches']} radii. "
    )
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"
