"""What our studies measured, as findings about the claims."""

import dataclasses
import functools
from operator import getitem

from examples.cifar10 import summary as cifar10_summary
from examples.common import study as study_lib
from results.claims import studies
from results.claims.findings import Finding
from results.claims.findings import difference
from results.claims.findings import seeds_text
from results.claims.studies import ahead
from results.files import ROOT
from results.files import load


def each(measure_of, model_of=None, other="baseline"):
    """A finding per study: CEB ahead of the baseline in a measure."""
    model_of = model_of or (lambda study: study.ceb())
    return [
        ahead(study, model_of(study), other, measure_of(study))
        for study in studies.every()
    ]


def on_top(measure_of):
    """CEB ahead of the baseline, both of the same adversarial training."""
    return [
        ahead(
            study,
            study.ceb(prefix),
            f"{prefix}baseline",
            measure_of(study),
        )
        for study in studies.every()
        for prefix in studies.TRAININGS
    ]


def pgd(study):
    """The measure by PGD-20 beside the one by AutoAttack."""
    if study.attack is None:
        return None
    return study_lib.pgd_of(study.attack)


def autoattack():
    """CEB ahead under AutoAttack where models differ."""
    found = each(lambda study: study.attack)
    few = studies.on_a_cpu()[0]
    # Measured there with the rho that was selected before, and two seeds.
    return [*found, ahead(few, "ceb_4", "baseline", few.attack)]


def cost():
    """A training step with CEB against one with cross-entropy."""
    ratio = load("training_step")["figures"]["ResNet-50"]
    ratio = ratio["ratio_to_cross_entropy"]["CEB"]
    return Finding(
        "ResNet-50",
        "training_step.json",
        f"a training step takes {ratio:.3f} of one with cross-entropy",
        1 if ratio < 1.05 else -1,
    )


def same_accuracy():
    """CEB is as accurate as the baseline: within a point, as in the paper."""
    found = []
    for finding in each(lambda study: "clean"):
        if finding is None:
            continue
        points = float(finding.text.rpartition("(")[2].split()[0])
        direction = 1 if abs(points) <= 1 else -1
        found.append(dataclasses.replace(finding, direction=direction))
    return found


def other_norm():
    """Training on L-infinity attacks fails against L2 attacks."""
    found = []
    for study in studies.every():
        for head in ("baseline", study.ceb()):
            fast = f"fast_{head}"
            finding = ahead(study, fast, head, study.l2)
            if finding is not None:
                # It would have to be behind its plain twin.
                found.append(
                    dataclasses.replace(finding, direction=-finding.direction)
                )
    return found


def batch_norm():
    """Networks with BatchNorm against those without, in each study of both."""
    pairs = [studies.gpu(), studies.fast()]
    return [_batch_norm(*pair) for pair in pairs if len(pair) == 2]


def _batch_norm(with_, without):
    found = difference(
        without.scores("baseline", with_.attack),
        with_.scores("baseline", with_.attack),
    )
    clean = difference(
        with_.scores("baseline", "clean"),
        without.scores("baseline", "clean"),
    )
    if found is None or clean is None:
        return None
    text = (
        f"{studies.attack_title(with_.attack)}: with BatchNorm "
        f"{100 * found.theirs:.1f} %, without {100 * found.ours:.1f} %; clean "
        f"{100 * clean.ours:.1f} % and {100 * clean.theirs:.1f} %. The "
        f"networks may differ in more than that "
        f"({seeds_text(found.seeds)})"
    )
    return Finding(
        f"{with_.title}, and {without.title}",
        with_.file,
        text,
        found.sign,
        with_.decides and without.decides,
    )


def falls(study, measure, what):
    """An undefended baseline keeps nothing."""
    scores = study.scores("baseline", measure).values()
    if not scores:
        return None
    mean = sum(s.accuracy for s in scores) / len(scores)
    text = (
        f"{studies.attack_title(measure)}: {what} {100 * mean:.1f} % "
        f"({seeds_text(len(scores))})"
    )
    return Finding(
        study.title,
        study.file,
        text,
        1 if mean < 0.005 else -1,
        study.decides,
    )


def over_rho(measure_of):
    """Lower rho against higher rho, in every study that has several."""
    found = []
    for study in studies.every():
        for prefix in ("", "fast_"):
            rhos = {}
            for name in study.models:
                start, _, rho = name.rpartition("_")
                if start == f"{prefix}ceb":
                    rhos[float(rho)] = name
            if len(rhos) < 2:
                continue
            measure = measure_of(study, prefix)
            low, high = rhos[min(rhos)], rhos[max(rhos)]
            found.append(ahead(study, low, high, measure))
    return found


def attack_of(study, prefix):
    """Where models of a training differ; PGD where AutoAttack leaves none."""
    if prefix:
        return study.strong
    return study.attack if study.decides else pgd(study)


def collapse():
    """At a low rho from the first step, training does not begin."""
    every = cifar10_summary.load(ROOT / "results/cifar10_few")
    plain = [
        r["figures"]["epochs"][-1]["val_accuracy"] for r in every["plain_1"]
    ]
    jump = [r["figures"]["epochs"][-1]["val_accuracy"] for r in every["ceb_1"]]
    mean, other = (sum(v) / len(v) for v in (plain, jump))
    text = (
        f"rho 1 from the first step ends at {100 * mean:.1f} %, with the "
        f"jump-start at {100 * other:.1f} % "
        f"({seeds_text(len(plain))})"
    )
    return Finding(
        "CIFAR-10, 2,000 images", "README.md", text, 1 if mean < 0.11 else -1
    )


def consistent(measure_of):
    """The consistent classifier against the linear one at the same rho."""
    found = []
    for study in studies.every():
        names = [*study.models, *getattr(study, "NAMES", {})]
        for name in names:
            other = name.replace("cceb", "ceb")
            if "cceb" in name:
                found.append(ahead(study, name, other, measure_of(study, name)))
    return found


def _pairs(measure):
    """A measure of CEB and of the baseline, over the seeds that both have.

    Yields:
        The study, and the measure of each seed as its file has it: of CEB, of
        the baseline.
    """
    for study in studies.every():
        rows = [
            [
                result
                for result in study.models.get(name, [])
                if measure in result["figures"].get("measures", {})
            ]
            for name in (study.ceb(), "baseline")
        ]
        ours, theirs = (
            [study_lib.measure(result, measure) for result in results]
            for results in study_lib.of_shared_seeds(*rows)
        )
        if ours:
            yield study, ours, theirs


def _mean(rows, *keys):
    """The mean of a figure over the seeds."""
    return study_lib.mean(
        rows, lambda row: functools.reduce(getitem, keys, row)
    )


def _by_signs(study, text, gaps):
    """The finding of several figures: 0 where CEB is ahead in some alone."""
    signs = [gap > 0 for gap in gaps]
    direction = 1 if all(signs) else 0 if any(signs) else -1
    return Finding(study.title, study.file, text, direction, study.decides)


def calibration():
    """CEB against the baseline in calibration: lower is better."""
    found = []
    for study, *pair in _pairs("clean"):
        (ece, base_ece), (nll, base_nll) = (
            [_mean(rows, key) for rows in pair] for key in ("ece", "nll")
        )
        text = (
            f"{studies.label(study.ceb())}: ECE {ece:.3f}, NLL {nll:.2f}; "
            f"cross-entropy {base_ece:.3f}, {base_nll:.2f} "
            f"({seeds_text(len(pair[0]))})"
        )
        found.append(_by_signs(study, text, [base_ece - ece, base_nll - nll]))
    return found


def out_of_distribution():
    """The density of CEB's encodings against the energy of the baseline."""
    found = []
    for study, ours, theirs in _pairs("ood"):
        aurocs = {
            which: (
                _mean(ours, "sets", which, "marginal", "auroc"),
                _mean(theirs, "sets", which, "energy", "auroc"),
            )
            for which in ours[0]["sets"]
        }
        parts = [
            f"{which} {density:.3f} against {energy:.3f}"
            for which, (density, energy) in aurocs.items()
        ]
        text = (
            f"{studies.label(study.ceb())} against cross-entropy: "
            f"{', '.join(parts)} ({seeds_text(len(ours))})"
        )
        gaps = [density - energy for density, energy in aurocs.values()]
        found.append(_by_signs(study, text, gaps))
    return found
