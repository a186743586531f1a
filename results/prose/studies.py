"""The studies of `examples/`, whose results have the same measures."""

import functools

from examples.cifar10_fast import experiments as cifar10_fast
from examples.common import study
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


def shared(folder, *names):
    """The results of two models, of the seeds that both have."""
    return study.of_shared_seeds(*(models(folder)[name] for name in names))


def against(folder, measure, name="ceb_3", other="baseline"):
    """A model's accuracy against that of another one."""
    return " against ".join(
        mean_accuracy(results, measure)
        for results in shared(folder, name, other)
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
        for results in shared(folder, name, other)
    )


def auroc(folder, which):
    """How well CEB's density finds other images, and energy without CEB.

    Args:
        folder: Of the study.
        which: Name of the other images.
    """
    ours, theirs = shared(folder, "ceb_3", "baseline")
    pair = _auroc(ours, which, "marginal"), _auroc(theirs, which, "energy")
    return "{:.3f} against {:.3f}".format(*pair)


def _auroc(results, which, score):
    return study.mean(
        results,
        lambda r: study.measure(r, "ood")["sets"][which][score]["auroc"],
    )


def residual_information(folder):
    """What CEB's encodings of the test set hold beyond the class, in nats."""
    nats = study.mean(
        models(folder)["ceb_3"], lambda r: study.measure(r, "clean")["rex"]
    )
    return f"{nats:.1f}"


def radius(attack, eps):
    """The measure by an attack, L-infinity, at a radius in units of 1/255."""
    return f"{attack} linf {eps / 255:g}"


def compared(prefix, folder, measures, name="ceb_3", other="baseline"):
    """A model's accuracy against that of another one, by name.

    Args:
        prefix: Of the names.
        folder: Of the study.
        measures: `{name: measure}`.
        name: Of the model.
        other: Of the other one.
    """
    return {
        prefix + which: functools.partial(against, folder, measure, name, other)
        for which, measure in measures.items()
    }


def calibrated(prefix, folder):
    """The calibration error of CEB at rho 3 against cross-entropy, by name."""
    return {
        prefix + name: functools.partial(ece, folder, scaled)
        for name, scaled in (("ece", False), ("scaled_ece", True))
    }


def beyond_the_class(prefix, folder, sets):
    """Residual information, and how well scores find other images, by name.

    Args:
        prefix: Of the names.
        folder: Of the study.
        sets: `{name: other images}`.
    """
    return {
        f"{prefix}rex": functools.partial(residual_information, folder),
        **{
            prefix + name: functools.partial(auroc, folder, which)
            for name, which in sets.items()
        },
    }


def fashion_figures():
    """Fashion-MNIST, whose radii are others, by name."""
    start, folder = "fashion_mnist.", "fashion_mnist"
    small, large = "autoattack linf 0.02", "autoattack linf 0.1"
    others = ("inverted", "rotated", "noise", "digits")
    plain = {
        "clean": "clean",
        "autoattack": small,
        "autoattack_l2": "autoattack l2 0.25",
    }
    found = {
        **compared(start, folder, plain),
        **calibrated(start, folder),
        **beyond_the_class(start, folder, {name: name for name in others}),
        f"{start}dropout": lambda: accuracy(folder, "dropout", small),
        f"{start}vib": lambda: accuracy(folder, "vib_3", small),
    }
    for training in ("fast_", "pgd_", "trades_"):
        found |= compared(
            start + training,
            folder,
            {"clean": "clean", "autoattack": large},
            f"{training}ceb_3",
            f"{training}baseline",
        )
    return found


# Of CIFAR-10 and of photographs; TRAINED is for adversarially trained models.
ATTACKED = {
    "clean": "clean",
    "autoattack": radius("autoattack", 0.5),
    "wide_autoattack": radius("autoattack", 1),
}
PLAIN = {**ATTACKED, "wide_pgd": radius("pgd", 1)}
TRAINED = {"clean": "clean", "autoattack": radius("autoattack", 1)}


def cifar10_figures():
    """The fast CIFAR-10 study, by name."""
    start, folder = "cifar10_fast.", "cifar10_fast"
    norm_free = "normfree_baseline"
    return {
        **compared(start, folder, PLAIN),
        **calibrated(start, folder),
        **compared(f"{start}consistent_", folder, ATTACKED, "cceb_3"),
        **compared(f"{start}norm_free_", folder, ATTACKED, norm_free),
        **compared(
            f"{start}norm_free_ceb_",
            folder,
            ATTACKED,
            "normfree_ceb_3",
            norm_free,
        ),
    }


def transfer_figures(preset):
    """A preset of the transfer study, by name."""
    start, folder = f"transfer.{preset}_", f"transfer/{preset}"
    fast = "fast_ceb_3", "fast_baseline"
    return {
        **compared(start, folder, PLAIN),
        **calibrated(start, folder),
        **beyond_the_class(start, folder, {"other_classes": "CIFAR-10"}),
        **compared(f"{start}fast_", folder, TRAINED, *fast),
    }


FIGURES = {
    **fashion_figures(),
    **cifar10_figures(),
    **transfer_figures("few"),
    **transfer_figures("all"),
}
