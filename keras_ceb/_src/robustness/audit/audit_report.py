"""The result of an audit."""

import dataclasses
from typing import Any

from keras_ceb._src.robustness.audit.check import Check
from keras_ceb._src.tables import Table


@dataclasses.dataclass(frozen=True)
class AuditReport:
    """The checks of an audit.

    Attributes:
        checks: List of `Check`.
        num_images: Number of images they were measured on.
        norm: The norm of the ball.
        eps: Its radius, in the units of the classifier's range.
    """

    checks: list[Check]
    num_images: int
    norm: str
    eps: float

    @property
    def flags(self) -> list[str]:
        """The names of the checks that failed."""
        return [check.name for check in self.checks if check.flagged]

    @property
    def passed(self) -> bool:
        """Whether no check failed, which does not prove robustness."""
        return not self.flags

    def to_dict(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "num_images": self.num_images,
            "norm": self.norm,
            "eps": self.eps,
            "checks": [dataclasses.asdict(check) for check in self.checks],
        }

    def to_markdown(self) -> str:
        rows = []
        for check in self.checks:
            verdict = "FLAG" if check.flagged else "ok"
            figures = ", ".join(
                f"{name} {_short(value)}"
                for name, value in check.figures.items()
            )
            rows.append((check.name, verdict, figures))
        return Table(["check", "verdict", "figures"], rows).to_markdown()

    def __str__(self) -> str:
        return self.to_markdown()


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{k}: {_short(v)}" for k, v in value.items())
    if isinstance(value, list):
        return "/".join(_short(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
