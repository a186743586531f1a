"""Writes the tables and figures of the pages below from the result files.

    python -m results.render
    python -m results.render --check

A table is between `<!-- results: NAME -->` and `<!-- end -->`, on lines of
their own; see `TABLES`. A figure in a sentence is between the same marks, on
one line; see `prose.py`. With `--check` nothing is written, and a page that is
not as its result files say is an error.
"""

import pathlib
import re

import numpy as np
from absl import app
from absl import flags

from examples.cifar10 import summary
from examples.cifar10 import tables as cifar10_tables
from examples.cifar10.gpu import tables as gpu_tables
from examples.common import results as result_files
from examples.common.results import run_of
from examples.common.tables import origin
from examples.common.tables import spread
from examples.fashion_mnist import tables as fashion_tables
from examples.imagenet import study
from examples.imagenet import table1
from examples.transfer import tables as transfer_tables
from keras_ceb.robustness import Table
from results import prose

FLAGS = flags.FLAGS

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGES = (
    "CONTRIBUTING.md",
    "README.md",
    "docs/guides/adversarial.md",
    "docs/faq.md",
    "docs/guides/rho.md",
    "docs/guides/robustness.md",
    "docs/tpu.md",
    "results/README.md",
    "results/fashion_mnist/README.md",
    "results/imagenette/README.md",
    "results/transfer/README.md",
)

FASHION = ROOT / "results/fashion_mnist"


def load(name):
    return result_files.read(ROOT / "results" / f"{name}.json")


def quickstart():
    record = load("quickstart")
    settings = record["settings"]
    radii, shown = settings["radii"], settings["shown"]
    groups = {}
    for key, row in record["figures"].items():
        groups.setdefault(key.rsplit(", seed", 1)[0], []).append(row)
    header = ["model", "clean"]
    header += [f"PGD {norm} {eps}" for norm, eps in shown.items()]
    header += ["residual information, nats"]
    rows = []
    for name, runs in groups.items():
        cells = [name, spread([run["clean"] for run in runs])]
        for norm, eps in shown.items():
            index = radii[norm].index(eps)
            cells.append(spread([run[norm][index] for run in runs]))
        if "rex" in runs[0]:
            cells.append(f"{np.mean([run['rex'] for run in runs]):.2f}")
        else:
            cells.append("infinite")
        rows.append(cells)
    same = [
        f"{name} {runs[0]['same_images']['autoattack']:.2f} "
        f"(PGD {runs[0]['same_images']['pgd']:.2f})"
        for name, runs in groups.items()
    ]
    notes = [
        "Mean over seeds, and the range. "
        f"AutoAttack, linf {shown['linf']}, on {settings['autoattack_size']} "
        f"of the digits for the first seed: {'; '.join(same)}.",
        origin(run_of(record)),
    ]
    return "\n\n".join([Table(header, rows).to_markdown(), *notes])


def adversarial_choices():
    record = load("adversarial_choices")
    settings = record["settings"]
    names = settings["data"]
    groups = {}
    for row in record["figures"]["runs"]:
        key = row["batch_norm"], row["choice"]
        groups.setdefault(key, {}).setdefault(row["data"], []).append(row)
    header = ["BatchNorm", "what differs from the default"]
    for name, about in names.items():
        shown = prose.DATA_SETS[name]
        header += [f"{shown}, clean", f"{shown}, AutoAttack {about['eps']:g}"]
    rows = []
    for (batch_norm, choice), by_data in groups.items():
        cells = ["with" if batch_norm else "without", choice]
        for name in names:
            for key in ("clean", "autoattack"):
                cells.append(spread([row[key] for row in by_data[name]]))
        rows.append(cells)
    note = (
        "Mean over seeds, and the range. Clean on all test images, L-infinity "
        f"AutoAttack on the first {settings['images']}. CEB, rho = "
        f"{settings['rho']:g}. "
    )
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def schedules():
    record = load("schedules")
    rows = record["figures"]["runs"]
    rhos = sorted({row["rho"] for row in rows})
    names = list(dict.fromkeys(row["schedule"] for row in rows))
    body = []
    for name in names:
        cells = [name]
        for rho in rhos:
            values = [
                row["accuracy"]
                for row in rows
                if row["schedule"] == name and row["rho"] == rho
            ]
            cells.append(spread(values))
        body.append(cells)
    header = ["schedule", *(f"rho = {rho:g}" for rho in rhos)]
    return f"{Table(header, body).to_markdown()}\n\n{origin(run_of(record))}"


def training_step(name="training_step"):
    record = load(name)
    figures = record["figures"]
    rows = []
    for backbone in ("ResNet-50", "the head alone"):
        measured = figures[backbone]
        for head, seconds in measured["seconds"].items():
            rows.append(
                [
                    backbone,
                    head,
                    f"{1000 * seconds:.1f}",
                    f"{measured['ratio_to_cross_entropy'][head]:.3f}",
                    *(
                        [f"{measured['ratio_to_listing'][head]:.3f}"]
                        if "ratio_to_listing" in measured
                        else []
                    ),
                ]
            )
    header = ["network", "head", "ms per step"]
    header += ["against cross-entropy", "against the listing"]
    header = header[: len(rows[0])]
    settings = ", ".join(f"{k} {v}" for k, v in record["settings"].items())
    note = "Medians over turns in one process; " + settings + ". "
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def adversarial():
    record = load("adversarial")
    settings, figures = record["settings"], record["figures"]
    rows = []
    for network, measured in figures.items():
        slower = measured.get("art_times_ours")
        for name, seconds in measured["seconds"].items():
            rows.append(
                [
                    network,
                    name,
                    f"{1000 * seconds:.1f}",
                    f"{measured['ratio_to_plain'][name]:.2f}",
                    f"{slower:.1f}" if name == "ART" else "",
                ]
            )
    header = ["network", "adversary", "ms per step", "against plain"]
    header += [f"against PGDTraining({settings['steps']})"]
    note = (
        f"Medians over {settings['turns']} turns in one process; batches of "
        f"{settings['resnet_batch_size']} images of 32 pixels for the ResNet, "
        f"of {settings['width']} channels in its first group, and of "
        f"{settings['wide_batch_size']} for the Wide ResNet. "
    )
    art = run_of(record)["versions"].get("adversarial-robustness-toolbox")
    if art:
        note += f"ART {art}. "
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def import_time():
    record = load("import_time")
    figures = record["figures"]
    return (
        f"`import keras` takes {figures['import_keras_seconds']:.2f} s, "
        "`import keras_ceb` after it "
        f"{figures['import_keras_ceb_adds_seconds']:.2f} s: medians of "
        f"{record['settings']['runs']} processes. {origin(run_of(record))}"
    )


def mutation():
    record = load("mutation")
    rows = []
    for name, row in record["figures"].items():
        cells = [row["changes"], len(row["equivalent"]), len(row["survived"])]
        rows.append([f"`{name}`", *map(str, cells)])
    header = ["module", "changes", "of them equivalent", "survived"]
    notes = list(dict.fromkeys(map(origin, record["provenance"])))
    missing = set(record["settings"]["modules"]) - set(record["figures"])
    if missing:
        notes.append(f"Not measured: {', '.join(sorted(missing))}.")
    return f"{Table(header, rows).to_markdown()}\n\n{' '.join(notes)}"


def earlier():
    record = load("earlier")
    settings = record["settings"]
    rows = [
        [
            name,
            f"{row['earlier_seconds']:.3f}",
            f"{row['seconds']:.3f}",
            f"{row['ratio']:.2f}",
            f"{row['ratios'][0]:.2f} to {row['ratios'][-1]:.2f}",
        ]
        for name, row in record["figures"].items()
    ]
    header = ["", f"{settings['commit']}, s", "now, s", "ratio", "of a turn"]
    note = f"Medians of {settings['turns']} processes of each, turn by turn. "
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def augment():
    record = load("augment")
    rows = []
    for case in record["figures"]["cases"]:
        for name, speed in case["images_per_cpu_second"].items():
            ratio = case["ours_against"].get(name)
            rows.append(
                [
                    f"{case['policy']}, {case['size']} px",
                    name,
                    f"{speed:,.0f}",
                    "" if ratio is None else f"{ratio:.1f}",
                ]
            )
    header = [
        "policy",
        "augmentation",
        "images per CPU-second",
        "ours against it",
    ]
    turns = record["settings"]["turns"]
    note = f"Medians over {turns} turns in one process. "
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def corruptions():
    record = load("corruptions/speed_224")
    figures = record["figures"]["224"]
    whole = figures["summary"]
    rows = []
    for name, figure in figures.items():
        if name == "summary":
            continue
        speeds = figure["images_per_cpu_second"]
        peer = figure["fastest_peer_of_the_same_definition"]
        rows.append(
            [
                name,
                f"{speeds['keras_ceb']:,.0f}",
                f"{speeds[peer]:,.0f}",
                peer,
                f"{figure['times_faster']:.1f}",
            ]
        )
    header = ["corruption", "images per CPU-second", "fastest peer's", "peer"]
    header += ["times faster"]
    note = (
        "Over all of them (harmonic mean) "
        f"{whole['times_faster_over_all']:.1f} times faster; ImageNet-C "
        f"takes {whole['cpu_hours_of_imagenet_c']:.1f} CPU-hours, with the "
        "fastest peer of each "
        f"{whole['cpu_hours_of_the_fastest_peer_of_each']:.1f}. Medians of "
        f"{record['settings']['rounds']} rounds in one process, "
        f"{record['settings']['timed']}. "
    )
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def tpu_aot():
    records = [
        result_files.read(file)
        for file in sorted((ROOT / "results" / "tpu_aot").glob("*.json"))
    ]
    places = {}
    for record in records:
        settings, figures = record["settings"], record["figures"]
        place = settings["experiment"], settings["program"]
        places[(*place, figures["topology"])] = figures["per_chip"]
    rows = []
    for record, place in zip(records, places, strict=True):
        figures, cost = record["figures"], places[place]
        name, program, slice_ = place
        network = re.split("_xent|_ceb|_cceb", name)[0]
        base = places.get((f"{network}_xent", program, slice_))
        rows.append(
            [
                name,
                program,
                slice_,
                f"{record['settings']['batch_size'] // figures['chips']}",
                f"{cost['flops'] / 1e12:.3f}",
                f"{cost['bytes'] / 1e9:.1f}",
                f"{sum(cost['memory'].values()) / 2**30:.2f}",
                *(
                    f"{cost[unit] / base[unit]:.4f}" if base else ""
                    for unit in ("flops", "bytes")
                ),
                "; ".join(
                    f"{gib:.2f} GiB on {smaller}"
                    for smaller, gib in figures["missing_gib"].items()
                ),
            ]
        )
    header = [
        "model",
        "program",
        "slice",
        "images per chip",
        "TFLOP",
        "GB moved",
    ]
    header += ["GiB of memory", "TFLOP against xent", "GB against xent"]
    header += ["missing on smaller slices"]
    newest = max(map(run_of, records), key=lambda run: run["date"])
    libtpu = newest["versions"]["libtpu"]
    notes = [
        "Each for one call of the program on one chip; of an attack, its "
        "start, one step and its end, as the compiler counts the body of a "
        "loop once. The files hold the command, commit and time of each row. "
        "The last of them: "
        f"{origin(newest)[:-1]}, libtpu {libtpu}."
    ]
    return "\n\n".join([Table(header, rows).to_markdown(), *notes])


def attacks():
    record = load("attacks")
    settings, figures = record["settings"], record["figures"]
    rows = []
    for case in ("half_broken", "never_broken"):
        for steps in (20, 100):
            row = figures[f"{case}_pgd_{steps}"]
            cells = [f"{case.replace('_', ' ')}, PGD-{steps}"]
            cells.append(f"{row['accuracy']['keras_ceb']:.3f}")
            for name in ("cleverhans", "foolbox", "art"):
                cells.append(
                    f"{row['times_ours'][name]:.2f} "
                    f"({row['accuracy'][name]:.3f})"
                )
            rows.append(cells)
    header = ["model and attack", "our robust accuracy"]
    header += ["CleverHans", "Foolbox", "ART"]
    note = (
        "Their time divided by ours and, in brackets, the robust accuracy that "
        f"each found on the same {settings['images']} images; medians over "
        f"{settings['turns']} turns in one process. A step of our PGD takes "
        f"{figures['step_over_bare_pass']:.3f} of one bare forward and "
        "gradient pass. "
    )
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def minimal_distance():
    record = load("minimal_distance")
    settings = record["settings"]
    rows = []
    for row in record["figures"]["runs"]:
        cells = [row["model"], f"{row['attack']}, {row['norm']}"]
        for name in ("keras_ceb", "adv_lib", "foolbox"):
            tool = row["tools"][name]
            middle = tool["median"]
            shown = "none" if middle is None else f"{middle:.3g}"
            cells.append(f"{shown} ({100 * tool['found']:.0f} %)")
        rows.append(cells)
    header = ["model", "attack", "keras_ceb", "adv-lib", "Foolbox"]
    note = (
        "Median distance to the closest misclassified point and, in brackets, "
        "the share of images for which one was found; a median is none if "
        "that is less than half. Of the "
        f"{settings['images']} images, those that the model gets right; "
        f"{settings['steps']} steps. "
    )
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def class_means():
    """What the fault of the class means did: the same models, before."""
    earlier = load("class_means")
    rows = []
    for folder, models in earlier["figures"].items():
        now = summary.load(ROOT / "results" / folder)
        rows += cifar10_tables.before_and_after(folder, models, now)
    header = ["study", "model", "seeds", "clean", "PGD-20 linf 1/255"]
    header += ["residual information, nats", "ECE"]
    note = (
        "Before and after, means over the seeds that both have. Before: "
        f"commit {earlier['settings']['files_of_commit'][:7]}, from its "
        "result files."
    )
    return f"{Table(header, rows).to_markdown()}\n\n{note}"


def imagenette():
    """Table 1 of the paper, with our results of the small study."""
    return table1.page(*study.load(ROOT / "results/imagenette")).rstrip()


TABLES = {
    "adversarial": adversarial,
    "adversarial_choices": adversarial_choices,
    "attacks": attacks,
    "augment": augment,
    "cifar10": lambda: cifar10_tables.models(ROOT / "results/cifar10"),
    "cifar10_few": lambda: cifar10_tables.models(ROOT / "results/cifar10_few"),
    "cifar10_few_leads": lambda: cifar10_tables.leads(
        ROOT / "results/cifar10_few"
    ),
    "cifar10_gpu_fast": lambda: gpu_tables.models(
        ROOT / "results/cifar10_gpu", fast=True
    ),
    "cifar10_gpu_leads": lambda: gpu_tables.leads(ROOT / "results/cifar10_gpu"),
    "cifar10_gpu_plain": lambda: gpu_tables.models(
        ROOT / "results/cifar10_gpu", fast=False
    ),
    "cifar10_gpu_steps": lambda: gpu_tables.steps(ROOT / "results/cifar10_gpu"),
    "class_means": class_means,
    "corruptions": corruptions,
    "imagenette": imagenette,
    "earlier": earlier,
    "fashion_mnist": lambda: fashion_tables.main(FASHION),
    "fashion_mnist_calibration": lambda: fashion_tables.calibration(FASHION),
    "fashion_mnist_further": lambda: fashion_tables.further(FASHION),
    "fashion_mnist_outside": lambda: fashion_tables.outside(FASHION),
    "fashion_mnist_plan": lambda: fashion_tables.plan(FASHION),
    "fashion_mnist_tests": lambda: fashion_tables.tests(FASHION),
    "import_time": import_time,
    "jump_start": lambda: cifar10_tables.jump_start(
        ROOT / "results/cifar10_few"
    ),
    "minimal_distance": minimal_distance,
    "mutation": mutation,
    "quickstart": quickstart,
    "schedules": schedules,
    "tpu_aot": tpu_aot,
    "training_step": training_step,
    "training_step_torch": lambda: training_step("training_step_torch"),
    "transfer_zero_shot": lambda: transfer_tables.zero_shot(
        ROOT / "results/transfer/zero_shot.json"
    ),
}

_MARKED = re.compile(
    r"(?P<start><!-- results: (?P<name>\S+) -->)(?P<block>\n)?"
    r"(?P<old>.*?)<!-- end -->",
    flags=re.DOTALL,
)


def rendered(text, page="the page"):
    """A text with what is between the marks made anew.

    Args:
        text: Markdown.
        page: What to call it in an error.

    Raises:
        ValueError: If a mark has no such table or figure, has no end, or
            begins a line, where Markdown takes the whole line for HTML.
    """
    known = {True: TABLES, False: prose.FIGURES}

    def new(match):
        name, block = match["name"], bool(match["block"])
        if name not in known[block]:
            kind = "table" if block else "figure"
            raise ValueError(f"{page} has a mark of no {kind}: {name}")
        before = text[: match.start()].rpartition("\n")[2]
        if not block and not before.strip(" *->"):
            raise ValueError(f"{page} begins a line with a figure: {name}")
        if "<!--" in match["old"] or ("\n" in match["old"] and not block):
            raise ValueError(f"{page} has a mark without an end: {name}")
        value = known[block][name]()
        return (
            match["start"]
            + (f"\n{value}\n" if block else value)
            + ("<!-- end -->")
        )

    result, count = _MARKED.subn(new, text)
    if not count == text.count("<!-- results:") == text.count("<!-- end -->"):
        raise ValueError(f"{page} has a mark that is not whole")
    return result


def main(_):
    stale = []
    for page in PAGES:
        text = (ROOT / page).read_text()
        new = rendered(text, page)
        if new != text:
            stale.append(page)
            if not FLAGS.check:
                (ROOT / page).write_text(new)
    if FLAGS.check and stale:
        raise SystemExit(
            f"Not as the result files say: {', '.join(stale)}. "
            "Run python -m results.render."
        )


if __name__ == "__main__":
    flags.DEFINE_bool("check", False, "Write nothing; fail if a page is stale.")
    app.run(main)
