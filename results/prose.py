"""The figures in the sentences of the pages, from the result files.

`FIGURES` holds a function of each figure by its name in the pages.
"""

import functools
import pathlib

import numpy as np

from examples.cifar10 import summary
from examples.cifar10.gpu import tables as gpu_tables
from examples.common import results as result_files
from examples.common.results import run_of
from examples.common.results import seed_of
from results.claims import page as claims
from results.files import load

RESULTS = pathlib.Path(__file__).resolve().parent
DATA_SETS = {"digits": "digits", "fashion_mnist": "Fashion-MNIST"}
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven")
WORDS += ("eight", "nine", "ten")


@functools.cache
def cifar10(folder):
    """The models of a study that were trained on clean images."""
    return summary.trained_on_clean(summary.load(RESULTS / folder))


def word(number):
    """A small number as a word."""
    return WORDS[number]


def word_or_number(number):
    """A small number as a word, another one in digits."""
    return word(number) if number < len(WORDS) else f"{number:,}"


def listed(values):
    """Numbers as a list in words: 0, 1 and 2."""
    *first, last = map(str, values)
    return f"{', '.join(first)} and {last}" if first else last


def share(value, digits=0):
    return f"{100 * value:.{digits}f} %"


def of_255(eps):
    return f"{255 * eps:g}/255"


def choices_of(name):
    """The settings of a data set in the study of adversarial training steps."""
    return load("adversarial_choices")["settings"]["data"][name]


def choices_trained():
    """How many images of Fashion-MNIST that study trains on."""
    return load("adversarial_choices")["settings"]["fashion_mnist_trained"]


def choice_autoattack(choice, name="digits"):
    """Mean accuracy under AutoAttack of the network without BatchNorm."""
    rows = load("adversarial_choices")["figures"]["runs"]
    return np.mean(
        [
            row["autoattack"]
            for row in rows
            if (row["choice"], row["data"]) == (choice, name)
            and not row["batch_norm"]
        ]
    )


def settings_of(folder):
    """The settings that all models of a study have in common."""
    return cifar10(folder)["baseline"][0]["settings"]


def weights(folder):
    """How many weights the baseline of a study has."""
    return cifar10(folder)["baseline"][0]["figures"]["parameters"]


def first_drop(folder):
    """The epoch after which the learning rate falls for the first time."""
    settings = settings_of(folder)
    return settings["drops"][0] * settings["epochs"]


def radius(folder, place):
    """One of the L-infinity radii of a study, from the smallest."""
    return of_255(settings_of(folder)["radii"]["linf"][place])


def shared_seeds():
    """The seeds that all models with few images have."""
    study = cifar10("cifar10_few").values()
    return sorted(set.intersection(*(set(map(seed_of, r)) for r in study)))


def other_seeds():
    """The seeds that only some of the models with few images have."""
    study = cifar10("cifar10_few").values()
    every = set.union(*(set(map(seed_of, r)) for r in study))
    return sorted(every - set(shared_seeds()))


def earlier_rho():
    """What the paper's rule chose before the class means were mended."""
    models = load("class_means")["figures"]["cifar10_few"]
    seeds = [str(seed) for seed in shared_seeds()]
    clean = {
        float(name.removeprefix("ceb_")): np.mean(
            [figures[seed]["clean"] for seed in seeds]
        )
        for name, figures in models.items()
        if name.startswith("ceb_")
    }
    return max(sorted(clean), key=clean.get)


def chosen():
    """The CEB model that the paper's rule selects with few images."""
    return f"ceb_{summary.selected_rho(cifar10('cifar10_few')):g}"


def with_the_seeds_of_the_baseline():
    """The models with few images that the text compares with the baseline."""
    study = summary.jump_started(cifar10("cifar10_few"))
    return [
        name
        for name, results in study.items()
        if name == chosen() or len(results) == len(study["baseline"])
    ]


def against_epochs(name, key):
    """{epoch: mean over seeds} of a model with few images, in the test."""
    results = cifar10("cifar10_few")[name]
    epochs = summary.against_epochs(results[0], key)[0]
    values = summary.mean(results, lambda r: summary.against_epochs(r, key)[1])
    return dict(zip(epochs, values, strict=True))


def ahead_until():
    """The epoch up to which the baseline is ahead of all others in the test."""
    names = with_the_seeds_of_the_baseline()
    rows = {name: against_epochs(name, "val_accuracy") for name in names}
    baseline = rows.pop("baseline")
    last = 0
    for epoch, accuracy in baseline.items():
        if any(accuracy <= row[epoch] for row in rows.values()):
            break
        last = epoch
    return last


def hyz(name, epoch=None):
    """-log c(y|z) in the test, by default after the last epoch."""
    row = against_epochs(name, "val_hyz")
    return f"{row[epoch or max(row)]:.2f}"


def autoattack_of_pgd(folder):
    """The largest share of what PGD-20 leaves that AutoAttack leaves."""
    shares = []
    for results in summary.jump_started(cifar10(folder)).values():
        for result in results:
            pgd = dict(zip(*summary.curve(result, "linf"), strict=True))
            for eps, accuracy in summary.autoattack(result).items():
                shares.append(accuracy / pgd[eps])
    return max(shares)


@functools.cache
def tpu():
    """The programs compiled for a TPU by experiment and program."""
    results = [
        result_files.read(file)
        for file in sorted((RESULTS / "tpu_aot").glob("*.json"))
    ]
    return {
        (r["settings"]["experiment"], r["settings"]["program"]): r
        for r in results
    }


def tpu_more(unit):
    """How much more of a unit training takes than with cross-entropy."""
    more = []
    for (name, program), result in tpu().items():
        if program.startswith("train"):
            baseline = f"{name.partition('_')[0]}_xent", program
            base = tpu()[baseline]["figures"]["per_chip"]
            cost = result["figures"]["per_chip"]
            more.append(cost[unit] / base[unit] - 1)
    return max(more)


def tpu_fit(network, what):
    """Chips of the slice that CEB trains on, or of the largest too small."""
    figures = tpu()[f"{network}_ceb_3", "train"]["figures"]
    if what == "chips":
        return str(figures["chips"])
    slice_, missing = list(figures["missing_gib"].items())[-1]
    if what == "missing":
        return f"{missing:.1f} GiB"
    sides = slice_.partition(":")[2].split("x")
    return str(int(sides[0]) * int(sides[1]))


def imagenette(name):
    return load("imagenette/resnet50x2_xent-seed0")["settings"][name]


def interval(error, images):
    """Half of the 95 % interval of an error, in points."""
    return 196 * (error * (1 - error) / images) ** 0.5


@functools.cache
def gpu():
    """The models of the GPU study."""
    return gpu_tables.load(RESULTS / "cifar10_gpu")


def gpu_radius(fast):
    """The radius of AutoAttack at which models are compared."""
    radii = gpu()["preact", fast, "baseline"][0]["settings"]["radii"]
    return of_255(min(radii["autoattack"]))


def gpu_mean(network, fast, head, measure):
    """Mean accuracy over the seeds."""
    results = gpu()[network, fast, head]
    return np.mean([gpu_tables.accuracy(r, measure) for r in results])


def gpu_lead(network, fast, head, measure):
    """Points above the baseline, mean over the seeds that both have."""
    baseline = {seed_of(r): r for r in gpu()[network, fast, "baseline"]}
    return np.mean(
        [
            100 * gpu_tables.accuracy(result, measure)
            - 100 * gpu_tables.accuracy(baseline[seed_of(result)], measure)
            for result in gpu()[network, fast, head]
        ]
    )


def gpu_ahead():
    """In how many comparisons under AutoAttack CEB is ahead, and of which."""
    ahead = []
    for (network, fast, head), results in gpu().items():
        baseline = {seed_of(r): r for r in gpu()[network, fast, "baseline"]}
        measure = f"autoattack {gpu_radius(fast)}"
        ahead += [
            gpu_tables.accuracy(result, measure)
            > gpu_tables.accuracy(baseline[seed_of(result)], measure)
            for result in results
            if head != "baseline"
        ]
    return sum(ahead), len(ahead)


def gpu_clean(network, head, name):
    """A figure of clean images, of plain models."""
    results = gpu()[network, False, head]
    return np.mean([r["figures"]["measures"]["clean"][name] for r in results])


def gpu_withstood(fast):
    """The smallest and the largest accuracy under AutoAttack at 8/255.

    Args:
        fast: Of the models trained adversarially, or of the others.
    """
    measure = f"autoattack {gpu_radius(True)}"
    found = [
        gpu_mean(network, of, head, measure)
        for network, of, head in gpu()
        if of == fast
    ]
    return min(found), max(found)


def gpu_step(network):
    """How many plain steps an adversarial training step takes."""
    seconds = load("cifar10_gpu/study")["figures"]["seconds"]
    return seconds[f"step {network}-fast"] / seconds[f"step {network}-plain"]


def gpu_held(network, head):
    """The last epoch, from 1, that ended before rho fell, trained fast."""
    epochs = gpu()[network, True, head][0]["figures"]["epochs"]
    start = epochs[0]["rho"]
    return 1 + max(e["epoch"] for e in epochs if e["rho"] == start)


def points(value):
    """Points of accuracy, without a sign."""
    return f"{abs(value):.1f}"


def _of_study(name, folder):
    """Figures that both CIFAR-10 studies have."""
    return {
        f"{name}.epochs": lambda: word_or_number(settings_of(folder)["epochs"]),
        f"{name}.small_radius": lambda: radius(folder, 1),
        f"{name}.middle_radius": lambda: radius(folder, 2),
        f"{name}.large_radius": lambda: radius(folder, 3),
    }


def mutation_score():
    """The share of the changes that the tests notice, of those they could."""
    rows = load("mutation")["figures"].values()
    survived = sum(len(row["survived"]) for row in rows)
    possible = sum(row["changes"] - len(row["equivalent"]) for row in rows)
    return 1 - survived / possible


FIGURES = {
    **claims.FIGURES,
    "mutation.score": lambda: share(mutation_score(), 1),
    "quickstart.seeds": lambda: word(len(run_of(load("quickstart"))["seeds"])),
    "quickstart.radii": lambda: word(
        len(load("quickstart")["settings"]["radii"]["linf"])
    ),
    "choices.digits_eps": lambda: f"{choices_of('digits')['train_eps']:g}",
    "choices.fashion_eps": lambda: (
        f"{choices_of('fashion_mnist')['train_eps']:g}"
    ),
    "choices.fashion_images": lambda: f"{choices_trained():,}",
    "choices.digits_plain": lambda: share(choice_autoattack("no adversary")),
    "choices.digits_fast": lambda: share(choice_autoattack("the default")),
    **_of_study("few", "cifar10_few"),
    "few.attacked": lambda: f"{settings_of('cifar10_few')['images']:,}",
    "few.weights": lambda: f"{round(weights('cifar10_few'), -5):,}",
    "few.images": lambda: f"{settings_of('cifar10_few')['train_images']:,}",
    "few.anneal_epochs": lambda: (
        f"{settings_of('cifar10_few')['anneal_epochs']:g}"
    ),
    "few.drop_epoch": lambda: f"{first_drop('cifar10_few'):g}",
    "few.memorised": lambda: share(
        summary.mean(
            cifar10("cifar10_few")["baseline"],
            lambda r: r["figures"]["epochs"][-1]["accuracy"],
        )
    ),
    "few.seeds": lambda: listed(shared_seeds()),
    "few.other_seeds": lambda: listed(other_seeds()),
    "few.rho": lambda: f"{summary.selected_rho(cifar10('cifar10_few')):g}",
    "few.earlier_rho": lambda: f"{earlier_rho():g}",
    "few.ahead_until": lambda: str(ahead_until()),
    "few.hyz_then": lambda: hyz("baseline", ahead_until()),
    "few.hyz_baseline": lambda: hyz("baseline"),
    "few.hyz_ceb": lambda: hyz(chosen()),
    "few.hyz_ceb_then": lambda: hyz(chosen(), ahead_until()),
    "few.plain_rho": lambda: (
        f"{summary.rho_of(cifar10('cifar10_few')['plain_1']):g}"
    ),
    **_of_study("all", "cifar10"),
    "all.autoattack_of_pgd": lambda: share(autoattack_of_pgd("cifar10")),
    "all.l2_radius": lambda: f"{settings_of('cifar10')['radii']['l2'][3]:g}",
    "gpu.epochs": lambda: str(
        gpu()["preact", True, "baseline"][0]["settings"]["epochs"]
    ),
    "gpu.clean": lambda: " and ".join(
        share(gpu_mean(network, False, "baseline", "clean"))
        for network in ("wrn", "preact")
    ),
    "gpu.plain_radius": lambda: gpu_radius(False),
    "gpu.fast_radius": lambda: gpu_radius(True),
    "gpu.ahead": lambda: word(gpu_ahead()[0]),
    "gpu.compared": lambda: word_or_number(gpu_ahead()[1]),
    "gpu.pgd_ahead": lambda: points(
        gpu_lead("preact", False, "ceb_4", f"pgd {gpu_radius(False)}")
    ),
    "gpu.autoattack_behind": lambda: points(
        gpu_lead("preact", False, "ceb_4", f"autoattack {gpu_radius(False)}")
    ),
    "gpu.pgd_leaves": lambda: share(
        gpu_mean("preact", False, "ceb_4", f"pgd {gpu_radius(True)}"), 1
    ),
    "gpu.wrn_behind": lambda: points(
        gpu_lead("wrn", False, "ceb_4", f"autoattack {gpu_radius(False)}")
    ),
    "gpu.fast_baseline": lambda: share(
        gpu_mean("preact", True, "baseline", f"autoattack {gpu_radius(True)}"),
        1,
    ),
    "gpu.plain_withstood": lambda: share(gpu_withstood(False)[1]),
    "gpu.fast_withstood": lambda: " to ".join(map(share, gpu_withstood(True))),
    "gpu.fast_step": lambda: f"{max(map(gpu_step, ('preact', 'wrn'))):.1f}",
    "gpu.fast_clean_behind": lambda: points(
        gpu_lead("preact", True, "ceb_4", "clean")
    ),
    "gpu.fast_autoattack_behind": lambda: points(
        gpu_lead("preact", True, "ceb_4", f"autoattack {gpu_radius(True)}")
    ),
    "gpu.fast_wrn_behind": lambda: points(
        gpu_lead("wrn", True, "ceb_4", "clean")
    ),
    **{
        f"gpu.{network}_ece_{head}": functools.partial(
            lambda n, h: f"{gpu_clean(n, h, 'ece'):.3f}", network, head
        )
        for network in ("preact", "wrn")
        for head in ("baseline", "ceb_4")
    },
    "gpu.wrn_nll_baseline": lambda: (
        f"{gpu_clean('wrn', 'baseline', 'nll'):.2f}"
    ),
    "gpu.wrn_nll_ceb_4": lambda: f"{gpu_clean('wrn', 'ceb_4', 'nll'):.2f}",
    "gpu.held": lambda: str(gpu_held("wrn", "ceb_4")),
    **{
        f"gpu.{network}_keeps": functools.partial(
            lambda n: share(
                gpu_mean(
                    n, False, "baseline", f"autoattack {gpu_radius(False)}"
                )
            ),
            network,
        )
        for network in ("preact", "wrn")
    },
    "schedules.epochs": lambda: str(load("schedules")["settings"]["epochs"]),
    "corruptions.size": lambda: str(
        load("corruptions/speed_224")["settings"]["sizes"][0]
    ),
    "corruptions.other_size": lambda: str(
        load("corruptions/speed_32")["settings"]["sizes"][0]
    ),
    "tpu.batch_size": lambda: str(
        tpu()["resnet50_ceb_3", "train"]["settings"]["batch_size"]
    ),
    "tpu.more_operations": lambda: share(tpu_more("flops"), 3),
    "tpu.more_bytes": lambda: share(tpu_more("bytes"), 1),
    **{
        f"tpu.{network}.{what}": functools.partial(tpu_fit, network, what)
        for network in ("resnet50", "resnet152x2")
        for what in ("chips", "too_few", "missing")
    },
    "imagenette.classes": lambda: word(imagenette("preset")["num_classes"]),
    "imagenette.size": lambda: str(imagenette("preset")["image_size"]),
    "imagenette.epochs": lambda: word(imagenette("preset")["epochs"]),
    "imagenette.attacked": lambda: str(
        imagenette("measurement")["attack_images"]
    ),
    "imagenette.interval": lambda: (
        f"{interval(0.7, imagenette('measurement')['attack_images']):.0f}"
    ),
}
