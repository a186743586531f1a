"""The studies that claims are compared with, under one interface."""

import functools

from examples.cifar10 import summary as cifar10_summary
from examples.cifar10.gpu import tables as gpu_tables
from examples.cifar10_fast import experiments as fast_experiments
from examples.common import study as study_lib
from examples.fashion_mnist import summary as fashion_summary
from examples.transfer import experiments as transfer_experiments
from results.claims import scores
from results.claims.findings import Finding
from results.claims.findings import difference
from results.claims.findings import seeds_text
from results.files import RESULTS
from results.files import load

# The paper's networks classify 94 % of CIFAR-10; below this much a bottleneck
# has little to remove.
LARGE_ENOUGH = 0.9


class Study:
    """Models of one network on one data set.

    Args:
        title: For the page.
        file: The page with its tables, below `results/`.
        models: `{name: results}`; names are those of `heads.py`.
        attack: The measure by AutoAttack at which plain models differ.
        strong: The measure by AutoAttack where only adversarially trained
            models keep images, if there is one.
        l2: The measure by AutoAttack in L2, if there is one.
    """

    def __init__(self, title, file, models, attack, strong=None, l2=None):
        self.title, self.file, self.models = title, file, models
        self.attack, self.strong, self.l2 = attack, strong, l2

    def scores(self, model, measure):
        """`{seed: Score}` of a model."""
        return scores.of_measures(self.models.get(model, []), measure)

    def words(self, measure):
        """A measure, for the page."""
        return attack_title(measure)

    @property
    def decides(self):
        """Whether its networks are as accurate as claims suppose."""
        clean = self.scores("baseline", "clean").values()
        mean = sum(s.accuracy for s in clean) / max(len(clean), 1)
        return mean >= LARGE_ENOUGH

    def ceb(self, prefix=""):
        """The name of the CEB model to compare, `None` if there is none.

        Of several rho the most accurate one on clean images, the lower one if
        equal: the paper's rule.
        """
        start = f"{prefix}ceb_"
        clean = {
            name: next(iter(self.scores(name, "clean").values())).accuracy
            for name in sorted(self.models)
            if name.startswith(start)
        }
        return max(clean, key=clean.get) if clean else None


class ReportStudy(Study):
    """One of the CIFAR-10 studies on a CPU."""

    def scores(self, model, measure):
        attack, *ball = measure.split()
        norm, eps = (ball[0], float(ball[1])) if ball else (None, None)
        return scores.of_reports(self.models.get(model, []), attack, norm, eps)

    def ceb(self, prefix=""):
        rho = cifar10_summary.selected_rho(self.models)
        return None if prefix or rho is None else f"ceb_{rho:g}"


class Digits(Study):
    """The quickstart: too small to decide, whatever its accuracy."""

    decides = False
    NAMES = {
        "baseline": "cross-entropy",
        "ceb_2": "CEB, rho = 2",
        "cceb_2": "CEB, rho = 2, consistent",
        "fast_ceb_2": "CEB, rho = 2, FastTraining 0.15",
    }

    def scores(self, model, measure):
        attack, *ball = measure.split()
        if attack == "corruptions" or model not in self.NAMES:
            return {}
        name = ball[0] if attack == "pgd" else attack
        return scores.of_digits(load("quickstart"), self.NAMES[model], name)

    def ceb(self, prefix=""):
        return f"{prefix}ceb_2"

    def words(self, measure):
        attack, *ball = measure.split()
        if ball:
            shown = load("quickstart")["settings"]["shown"]
            measure = f"{measure} {shown[ball[0]]}"
        return super().words(measure)


@functools.cache
def gpu():
    """The networks of the GPU study."""
    every = gpu_tables.load(RESULTS / "cifar10_gpu")
    found = []
    for network, title in gpu_tables.NETWORKS.items():
        models = {
            f"fast_{head}" if fast else head: results
            for (name, fast, head), results in every.items()
            if name == network
        }
        found.append(
            Study(
                f"CIFAR-10, {title}",
                "README.md",
                models,
                "autoattack 1/255",
                "autoattack 8/255",
            )
        )
    return found


@functools.cache
def fashion():
    """The Fashion-MNIST study, of the models that there are."""
    return Study(
        "Fashion-MNIST",
        "fashion_mnist/README.md",
        fashion_summary.load(RESULTS / "fashion_mnist"),
        "autoattack linf 0.02",
        "autoattack linf 0.1",
        "autoattack l2 0.25",
    )


@functools.cache
def transfer():
    """The presets of the transfer study that are measured."""
    found = []
    titles = {"few": "few photographs", "all": "all photographs"}
    for preset, title in titles.items():
        folder = RESULTS / "transfer" / preset
        if not study_lib.files_of(folder):
            continue
        models = study_lib.load(folder, transfer_experiments.EXPERIMENTS)
        attacks = study_lib.autoattacks(models)
        # The largest radius at which the baseline keeps a tenth.
        kept = [
            name
            for name in attacks
            if any(
                score.accuracy > 0.1
                for score in scores.of_measures(
                    models.get("baseline", []), name
                ).values()
            )
        ]
        if kept:
            found.append(
                Study(
                    f"Imagenette, pretrained, {title}",
                    "transfer/README.md",
                    models,
                    kept[-1],
                    attacks[-1],
                )
            )
    return found


@functools.cache
def on_a_cpu():
    """The CIFAR-10 studies on a CPU and the digits."""
    found = []
    titles = {"few": "2,000 images", "": "few epochs"}
    for preset, title in titles.items():
        folder = f"cifar10_{preset}".rstrip("_")
        models = cifar10_summary.trained_on_clean(
            cifar10_summary.jump_started(cifar10_summary.load(RESULTS / folder))
        )
        found.append(
            ReportStudy(
                f"CIFAR-10, {title}",
                "README.md",
                models,
                f"autoattack linf {1 / 255 if preset else 4 / 255}",
            )
        )
    digits = Digits(
        "Digits", "quickstart.json", {}, "autoattack linf", l2="pgd l2"
    )
    return [*found, digits]


def by_norm(models, prefix):
    """The models of a study with BatchNorm, and those without.

    Args:
        models: `{name: results}`.
        prefix: Of the names of those without, which the result lacks.
    """
    without = {
        name.removeprefix(prefix): results
        for name, results in models.items()
        if name.startswith(prefix)
    }
    with_ = {n: r for n, r in models.items() if not n.startswith(prefix)}
    return with_, without


def _near(models, eps):
    """The measure by AutoAttack at about this radius, `None` without one."""
    for name in study_lib.autoattacks(models):
        _, norm, radius = name.split()
        if norm == "linf" and abs(float(radius) - eps) < 1e-4:
            return name
    return None


@functools.cache
def fast():
    """The short CIFAR-10 study on a CPU, with BatchNorm and without."""
    folder = RESULTS / "cifar10_fast"
    if not study_lib.files_of(folder):
        return []
    every = study_lib.load(folder, fast_experiments.EXPERIMENTS)
    page = "cifar10_fast/README.md"
    if not (RESULTS / page).exists():
        page = "README.md"
    titles = ("ten epochs, BatchNorm", "ten epochs, no normalization")
    return [
        Study(
            f"CIFAR-10, {title}",
            page,
            models,
            _near(models, 1 / 255),
            _near(models, 8 / 255),
        )
        for title, models in zip(
            titles, by_norm(every, fast_experiments.NORM_FREE), strict=True
        )
        if "baseline" in models
    ]


def every():
    """All studies, those that decide first."""
    found = [*gpu(), *fast(), fashion(), *transfer(), *on_a_cpu()]
    return sorted(found, key=lambda study: not study.decides)


# What stands before a name, and what it says on the page.
TRAININGS = {
    "fast_": "trained on attacks",
    "pgd_": "trained on PGD",
    "trades_": "trained with TRADES",
}


def label(name):
    """What a model is, for the page: `"CEB at rho 4"`."""
    prefix = next((p for p in TRAININGS if name.startswith(p)), "")
    kind, _, rho = name.removeprefix(prefix).partition("_")
    kinds = {
        "baseline": "cross-entropy",
        "smoothed": "label smoothing",
        "ceb": "CEB",
        "cceb": "consistent CEB",
        "vib": "VIB",
    }
    text = kinds.get(kind, kind) + (f" at rho {rho}" if rho else "")
    return f"{text}, {TRAININGS[prefix]}" if prefix else text


def attack_title(measure):
    """A measure, for the page."""
    attack, *ball = measure.split()
    titles = {
        "autoattack": "AutoAttack",
        "pgd": "PGD-20",
        "corruptions": "corrupted images",
    }
    if not ball:
        return titles.get(attack, attack)
    norms = {"linf": "L-infinity", "l2": "L2"}
    words = [norms.get(word, word) for word in ball]
    if norms.get(ball[0], "").endswith("infinity") and len(ball) > 1:
        # Radii of photographs are in 255ths, by quarters.
        quarters = 4 * 255 * float(ball[-1])
        if quarters < 50 and abs(quarters - round(quarters)) < 1e-3:
            words[-1] = f"{round(quarters) / 4:g}/255"
    return " ".join([titles[attack], *words])


def ahead(study, model, other, measure):
    """The finding that one model is ahead of another, `None` without both.

    Args:
        study: A `Study`.
        model: Name of the one that is claimed to be ahead.
        other: Name of the other one.
        measure: Of the study.
    """
    if model is None or measure is None:
        return None
    found = difference(
        study.scores(model, measure), study.scores(other, measure)
    )
    if found is None:
        return None
    text = (
        f"{study.words(measure)}: {label(model)} {100 * found.ours:.1f} %, "
        f"{label(other)} {100 * found.theirs:.1f} % "
        f"({found.points:+.1f} points, p = {found.p:.2g}, "
        f"{seeds_text(found.seeds)})"
    )
    return Finding(study.title, study.file, text, found.sign, study.decides)
