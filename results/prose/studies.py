"""The studies of `examples/`, whose results have the same measures."""

import functools

from examples.cifar10_fast import experiments as cifar10_fast
from examples.common import study
from examples.common.results import seed_of
from examples.fashion_mnist import experiments as fashion_mnist
from examples.transfer import experiments as transfer
from results.files import RESULTS
from results.prose.words import share

EXPERIMENTS = {
    "cifar10_fast": cifar10_fast.EXPERIMENTS,
    "fashion_mnist": fashion_mnist.EXPERIMENTS,
    "transfer/few": transfer.EXPERIMENTS,
    "transfer/all": transfer.EXPERIMENTS,
}


@functools.cache
def models(folder):
    """The models of a study, {name: result of each seed}."""
    return study.load(RESULTS / folder, EXPERIMENTS[folder])


def mean_accuracy(results, measure):
    """Mean accuracy over the seeds, in percent."""
    return share(study.mean(results, lambda r: study.accuracy(r, measure)), 1)


def accuracy(folder, name, measure):
    """Mean accuracy of a model over its seeds, in percent."""
    return mean_accuracy(models(folder)[name], measure)


def pair(folder, *names):
    """The results of two models, of the seeds that both have."""
    found = [{seed_of(r): r for r in models(folder)[name]} for name in names]
    seeds = sorted(set.intersection(*map(set, found)))
    return [[results[seed] for seed in seeds] for results in found]


def against(folder, measure, name="ceb_3", other="baseline"):
    """A model's accuracy against that of another one."""
    return " against ".join(
        mean_accuracy(results, measure) for results in pair(folder, name, other)
    )


def ece(folder, scaled, name="ceb_3", other="baseline"):
    """A model's calibration error against that of another one.

    Args:
        folder: Of the study.
        scaled: Whether behind the best temperature.
        name: Of the model.
        other: Of the other one.
    """
    key = "scaled_ece" if scaled else "ece"
    return " against ".join(
        f"{study.mean(results, lambda r: study.measure(r, 'clean')[key]):.3f}"
        for results in pair(folder, name, other)
    )


def auroc(folder, name, score, which):
    """How well a score of a model finds other images.

    Args:
        folder: Of the study.
        name: Of the model.
        score: Its name.
        which: Name of the other images.
    """
    value = study.mean(
        models(folder)[name],
        lambda r: study.measure(r, "ood")["sets"][which][score]["auroc"],
    )
    return f"{value:.3f}"


def radius(attack, eps):
    """The measure by an attack, L-infinity, at a radius in units of 1/255."""
    return f"{attack} linf {eps / 255:g}"


def figures(prefix, folder):
    """CEB at rho 3 against cross-entropy, by name.

    Args:
        prefix: Of the names.
        folder: Of the study.
    """
    measures = {
        "clean": "clean",
        "autoattack": radius("autoattack", 0.5),
        "wide_autoattack": radius("autoattack", 1),
        "wide_pgd": radius("pgd", 1),
    }
    found = {
        prefix + name: functools.partial(against, folder, measure)
        for name, measure in measures.items()
    }
    found[f"{prefix}ece"] = functools.partial(ece, folder, scaled=False)
    found[f"{prefix}scaled_ece"] = functools.partial(ece, folder, scaled=True)
    return found


def fashion_figures():
    """Fashion-MNIST, whose radii are others, by name."""
    against_ = functools.partial(against, "fashion_mnist")
    ece_ = functools.partial(ece, "fashion_mnist")
    small, large = "autoattack linf 0.02", "autoattack linf 0.1"
    found = {
        "clean": lambda: against_("clean"),
        "autoattack": lambda: against_(small),
        "autoattack_l2": lambda: against_("autoattack l2 0.25"),
        "ece": lambda: ece_(scaled=False),
        "scaled_ece": lambda: ece_(scaled=True),
        "inverted": lambda: auroc(
            "fashion_mnist", "ceb_3", "residual information", "inverted"
        ),
        "baseline_inverted": lambda: auroc(
            "fashion_mnist", "baseline", "energy", "inverted"
        ),
        "dropout": lambda: accuracy("fashion_mnist", "dropout", small),
        "vib": lambda: accuracy("fashion_mnist", "vib_3", small),
    }
    for training in ("fast", "pgd", "trades"):
        pair = f"{training}_ceb_3", f"{training}_baseline"
        found[f"{training}_clean"] = functools.partial(against_, "clean", *pair)
        found[f"{training}_autoattack"] = functools.partial(
            against_, large, *pair
        )
    return {
        f"fashion_mnist.{name}": function for name, function in found.items()
    }


def norm_free_figures():
    """Networks without BatchNorm against those with it, and CEB on them."""
    pairs = {
        "norm_free": ("normfree_baseline", "baseline"),
        "norm_free_ceb": ("normfree_ceb_3", "normfree_baseline"),
    }
    measures = {
        "clean": "clean",
        "autoattack": radius("autoattack", 0.5),
        "wide_autoattack": radius("autoattack", 1),
    }
    return {
        f"cifar10_fast.{pair}_{name}": functools.partial(
            against, "cifar10_fast", measure, *pairs[pair]
        )
        for pair in pairs
        for name, measure in measures.items()
    }


def fast_figures():
    """CEB against cross-entropy on photographs, both with `FastTraining`."""
    measures = {"clean": "clean", "autoattack": radius("autoattack", 1)}
    return {
        f"transfer.{preset}_fast_{name}": functools.partial(
            against,
            f"transfer/{preset}",
            measure,
            "fast_ceb_3",
            "fast_baseline",
        )
        for preset in ("few", "all")
        for name, measure in measures.items()
    }


FIGURES = {
    **fast_figures(),
    **fashion_figures(),
    **figures("cifar10_fast.", "cifar10_fast"),
    **norm_free_figures(),
    "cifar10_fast.consistent_clean": lambda: against(
        "cifar10_fast", "clean", "cceb_3"
    ),
    "cifar10_fast.consistent_autoattack": lambda: against(
        "cifar10_fast", radius("autoattack", 0.5), "cceb_3"
    ),
    "cifar10_fast.consistent_wide_autoattack": lambda: against(
        "cifar10_fast", radius("autoattack", 1), "cceb_3"
    ),
    **figures("transfer.few_", "transfer/few"),
    **figures("transfer.all_", "transfer/all"),
}
