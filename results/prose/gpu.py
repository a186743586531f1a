"""The GPU study of CIFAR-10."""

import functools

import numpy as np

from examples.cifar10.gpu import tables as gpu_tables
from examples.common.results import seed_of
from results.files import RESULTS
from results.files import load
from results.prose.words import of_255
from results.prose.words import points
from results.prose.words import share
from results.prose.words import word
from results.prose.words import word_or_number


@functools.cache
def models():
    """The models of the GPU study."""
    return gpu_tables.load(RESULTS / "cifar10_gpu")


def radius(fast):
    """The radius of AutoAttack at which models are compared."""
    radii = models()["preact", fast, "baseline"][0]["settings"]["radii"]
    return of_255(min(radii["autoattack"]))


def mean(network, fast, head, measure):
    """Mean accuracy over the seeds."""
    results = models()[network, fast, head]
    return np.mean([gpu_tables.accuracy(r, measure) for r in results])


def lead(network, fast, head, measure):
    """Points above the baseline, mean over the seeds that both have."""
    baseline = {seed_of(r): r for r in models()[network, fast, "baseline"]}
    return np.mean(
        [
            100 * gpu_tables.accuracy(result, measure)
            - 100 * gpu_tables.accuracy(baseline[seed_of(result)], measure)
            for result in models()[network, fast, head]
        ]
    )


def ahead():
    """In how many comparisons under AutoAttack CEB is ahead, and of which."""
    found = []
    for (network, fast, head), results in models().items():
        baseline = {seed_of(r): r for r in models()[network, fast, "baseline"]}
        measure = f"autoattack {radius(fast)}"
        found += [
            gpu_tables.accuracy(result, measure)
            > gpu_tables.accuracy(baseline[seed_of(result)], measure)
            for result in results
            if head != "baseline"
        ]
    return sum(found), len(found)


def clean(network, head, name):
    """A figure of clean images, of plain models."""
    results = models()[network, False, head]
    return np.mean([r["figures"]["measures"]["clean"][name] for r in results])


def withstood(fast):
    """The smallest and the largest accuracy under AutoAttack at 8/255.

    Args:
        fast: Of the models trained adversarially, or of the others.
    """
    measure = f"autoattack {radius(True)}"
    found = [
        mean(network, of, head, measure)
        for network, of, head in models()
        if of == fast
    ]
    return min(found), max(found)


def step(network):
    """How many plain steps an adversarial training step takes."""
    seconds = load("cifar10_gpu/study")["figures"]["seconds"]
    return seconds[f"step {network}-fast"] / seconds[f"step {network}-plain"]


def held(network, head):
    """The last epoch, from 1, that ended before rho fell, trained fast."""
    epochs = models()[network, True, head][0]["figures"]["epochs"]
    start = epochs[0]["rho"]
    return 1 + max(e["epoch"] for e in epochs if e["rho"] == start)


FIGURES = {
    "gpu.epochs": lambda: str(
        models()["preact", True, "baseline"][0]["settings"]["epochs"]
    ),
    "gpu.clean": lambda: " and ".join(
        share(mean(network, False, "baseline", "clean"))
        for network in ("wrn", "preact")
    ),
    "gpu.plain_radius": lambda: radius(False),
    "gpu.fast_radius": lambda: radius(True),
    "gpu.ahead": lambda: word(ahead()[0]),
    "gpu.compared": lambda: word_or_number(ahead()[1]),
    "gpu.pgd_ahead": lambda: points(
        lead("preact", False, "ceb_4", f"pgd {radius(False)}")
    ),
    "gpu.autoattack_behind": lambda: points(
        lead("preact", False, "ceb_4", f"autoattack {radius(False)}")
    ),
    "gpu.pgd_leaves": lambda: share(
        mean("preact", False, "ceb_4", f"pgd {radius(True)}"), 1
    ),
    "gpu.wrn_behind": lambda: points(
        lead("wrn", False, "ceb_4", f"autoattack {radius(False)}")
    ),
    "gpu.fast_baseline": lambda: share(
        mean("preact", True, "baseline", f"autoattack {radius(True)}"),
        1,
    ),
    "gpu.plain_withstood": lambda: share(withstood(False)[1]),
    "gpu.fast_withstood": lambda: " to ".join(map(share, withstood(True))),
    "gpu.fast_step": lambda: f"{max(map(step, ('preact', 'wrn'))):.1f}",
    "gpu.fast_clean_behind": lambda: points(
        lead("preact", True, "ceb_4", "clean")
    ),
    "gpu.fast_autoattack_behind": lambda: points(
        lead("preact", True, "ceb_4", f"autoattack {radius(True)}")
    ),
    "gpu.fast_wrn_behind": lambda: points(lead("wrn", True, "ceb_4", "clean")),
    **{
        f"gpu.{network}_ece_{head}": functools.partial(
            lambda n, h: f"{clean(n, h, 'ece'):.3f}", network, head
        )
        for network in ("preact", "wrn")
        for head in ("baseline", "ceb_4")
    },
    "gpu.wrn_nll_baseline": lambda: f"{clean('wrn', 'baseline', 'nll'):.2f}",
    "gpu.wrn_nll_ceb_4": lambda: f"{clean('wrn', 'ceb_4', 'nll'):.2f}",
    "gpu.held": lambda: str(held("wrn", "ceb_4")),
    **{
        f"gpu.{network}_keeps": functools.partial(
            lambda n: share(
                mean(n, False, "baseline", f"autoattack {radius(False)}")
            ),
            network,
        )
        for network in ("preact", "wrn")
    },
}
