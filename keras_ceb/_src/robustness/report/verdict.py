"""What a report says, in plain words."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from keras_ceb._src.robustness.radii import norm_name
from keras_ceb._src.robustness.radii import radius_text
from keras_ceb._src.robustness.radii import relative_radius
from keras_ceb._src.robustness.report.shares import Share
from keras_ceb._src.robustness.report.shares import clean_share
from keras_ceb._src.robustness.report.shares import norms_of
from keras_ceb._src.robustness.report.shares import percent
from keras_ceb._src.robustness.report.shares import results_of
from keras_ceb._src.robustness.report.shares import strongest

# Up to so many images, they are counted rather than given in percent.
_FEW = 20
# Calibration errors below this one are not worth a warning.
_SMALL_ERROR = 0.05


@dataclasses.dataclass(frozen=True)
class Statement:
    """A sentence of a verdict.

    Attributes:
        text: The sentence.
        tone: `"good"`, `"bad"` for what a reader should worry about, or
            `"plain"`.
    """

    text: str
    tone: str = "plain"


def verdict(report: Any) -> list[Statement]:
    """The verdict of a `RobustnessReport`."""
    clean = clean_share(report)
    return [
        Statement(_sentence(f"without an attack, {_keep(clean, 'right')}")),
        *(_of_norm(report, norm) for norm in norms_of([report])),
        *_of_attacks(report),
        _of_audit(report.audit),
        *_of_calibration(report.clean),
        *_of_corruptions(report.corruptions, clean),
    ]


def _of_norm(report: Any, norm: str) -> Statement:
    """At the smallest radius, in the tables, and where nothing is left."""
    shares = strongest(report, norm)
    none = [radius for radius, share in shares.items() if not share.count]
    first, last = min(shares), none[0] if none else max(shares)
    tables = {
        round(relative_radius(result.attack), 9)
        for result in report.attacks
        if result.attack["norm"] == norm
    }
    between = sorted(radius for radius in tables if first < radius < last)
    first, *others = dict.fromkeys([first, *between[:1], last])
    text = f"{_keep(shares[first], 'keep')} at {radius_text(first, norm)}"
    for radius in others:
        text += f"; at {radius_text(radius, norm)}, {_pronoun(shares[radius])}"
    most = 0.5 * clean_share(report).value
    tone = "bad" if shares[last].value <= most else "plain"
    return Statement(_sentence(f"{text} ({norm_name(norm)})"), tone)


def _of_attacks(report: Any) -> list[Statement]:
    names = {result.attack["name"] for result in results_of(report)}
    if not names or any(name.startswith("AutoAttack") for name in names):
        return []
    return [
        Statement(
            "AutoAttack was not run, so the true accuracy under attack may be "
            "lower.",
            "bad",
        )
    ]


def _of_audit(audit: Any) -> Statement:
    if audit is None:
        return Statement("No audit was made.")
    if audit.passed:
        return Statement("The audit found nothing suspicious.", "good")
    number, total = len(audit.flags), len(audit.checks)
    return Statement(
        f"The audit flags {number} of {total} "
        f"{'check' if total == 1 else 'checks'} ({', '.join(audit.flags)}): "
        "the accuracy under attack may be overestimated.",
        "bad",
    )


def _of_calibration(clean: dict[str, Any]) -> list[Statement]:
    gap = confidence_gap(clean)
    if gap is None:
        return []
    number = clean["num_images"]
    low, high = Share(round(clean["accuracy"] * number), number).interval
    points = f"{100 * abs(gap):.0f} points"
    if points == "1 points":
        points = "1 point"
    if low <= clean["confidence"] <= high or abs(gap) < 0.005:
        if clean["ece"] < _SMALL_ERROR:
            return [
                Statement("The confidence agrees with the accuracy.", "good")
            ]
        return [
            Statement(
                "The confidence agrees with the accuracy on average, but is "
                f"off by {100 * clean['ece']:.0f} points for the typical image."
            )
        ]
    direction = "high" if gap > 0 else "low"
    tone = "plain" if abs(gap) < _SMALL_ERROR else "bad"
    return [Statement(f"The confidence is {points} too {direction}.", tone)]


def confidence_gap(clean: dict[str, Any]) -> float | None:
    """Mean confidence minus accuracy, or `None` if it was not recorded."""
    if clean.get("confidence") is None:
        return None
    return float(clean["confidence"] - clean["accuracy"])


def _of_corruptions(corruptions: Any, clean: Share) -> list[Statement]:
    errors = getattr(corruptions, "errors", None)
    if not errors:
        return []
    means = {
        name: 1 - sum(row.values()) / len(row) for name, row in errors.items()
    }
    hardest = min(means, key=means.__getitem__)
    average = sum(means.values()) / len(means)
    tone = "bad" if average < 0.5 * clean.value else "plain"
    return [
        Statement(
            f"Under common corruptions, {percent(average, 0)} of the images "
            f"are classified correctly on average; the hardest is "
            f"{hardest.replace('_', ' ')} ({percent(means[hardest], 0)}).",
            tone,
        )
    ]


def _keep(share: Share, what: str) -> str:
    """How many images keep their class, or are classified correctly."""
    one = share.count == 1 and share.total <= _FEW
    verb = {
        "keep": "keeps its class" if one else "keep their class",
        "right": (
            "is classified correctly" if one else "are classified correctly"
        ),
    }[what]
    return f"{_many(share)} {verb}"


def _many(share: Share) -> str:
    if not share.count:
        return "none of the images"
    if share.count == share.total:
        return f"all {share.total} images"
    if share.total <= _FEW:
        return f"{share.count} of {share.total} images"
    return f"{_rounded(share)} of the images"


def _pronoun(share: Share) -> str:
    """Of a share that follows another one in a sentence."""
    if not share.count:
        return "none does"
    if share.count == share.total:
        return "all do"
    if share.total > _FEW:
        return f"{_rounded(share)} do"
    return "1 does" if share.count == 1 else f"{share.count} do"


def _rounded(share: Share) -> str:
    """In whole percent, where 0 % means none and 100 % means all."""
    whole = round(100 * share.value)
    if whole == 0:
        return "less than 1 %"
    return "more than 99 %" if whole == 100 else f"{whole} %"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def plain_text(statements: Sequence[Statement]) -> str:
    """The verdict as one paragraph."""
    return " ".join(statement.text for statement in statements)
