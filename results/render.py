"""Writes the tables and figures of the pages below from the result files.

    python -m results.render
    python -m results.render --check

A table is between `<!-- results: NAME -->` and `<!-- end -->`, on lines of
their own; see `TABLES`. A figure in a sentence is between the same marks, on
one line; see `prose/`. The picture of the README is written, too. With
`--check` nothing is written, and a page that is not as its result files say is
an error.
"""

import functools
import re

from absl import app
from absl import flags

from examples.cifar10 import tables as cifar10_tables
from examples.cifar10.gpu import tables as gpu_tables
from examples.cifar10_fast import tables as cifar10_fast_tables
from examples.fashion_mnist import tables as fashion_tables
from examples.imagenet import study
from examples.imagenet import table1
from examples.transfer import tables as transfer_tables
from results import picture
from results.claims import page as claims
from results.files import ROOT
from results.prose import figures as prose
from results.tables import accuracy
from results.tables import attackbench
from results.tables import autoattack_parity
from results.tables import engine
from results.tables import mutation
from results.tables import speed
from results.tables import tpu

FLAGS = flags.FLAGS

PAGES = (
    "CONTRIBUTING.md",
    "README.md",
    "docs/claims.md",
    "docs/guides/adversarial.md",
    "docs/faq.md",
    "docs/guides/rho.md",
    "docs/guides/robustness.md",
    "docs/guides/uncertainty.md",
    "docs/tpu.md",
    "results/README.md",
    "results/cifar10_fast/README.md",
    "results/fashion_mnist/README.md",
    "results/imagenette/README.md",
    "results/transfer/README.md",
)

CIFAR10_FAST = ROOT / "results/cifar10_fast"
FASHION = ROOT / "results/fashion_mnist"


def imagenette():
    """Table 1 of the paper, with our results of the small study."""
    return table1.page(*study.load(ROOT / "results/imagenette")).rstrip()


TABLES = {
    "adversarial": speed.adversarial,
    "adversarial_choices": accuracy.adversarial_choices,
    "attackbench": attackbench.attackbench,
    "attacks": speed.attacks,
    "augment": speed.augment,
    "autoattack_parity": autoattack_parity.table,
    "autoattack_fast": engine.autoattack_fast,
    "cifar10": lambda: cifar10_tables.models(ROOT / "results/cifar10"),
    "cifar10_fast": lambda: cifar10_fast_tables.models(CIFAR10_FAST),
    "cifar10_fast_calibration": lambda: cifar10_fast_tables.calibration(
        CIFAR10_FAST
    ),
    "cifar10_fast_outside": lambda: cifar10_fast_tables.outside(CIFAR10_FAST),
    "cifar10_fast_tests": lambda: cifar10_fast_tables.tests(CIFAR10_FAST),
    "cifar10_fast_training": lambda: cifar10_fast_tables.training(CIFAR10_FAST),
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
    "class_means": accuracy.class_means,
    **claims.TABLES,
    "corruptions": speed.corruptions,
    "imagenette": imagenette,
    "earlier": speed.earlier,
    "fashion_mnist": lambda: fashion_tables.main(FASHION),
    "fashion_mnist_calibration": lambda: fashion_tables.calibration(FASHION),
    "fashion_mnist_further": lambda: fashion_tables.further(FASHION),
    "fashion_mnist_outside": lambda: fashion_tables.outside(FASHION),
    "fashion_mnist_plan": lambda: fashion_tables.plan(FASHION),
    "fashion_mnist_tests": lambda: fashion_tables.tests(FASHION),
    "import_time": speed.import_time,
    "jump_start": lambda: cifar10_tables.jump_start(
        ROOT / "results/cifar10_few"
    ),
    "minimal_distance": engine.minimal_distance,
    "mutation": mutation.mutation,
    "quickstart": accuracy.quickstart,
    "report_time": engine.report_time,
    "schedules": accuracy.schedules,
    "smoothing": speed.smoothing,
    "tpu_aot": tpu.tpu_aot,
    "training_step": speed.training_step,
    "training_step_torch": lambda: speed.training_step("training_step_torch"),
    **{
        f"transfer_{preset}{suffix}": functools.partial(
            table, ROOT / "results/transfer" / preset
        )
        for preset in ("few", "all")
        for suffix, table in (
            ("", transfer_tables.models),
            ("_calibration", transfer_tables.calibration),
            ("_outside", transfer_tables.outside),
            ("_tests", transfer_tables.tests),
        )
    },
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
    drawn = picture.current()
    if not picture.FILE.exists() or picture.FILE.read_text() != drawn:
        stale.append(picture.FILE.name)
        if not FLAGS.check:
            picture.FILE.write_text(drawn)
    if FLAGS.check and stale:
        raise SystemExit(
            f"Not as the result files say: {', '.join(stale)}. "
            "Run python -m results.render."
        )


if __name__ == "__main__":
    flags.DEFINE_bool("check", False, "Write nothing; fail if a page is stale.")
    app.run(main)
