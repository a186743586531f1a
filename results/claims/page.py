"""The tables of docs/claims.md, and the figures of the claims in sentences."""

import functools

from keras_ceb.robustness import Table
from results.claims import listed
from results.claims import studies
from results.claims.findings import LEVEL
from results.claims.findings import NO_DIFFERENCE
from results.claims.findings import NOT_TESTED
from results.claims.findings import VERDICTS
from results.claims.findings import difference
from results.files import load

DIRECTIONS = {1: "for", -1: "against", 0: "neither"}
HEADER = ["claim", "verdict"]


def _cell(findings):
    """Findings as lines of a cell of a table."""
    lines, beside = [], []
    for f in findings:
        mark, place = ("**", lines) if f.decides else ("*", beside)
        said = f"{mark}{DIRECTIONS[f.direction]}{mark}"
        place.append(f"{said}, [{f.study}](results/{f.file}): {f.text}")
    if beside:
        lines += ["Does not decide:", *beside]
    return "<br>".join(lines)


def table(claims, with_paper=True):
    """A row per claim.

    Args:
        claims: `{name: Claim}`.
        with_paper: Whether the paper has figures of them.
    """
    rows = []
    for claim in claims.values():
        cells = [claim.text, f"**{claim.verdict()}**"]
        if with_paper:
            cells.append(claim.paper())
        rows.append([*cells, _cell(claim.found())])
    header = [*HEADER, "the paper"] if with_paper else HEADER
    return Table([*header, "ours"], rows).to_markdown()


def of_others():
    """Undefended and trained networks of RobustBench."""
    rows = []
    for row in load("paper/robustbench")["figures"].values():
        cells = [f"{row[key]:.1f} %" if key in row else "" for key in BALLS]
        rows.append([row["network"], row["training"], *cells])
    header = ["network", "training", *BALLS.values()]
    source = load("paper/robustbench")["provenance"][0]["source"]
    return f"{Table(header, rows).to_markdown()}\n\nFrom {source}"


BALLS = {
    "clean": "clean",
    "linf": "AutoAttack L-infinity 8/255",
    "l2": "AutoAttack L2 0.5",
}

TABLES = {
    "claims_general": lambda: table(listed.GENERAL),
    "claims_cifar10": lambda: table(listed.CIFAR10),
    "claims_imagenet": lambda: table(listed.IMAGENET),
    "claims_beyond": lambda: table(listed.BEYOND, with_paper=False),
    "claims_of_others": of_others,
}


def counted(wanted):
    """How many of the paper's claims have a verdict."""
    return sum(c.verdict() == wanted for c in listed.PAPER.values())


def accuracies(network, model, measure):
    """A model of the GPU study and its baseline, in percent, as text."""
    study = studies.gpu()[network]
    found = difference(
        study.scores(model, measure), study.scores("baseline", measure)
    )
    return f"{100 * found.ours:.1f} % against {100 * found.theirs:.1f} %"


def epochs():
    """How long the models of the studies that decide were trained, at most."""
    lengths = {
        result["settings"]["epochs"]
        for study in studies.every()
        if study.decides
        for results in study.models.values()
        for result in results
    }
    return " to ".join(str(f(lengths)) for f in (min, max))


def _of_the_paper(name):
    return f"{load('paper/claims')['figures']['cifar10'][name]:g} %"


FIGURES = {
    "claims.epochs": epochs,
    "claims.large_enough": lambda: f"{100 * studies.LARGE_ENOUGH:g} %",
    "claims.level": lambda: f"{LEVEL:g}",
    "claims.det_l2": lambda: _of_the_paper("det_l2"),
    "claims.madry_l2": lambda: _of_the_paper("madry_l2"),
    "claims.count": lambda: str(len(listed.PAPER)),
    "claims.at_scale": lambda: str(len(listed.PAPER) - counted(NOT_TESTED)),
    **{
        f"claims.{kind.partition(' ')[0]}": functools.partial(
            lambda k: str(counted(k)), kind
        )
        for kind in VERDICTS
        if kind not in (NO_DIFFERENCE, NOT_TESTED)
    },
    "claims.unconfirmed": lambda: str(counted(NO_DIFFERENCE)),
    "claims.untested": lambda: str(counted(NOT_TESTED)),
    **{
        f"claims.verdict.{name}": functools.partial(
            lambda n: listed.EVERY[n].verdict(), name
        )
        for name in (
            "autoattack",
            "pgd",
            "calibration",
            "adversarial",
            "without_adversary",
            "out_of_distribution",
        )
    },
    "claims.preact_pgd": lambda: accuracies(0, "ceb_4", "pgd 1/255"),
    "claims.preact_autoattack": lambda: accuracies(
        0, "ceb_4", "autoattack 1/255"
    ),
    "claims.wrn_autoattack": lambda: accuracies(1, "ceb_4", "autoattack 1/255"),
}
