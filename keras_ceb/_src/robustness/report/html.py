"""Reports as one self-contained HTML page, from `templates/`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any

from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness.audit.audit_report import AuditReport
from keras_ceb._src.robustness.corruptions.benchmark.corruption_report import (
    CorruptionReport,
)
from keras_ceb._src.robustness.report import plotting
from keras_ceb._src.robustness.report.rows import attack_table
from keras_ceb._src.robustness.report.rows import clean_table
from keras_ceb._src.robustness.report.rows import names_of
from keras_ceb._src.robustness.report.templating import render
from keras_ceb._src.tables import Table

if TYPE_CHECKING:
    from keras_ceb._src.robustness.report.report import RobustnessReport


def page(
    reports: Sequence["RobustnessReport"],
    comparison: Table | None = None,
    summary: str = "",
) -> str:
    """An HTML page on one or more reports.

    Args:
        reports: `RobustnessReport`s.
        comparison: Table to show before the reports.
        summary: What to say first: lines, of which those of a list begin with
            a hyphen.

    Returns:
        The page, with its style and pictures inside.

    Raises:
        ImportError: If Jinja2 or Matplotlib is not installed.
    """
    # Fails before figures are drawn, which takes longer.
    optional_module("jinja2", "A report in HTML")
    curves = None
    if any(r.curves.get(norm) for r in reports for norm in r.curves):
        curves = plotting.to_png(plotting.plot_curves(reports))
    return render(
        "page.html.j2",
        names=", ".join(report.name for report in reports),
        curves=curves,
        comparison=comparison,
        summary=summary.splitlines(),
        reports=[_parts(report) for report in reports],
    )


def _parts(report: "RobustnessReport") -> dict[str, Any]:
    """The values of the template of a report."""
    results = [*report.attacks, *sum(report.curves.values(), [])]
    examples = []
    # The attacks come first among the results, and so do their names.
    for name, result in zip(names_of(results), report.attacks, strict=False):
        figure = plotting.plot_examples(result, tuple(result.attack["bounds"]))
        if figure is not None:
            source = plotting.to_png(figure)
            examples.append({"attack": name, "figure": source})
    corruptions = report.corruptions
    if isinstance(corruptions, CorruptionReport):
        corruptions = corruptions.to_html()
    elif corruptions is not None:
        corruptions = render("text.html.j2", text=corruptions)
    return {
        "name": report.name,
        "clean": clean_table(report.clean),
        "attacks": attack_table(results),
        "examples": examples,
        "audit": None if report.audit is None else _audit_table(report.audit),
        "corruptions": corruptions,
        "scores": [
            {
                "title": title,
                "table": part.table(),
                "figure": plotting.to_png(part.plot()),
            }
            for title, part in report.score_sections()
        ],
        "notes": report.notes,
    }


def _audit_table(audit: AuditReport) -> Table:
    """The checks with their reasons; those that failed in bold."""
    rows = []
    for check in audit.checks:
        verdict = "flag" if check.flagged else "ok"
        figures = "; ".join(
            f"{k}: {_plain(v)}" for k, v in check.figures.items()
        )
        reason = check.explanation, check.source
        rows.append((check.name, verdict, figures, *reason))
    failed = [
        (row, 1) for row, check in enumerate(audit.checks) if check.flagged
    ]
    return Table(["check", "verdict", "figures", "why", "source"], rows, failed)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{k}: {_plain(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
