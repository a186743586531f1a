"""The result of a corruption benchmark."""

import dataclasses
from typing import Any

from keras_ceb._src.robustness.corruptions.benchmark import error_rates
from keras_ceb._src.robustness.corruptions.benchmark import figures
from keras_ceb._src.robustness.corruptions.benchmark import metrics
from keras_ceb._src.robustness.corruptions.benchmark.normalizers import (
    Normalizer,
)
from keras_ceb._src.robustness.corruptions.benchmark.normalizers import (
    load_normalizer,
)
from keras_ceb._src.robustness.corruptions.images.corruption import SEVERITIES
from keras_ceb._src.robustness.corruptions.images.corruption import (
    check_variant,
)
from keras_ceb._src.robustness.corruptions.images.names import (
    COMMON_CORRUPTIONS,
)
from keras_ceb._src.tables import Table


@dataclasses.dataclass
class CorruptionReport:
    """Error rates by corruption and severity, and their summaries.

    `average`, `mce` and `relative_mce` run over those of the 15 common
    corruptions that are in `errors`; `coverage` lists them. Synthetic frost
    has a name of its own and is never included.

    Attributes:
        variant: `"imagenet-c"` or `"cifar10-c"`, the set of severities.
        errors: Error rate, 0 to 1, by corruption and severity: an integer or,
            as in JSON, its text.
        clean_error: Error rate on the same images without corruption.
        num_images: Number of images behind each error rate.
        normalizer: The reference of the mCE, or `None`.
        left_out: Corruptions that were requested and could not be measured,
            with the reason.
        source: Where the corrupted images come from.
    """

    variant: str
    errors: dict[str, dict[int, float]]
    clean_error: float | None
    num_images: int
    normalizer: Normalizer | None = None
    left_out: dict[str, str] = dataclasses.field(default_factory=dict)
    source: str = "made in memory, 8 bits, without JPEG coding"

    def __post_init__(self) -> None:
        check_variant(self.variant)
        self.errors = error_rates.checked_errors(self.errors)
        if self.clean_error is not None:
            self.clean_error = error_rates.check_error(
                self.clean_error, "clean_error"
            )
        # `to_dict` stores only the name.
        if self.normalizer is not None:
            self.normalizer = load_normalizer(self.normalizer)

    @property
    def common(self) -> dict[str, dict[int, float]]:
        """The errors of the 15 common corruptions, as far as measured."""
        return {
            name: self.errors[name]
            for name in COMMON_CORRUPTIONS
            if name in self.errors
        }

    @property
    def complete(self) -> bool:
        """Whether all 15 corruptions were measured at all 5 severities."""
        return len(self.common) == len(COMMON_CORRUPTIONS) and all(
            sorted(row) == list(SEVERITIES) for row in self.common.values()
        )

    @property
    def coverage(self) -> str:
        """What the summaries run over, in words."""
        missing = [
            name for name in COMMON_CORRUPTIONS if name not in self.common
        ]
        words = f"{len(self.common)} of {len(COMMON_CORRUPTIONS)} corruptions"
        if missing and len(missing) <= 3:
            words += f", without {', '.join(missing)}"
        severities = sorted({s for row in self.common.values() for s in row})
        if severities != list(SEVERITIES):
            words += f", severities {', '.join(map(str, severities))} only"
        return words

    @property
    def average(self) -> float | None:
        """avg: the mean error over corruptions, a fraction."""
        return metrics.average_error(self.common) if self.common else None

    @property
    def mce(self) -> float | None:
        """The mean corruption error (eq. 12), a fraction."""
        if self.normalizer is None or not self.common:
            return None
        return metrics.mean_corruption_error(self.common, self.normalizer)

    @property
    def relative_mce(self) -> float | None:
        """The relative mean corruption error, a fraction."""
        reference = self.normalizer
        if reference is None or not self.common or self.clean_error is None:
            return None
        if reference.clean_error is None:
            return None
        return metrics.relative_mean_corruption_error(
            self.common, self.clean_error, reference
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts, for JSON."""
        return {
            "variant": self.variant,
            "num_images": self.num_images,
            "clean_error": self.clean_error,
            "errors": {
                name: {str(severity): e for severity, e in row.items()}
                for name, row in self.errors.items()
            },
            "average": self.average,
            "mce": self.mce,
            "relative_mce": self.relative_mce,
            "normalizer": self.normalizer and self.normalizer.name,
            "coverage": self.coverage,
            "complete": self.complete,
            "left_out": self.left_out,
            "source": self.source,
        }

    def to_markdown(self) -> str:
        """A table in Markdown, in percent."""
        table = Table(*self._table()).to_markdown()
        return "\n".join([self._caption(), "", table, "", *self.remarks()])

    def to_html(self) -> str:
        """The table and the figure as a part of a page.

        Needs Jinja2 and Matplotlib (`pip install 'keras-ceb[report]'`).
        """
        from keras_ceb._src.robustness.report.plotting import to_png
        from keras_ceb._src.robustness.report.templating import render

        return render(
            "corruptions.html.j2",
            caption=self._caption(),
            table=Table(*self._table()),
            remarks=self.remarks(),
            figure=to_png(self.plot()),
        )

    def plot(self) -> Any:
        """A figure of error against severity, one line per corruption."""
        return figures.draw_severities(
            self.errors, self.variant, self.clean_error
        )

    def _caption(self) -> str:
        return (
            f"Error rates in percent, severities of {self.variant}, "
            f"{self.num_images} images ({self.source})."
        )

    def _table(self) -> tuple[list[str], list[list[str]]]:
        """The header and the rows of the table, as text."""
        severities = sorted({s for row in self.errors.values() for s in row})
        blanks = [""] * len(severities)
        rows = []
        if self.clean_error is not None:
            rows.append(["clean", *blanks, f"{100 * self.clean_error:.1f}"])
        for name, row in self.errors.items():
            cells = [
                f"{100 * row[s]:.1f}" if s in row else "" for s in severities
            ]
            mean = metrics.corruption_error(row)
            rows.append([name, *cells, f"{100 * mean:.1f}"])
        for title, value in self.summaries():
            rows.append([title, *blanks, f"{100 * value:.1f}"])
        return ["corruption", *map(str, severities), "mean"], rows

    def remarks(self) -> list[str]:
        """What the summaries run over and what was left out."""
        return [f"avg and mCE over {self.coverage}."] + [
            f"Left out: {name}. {reason}"
            for name, reason in self.left_out.items()
        ]

    def summaries(self) -> list[tuple[str, float]]:
        """The means over the common corruptions, with their titles."""
        mark = "" if self.complete else ", incomplete"
        reference = self.normalizer.name if self.normalizer else ""
        named = (
            (f"avg{mark}", self.average),
            (f"mCE ({reference}){mark}", self.mce),
            (f"relative mCE ({reference}){mark}", self.relative_mce),
        )
        return [(title, value) for title, value in named if value is not None]
