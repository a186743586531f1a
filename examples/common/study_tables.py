"""Tables of a study: robustness, calibration, other images, tests."""

import functools

import numpy as np

from examples.common import paired
from examples.common import study as study_lib
from examples.common.tables import spread
from keras_ceb.robustness import Table

NOTHING = "Not measured yet."


def of_results(function):
    """Makes a table of a folder say so where there are no results yet."""

    @functools.wraps(function)
    def table(folder):
        if not study_lib.files_of(folder):
            return NOTHING
        return function(folder)

    return table


def seeds_of(name, results, wanted):
    """How many seeds a row has, and of how many where some are missing.

    Args:
        name: Of the row.
        results: Of its seeds.
        wanted: {name: how many seeds it should have}.
    """
    count = len(results)
    if count < wanted.get(name, count):
        return f"{count} of {wanted[name]}"
    return str(count)


def _cell(values):
    """Mean and range, or the one value there is."""
    values = [value for value in values if value is not None]
    if not values:
        return ""
    return spread(values) if len(values) > 1 else f"{values[0]:.3f}"


def _title(measure):
    attack, norm, eps = measure.split()
    titles = {"autoattack": "AutoAttack", "pgd": "PGD-20"}
    return f"{titles[attack]} {norm} {radius(eps)}"


def radius(eps):
    """A radius in the name of a measure, for readers.

    Args:
        eps: Text of six digits; what is no shorter is in units of 1/255.
    """
    value = float(eps)
    return eps if float(f"{value:.3g}") == value else f"{255 * value:.3g}/255"


def _accuracies(results, name):
    found = [study_lib.measure(result, name) for result in results]
    return [figures and figures["accuracy"] for figures in found]


def _flags(results):
    flags = set()
    for result in results:
        audit = study_lib.measure(result, "audit") or {"checks": []}
        flags |= {c["name"] for c in audit["checks"] if c["flagged"]}
    return "; ".join(sorted(flags)) or "none"


def robustness(rows, wanted):
    """Accuracy of models, clean and under attack.

    Args:
        rows: {experiment: results}.
        wanted: See `seeds_of`.
    """
    if not rows:
        return NOTHING
    attacks = study_lib.autoattacks(rows)
    body = []
    for name, results in rows.items():
        cells = [name, seeds_of(name, results, wanted)]
        cells.append(_cell(_accuracies(results, "clean")))
        for attack in attacks:
            cells.append(_cell(_accuracies(results, attack)))
            pgd = _accuracies(results, study_lib.pgd_of(attack))
            pgd = [value for value in pgd if value is not None]
            cells.append(f"{np.mean(pgd):.3f}" if pgd else "")
        body.append([*cells, _flags(results)])
    header = ["model", "seeds", "clean"]
    for attack in attacks:
        header += [_title(attack), _title(study_lib.pgd_of(attack))]
    return Table([*header, "audit flags"], body).to_markdown()


def calibration(rows, wanted):
    """Calibration, errors on corruptions and residual information.

    Args:
        rows: {experiment: results}.
        wanted: See `seeds_of`.
    """
    body = []
    for name, results in rows.items():
        clean = [study_lib.measure(result, "clean") for result in results]
        cells = [name, seeds_of(name, results, wanted)]
        for key in ("ece", "scaled_ece", "nll", "scaled_nll"):
            cells.append(_cell([figures[key] for figures in clean]))
        temperatures = [t for f in clean for t in f["temperatures"]]
        cells.append(f"{np.mean(temperatures):.2f}")
        corrupted = [study_lib.measure(r, "corruptions") for r in results]
        cells.append(_cell([c and c["average"] for c in corrupted]))
        nats = [figures["rex"] for figures in clean if "rex" in figures]
        cells.append(f"{np.mean(nats):.2f}" if nats else "infinite")
        body.append(cells)
    header = ["model", "seeds", "ECE", "ECE, scaled", "NLL", "NLL, scaled"]
    header += ["temperature", "corruption error", "residual information, nats"]
    variants = {
        corrupted["variant"]
        for results in rows.values()
        for corrupted in (study_lib.measure(r, "corruptions") for r in results)
        if corrupted
    }
    note = (
        "On all test images, but for the mean error on corrupted ones: the "
        "first images, corrupted here at the severities of "
        f"{', '.join(sorted(variants))}. Scaled: the logits are divided by "
        "the temperature that suits the other half of the test set best."
    )
    return f"{Table(header, body).to_markdown()}\n\n{note}"


def outside(rows):
    """How well each score finds other images.

    Args:
        rows: {experiment: results}.
    """
    body, sets = [], []
    for name, results in rows.items():
        found = [study_lib.measure(result, "ood") for result in results]
        found = [figures["sets"] for figures in found if figures]
        if not found:
            continue
        sets = list(found[0])
        for score in found[0][sets[0]]:
            cells = [
                _cell([figures[which][score]["auroc"] for figures in found])
                for which in sets
            ]
            body.append([name, score, *cells])
    if not body:
        return NOTHING
    note = (
        "AUROC: the probability that an image of the other set has a larger "
        "score than one of the test set, with the range over the seeds; a "
        "half is chance. Residual information is that of the predicted class, "
        "marginal the negative log-density of the marginal over all classes."
    )
    header = ["model", "score", *sets]
    return f"{Table(header, body).to_markdown()}\n\n{note}"


def against(rows, name, other):
    """How far a model is ahead of another one, in each measure.

    Args:
        rows: {experiment: results}.
        name: Of the model.
        other: Of the other one.

    Returns:
        {measure: (difference, p over images, p over seeds)}; for the last see
        `paired.over_seeds`.
    """
    seeds = list(
        zip(*study_lib.of_shared_seeds(rows[name], rows[other]), strict=True)
    )
    found = {}
    for measure in ("clean", *study_lib.autoattacks({name: rows[name]})):
        key = "right" if measure == "clean" else "stands"
        pairs = [
            tuple(
                paired.flags_of(study_lib.measure(result, measure)[key])
                for result in both
            )
            for both in seeds
            if study_lib.measure(both[1], measure)
        ]
        if not pairs:
            continue
        difference, p_images = paired.over_images(pairs)
        p_seeds = paired.over_seeds(
            [ours_.mean() - theirs_.mean() for ours_, theirs_ in pairs]
        )
        found[measure] = difference, p_images, p_seeds
    return found


def tests(rows, prefixes=("fast_",)):
    """CEB against the models without it, of the same training.

    Args:
        rows: {experiment: results}.
        prefixes: Of the names of models that are not to be compared with
            those of other prefixes; one that begins with another before it.
    """
    body = []
    for name in rows:
        prefix = next((p for p in prefixes if name.startswith(p)), "")
        for other in (f"{prefix}baseline", f"{prefix}smoothed"):
            if "ceb" not in name or other not in rows:
                continue
            for measure, found in against(rows, name, other).items():
                difference, p_images, p_seeds = found
                body.append(
                    [
                        name,
                        other,
                        "clean" if measure == "clean" else _title(measure),
                        f"{100 * difference:+.2f}",
                        f"{p_images:.2g}",
                        "" if p_seeds is None else f"{p_seeds:.2g}",
                    ]
                )
    if not body:
        return NOTHING
    header = ["model", "against", "measure", "points ahead"]
    header += ["p over images", "p over seeds"]
    note = (
        "Over the seeds that both have. Over images: a test of the signs of "
        "each image's difference, summed over the seeds. Over seeds: "
        "Student's paired test, which with so few seeds finds large "
        "differences alone; none where all seeds differ by the same. No "
        "correction for the number of tests."
    )
    return f"{Table(header, body).to_markdown()}\n\n{note}"
