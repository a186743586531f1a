"""Reports as one self-contained HTML page, from `templates/`."""

import base64
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any

from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness.corruptions.benchmark.corruption_report import (
    CorruptionReport,
)
from keras_ceb._src.robustness.report import facts
from keras_ceb._src.robustness.report import sections
from keras_ceb._src.robustness.report.curves import radius_charts
from keras_ceb._src.robustness.report.pictures import cards
from keras_ceb._src.robustness.report.rows import names_of
from keras_ceb._src.robustness.report.shares import results_of
from keras_ceb._src.robustness.report.templating import render
from keras_ceb._src.robustness.report.templating import text_of
from keras_ceb._src.robustness.report.verdict import verdict

if TYPE_CHECKING:
    from keras_ceb._src.robustness.report.report import RobustnessReport

# Fooled images of a page, shared by its reports.
_MOST_CARDS = 6


def page(
    reports: Sequence["RobustnessReport"],
    comparison: dict[str, Any] | None = None,
) -> str:
    """An HTML page on one or more reports.

    Args:
        reports: `RobustnessReport`s.
        comparison: What `comparison_view.view` returns, to show before the
            reports.

    Returns:
        The page, with its style, script and pictures inside.

    Raises:
        ImportError: If Jinja2 is not installed.
    """
    # Fails before pictures are made, which takes longer.
    optional_module("jinja2", "A report in HTML")
    sources: list[str] = []
    most = max(1, _MOST_CARDS // len(reports))
    script = text_of("script.html.j2")
    digest = hashlib.sha256(script.encode()).digest()
    names = [report.name for report in reports]
    title = f"Robustness of {', '.join(names)}"
    if comparison is not None:
        title = " compared with ".join(names)
    return render(
        "page.html.j2",
        title=title,
        script=script,
        # No other script runs, whatever a name in the report holds.
        script_hash=f"sha256-{base64.b64encode(digest).decode('ascii')}",
        comparison=comparison,
        reports=[_parts(report, sources, most) for report in reports],
        sources=sources,
    )


def _parts(
    report: "RobustnessReport", sources: list[str], most: int
) -> dict[str, Any]:
    """The values of the template of a report."""
    examples = []
    results = results_of(report)
    names = names_of([*report.attacks, *results])
    for name, result in zip(names, report.attacks, strict=False):
        shown = cards(result, report.class_names, most)
        if shown:
            examples.append({"attack": name, "cards": shown})
    corruptions, heat = report.corruptions, None
    if isinstance(corruptions, CorruptionReport):
        heat = sections.heat_map(corruptions)
    scores: list[dict[str, Any]] = [
        {"title": title, "table": part.table(), "chart": None}
        for title, part in report.score_sections()
    ]
    if report.selective is not None:
        scores[0]["chart"] = sections.coverage_chart(report.selective.curves)
    audit = report.audit
    return {
        "name": report.name,
        "line": facts.line(report),
        "verdict": verdict(report),
        "tiles": sections.tiles(report),
        "charts": radius_charts([report]),
        "attacks": sections.attack_rows(report),
        "certified": facts.certified(report),
        "examples": examples,
        "classes": sections.class_rows(report),
        "calibration": sections.calibration(report.clean),
        "heat": heat,
        "corruptions": corruptions,
        "audit": None if audit is None else sections.audit(audit, sources),
        "scores": scores,
        "notes": report.notes,
        "facts": facts.facts(report),
        "settings": sections.settings(results),
    }
