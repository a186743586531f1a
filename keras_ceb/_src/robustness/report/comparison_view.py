"""What the page of a comparison shows before its reports."""

from typing import Any

from keras_ceb._src.robustness.radii import ball_text
from keras_ceb._src.robustness.report.curves import radius_charts
from keras_ceb._src.robustness.report.rows import names_of
from keras_ceb._src.robustness.report.rows import settings_of
from keras_ceb._src.robustness.report.shares import Share
from keras_ceb._src.robustness.report.shares import clean_share
from keras_ceb._src.robustness.report.shares import results_of
from keras_ceb._src.robustness.report.shares import share_of
from keras_ceb._src.robustness.report.verdict import Statement


def view(comparison: Any) -> dict[str, Any]:
    """The values of the template of a comparison.

    Args:
        comparison: `Comparison`.
    """
    reports, pairs = comparison.reports, comparison.pairs()
    rows = _rows(reports)
    for row in rows:
        row["better"] = [
            {
                "winner": pair.winner,
                "text": f"{100 * pair.difference:+.1f} points for "
                f"{pair.second}, p = {pair.adjusted:.2g}",
            }
            for pair in pairs
            if pair.attack == row["label"]
        ]
    return {
        "names": [report.name for report in reports],
        "verdict": _verdict(comparison, pairs),
        "charts": radius_charts(reports),
        "rows": rows,
        "paired": bool(pairs),
        "method": comparison.method(),
        "pairs": comparison.pair_table() if pairs else None,
    }


def _verdict(comparison: Any, pairs: list[Any]) -> list[Statement]:
    """Which model wins where, most important first."""
    if not pairs:
        return [Statement(comparison.method(), "bad")]
    won: dict[str, list[Any]] = {}
    for pair in pairs:
        if pair.winner is not None:
            won.setdefault(pair.winner, []).append(pair)
    lines = [
        Statement(
            f"{name} is better in {len(mine)} of {len(pairs)} comparisons: "
            + "; ".join(
                f"{pair.attack} (by {100 * abs(pair.difference):.1f} points, "
                f"p = {pair.adjusted:.2g})"
                for pair in mine
            )
            + ".",
            "good",
        )
        for name, mine in sorted(won.items(), key=lambda item: -len(item[1]))
    ]
    open_ = [pair.attack for pair in pairs if pair.winner is None]
    if open_:
        where = "; ".join(dict.fromkeys(open_))
        lines.append(Statement(f"No difference is shown: {where}."))
    return lines


def _rows(reports: list[Any]) -> list[dict[str, Any]]:
    """Each attack of the first report, with the accuracy of every model."""
    found = [
        {settings_of(r): share_of(r.robust) for r in results_of(report)}
        for report in reports
    ]
    rows = [_row("no attack", [clean_share(report) for report in reports])]
    first = results_of(reports[0])
    for label, result in zip(labels_of(first), first, strict=True):
        key = settings_of(result)
        rows.append(_row(label, [shares.get(key) for shares in found]))
    return rows


def _row(label: str, shares: list[Share | None]) -> dict[str, Any]:
    return {
        "label": label,
        "shares": [
            share and {"value": str(share), "range": share.range}
            for share in shares
        ],
    }


def labels_of(results: list[Any]) -> list[str]:
    """A unique label for each result: `"PGD-20, L-infinity 8/255"`."""
    return [
        f"{name}, {ball_text(result.attack)}"
        for name, result in zip(names_of(results), results, strict=True)
    ]
