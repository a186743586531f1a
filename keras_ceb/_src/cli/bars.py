"""The bars of `--fail-under`, and the exit code."""

from collections.abc import Iterable
from collections.abc import Sequence

from keras_ceb._src.cli.messages import complain
from keras_ceb.robustness import AuditReport
from keras_ceb.robustness import RobustAccuracy
from keras_ceb.robustness import RobustnessReport

# Norm, radius for images in 0..1, and the least accuracy; the norm of the
# accuracy without attack is empty.
Bar = tuple[str, float, float]
FINE, BELOW, FLAGGED = 0, 2, 3
_SAME = 1e-6


def exit_code(report: RobustnessReport, bars: Sequence[Bar]) -> int:
    """2 if the model misses a bar, 3 if the audit flags it, otherwise 0."""
    missed = [text for bar in bars if (text := _miss(report, bar))]
    for text in missed:
        complain(text)
    code = audit_code(report.audit)
    return BELOW if missed else code


def audit_code(audit: AuditReport | None) -> int:
    """3 if an audit flags something, otherwise 0."""
    if audit is None or audit.passed:
        return FINE
    complain(f"flagged by the audit: {', '.join(audit.flags)}")
    return FLAGGED


def unmeasured(
    bars: Iterable[Bar], balls: Iterable[tuple[str, float]]
) -> list[tuple[str, float]]:
    """Norm and radius of the bars that none of `balls` is of."""
    measured = list(balls)
    missing = []
    for norm, radius, _ in bars:
        if norm and not any(_is_same(norm, radius, *ball) for ball in measured):
            measured.append((norm, radius))
            missing.append((norm, radius))
    return missing


def _miss(report: RobustnessReport, bar: Bar) -> str:
    """How a model misses a bar, or nothing."""
    norm, radius, least = bar
    title = f"{norm}:{radius:.4g}" if norm else "clean"
    if not norm:
        accuracy = report.clean["accuracy"]
        words = ""
    else:
        results = [*report.attacks, *sum(report.curves.values(), [])]
        fitting = [r for r in results if _is_same(norm, radius, *ball_of(r))]
        if not fitting:
            raise ValueError(
                "`--fail-under` must name a norm and a radius that were "
                f"measured. Received: {title}; there are "
                + ", ".join("{}:{:.4g}".format(*ball_of(r)) for r in results)
            )
        # Each accuracy is an upper bound, of which the least counts.
        weakest = min(fitting, key=lambda result: result.accuracy)
        accuracy = weakest.accuracy
        words = " ({:.0%} interval {:.4f} to {:.4f})".format(
            weakest.confidence, *weakest.interval
        )
    if accuracy >= least:
        return ""
    return (
        f"{report.name} is below the bar {title}={least:g}: accuracy "
        f"{accuracy:.4f}{words}"
    )


def ball_of(result: RobustAccuracy) -> tuple[str, float]:
    """Norm and radius of a result, for images in 0..1."""
    lower, upper = result.attack["bounds"]
    return result.attack["norm"], result.attack["eps"] / (upper - lower)


def _is_same(norm: str, radius: float, other: str, eps: float) -> bool:
    return norm == other and abs(radius - eps) <= _SAME * max(radius, eps)
