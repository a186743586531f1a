"""What the templates show of one report, section by section."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_ceb._src.robustness.audit.audit_report import AuditReport
from keras_ceb._src.robustness.corruptions.benchmark.corruption_report import (
    CorruptionReport,
)
from keras_ceb._src.robustness.radii import ball_text
from keras_ceb._src.robustness.radii import norm_name
from keras_ceb._src.robustness.radii import radius_text
from keras_ceb._src.robustness.report import charts
from keras_ceb._src.robustness.report.pictures import class_name
from keras_ceb._src.robustness.report.rows import names_of
from keras_ceb._src.robustness.report.shares import Share
from keras_ceb._src.robustness.report.shares import clean_share
from keras_ceb._src.robustness.report.shares import percent
from keras_ceb._src.robustness.report.shares import results_of
from keras_ceb._src.robustness.report.shares import share_of
from keras_ceb._src.robustness.report.shares import strongest
from keras_ceb._src.robustness.report.verdict import confidence_gap
from keras_ceb._src.robustness.result import RobustAccuracy

# Colors of the heat map, from 0 to 100 %.
HEAT_STEPS = 7
# A table of more classes folds, with this many of the weakest above it.
_MOST_CLASSES = 20


def tiles(report: Any) -> list[dict[str, Any]]:
    """The main figures: what is measured, its value and its interval."""
    clean = clean_share(report)
    shown = [_tile("Without an attack", clean)]
    balls = {(r.attack["norm"], ball_text(r.attack)) for r in report.attacks}
    for norm in dict.fromkeys(r.attack["norm"] for r in report.attacks):
        for radius, share in strongest(report, norm).items():
            text = f"{norm_name(norm)} {radius_text(radius, norm)}"
            if (norm, text) in balls:
                shown.append(_tile(f"Under attack, {text}", share))
    gap = confidence_gap(report.clean)
    if gap is not None:
        value = f"{100 * gap:+.1f} points"
        shown.append(
            {"name": "Confidence minus accuracy", "value": value, "note": ""}
        )
    return shown


def _tile(name: str, share: Share) -> dict[str, Any]:
    note = f"95 % interval {share.range}"
    return {"name": name, "value": str(share), "note": note}


def attack_rows(report: Any) -> list[dict[str, Any]]:
    """Every attack, and no attack, with how many images it leaves."""
    results = results_of(report)
    rows = [_accuracy_row("no attack", "", clean_share(report))]
    for name, result in zip(names_of(results), results, strict=True):
        ball = ball_text(result.attack)
        rows.append(_accuracy_row(name, ball, share_of(result.robust)))
    return rows


def _accuracy_row(name: str, ball: str, share: Share) -> dict[str, Any]:
    return {
        "name": name,
        "ball": ball,
        "accuracy": str(share),
        "share": round(100 * share.value, 1),
        "range": share.range,
        "count": f"{share.count} of {share.total}",
    }


def class_rows(report: Any) -> dict[str, Any] | None:
    """Accuracy by class without and under the first attack, weakest first."""
    results = results_of(report)
    labels = report.labels
    if labels is None or not results or len(labels) != len(results[0].clean):
        return None
    attacked = results[0]
    rows: list[dict[str, Any]] = []
    for label in np.unique(labels).tolist():
        mine = labels == label
        clean = share_of(attacked.clean[mine])
        robust = share_of(attacked.robust[mine])
        rows.append(
            {
                "name": class_name(label, report.class_names),
                "number": int(mine.sum()),
                "clean": _accuracy_row("", "", clean),
                "robust": _accuracy_row("", "", robust),
            }
        )
    rows.sort(key=lambda row: (row["robust"]["share"], row["clean"]["share"]))
    ball = ball_text(attacked.attack)
    return {
        "attack": f"{attacked.attack['name']}, {ball}",
        "weakest": rows[:_MOST_CLASSES],
        "others": rows[_MOST_CLASSES:],
    }


def calibration(clean: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of the confidence, and the reliability diagram."""
    rows = [
        ("expected calibration error", f"{100 * clean['ece']:.1f} points"),
        ("negative log-likelihood", f"{clean['nll']:.4f} nats"),
        ("Brier score", f"{clean['brier']:.4f}"),
    ]
    if clean.get("confidence") is not None:
        rows.insert(0, ("mean confidence", percent(clean["confidence"])))
        rows.insert(1, ("accuracy", percent(clean["accuracy"])))
    for answers, nats in (clean["residual_information"] or {}).items():
        text = "none" if nats is None else f"{nats:.4f} nats"
        rows.append((f"residual information, {answers} answers", text))
    bins = clean.get("calibration")
    return {"rows": rows, "chart": _reliability(bins) if bins else None}


def _reliability(bins: list[dict[str, Any]]) -> dict[str, Any]:
    marks = []
    for part in bins:
        count, x = part["count"], min(max(part["confidence"], 0.0), 1.0)
        share = Share(round(part["accuracy"] * count), count)
        tip = (
            f"{count} images with a confidence of {percent(x)} on average: "
            f"accuracy {share} (95 % interval {share.range})"
        )
        marks.append(charts.Mark(x, share.value, *share.interval, tip))
    return charts.chart(
        "Accuracy against confidence",
        [charts.Series("images by confidence", marks, 0, False)],
        "confidence",
        {k / 4: f"{25 * k} %" for k in range(5)},
        diagonal=True,
    )


def audit(report: AuditReport, notes: list[str]) -> dict[str, Any]:
    """The checks, flagged ones first; sources are added to the footnotes."""
    checks = []
    for check in sorted(report.checks, key=lambda check: not check.flagged):
        if check.source not in notes:
            notes.append(check.source)
        checks.append(
            {
                "name": check.name,
                "flagged": check.flagged,
                "explanation": check.explanation,
                "figures": [(k, plain(v)) for k, v in check.figures.items()],
                "note": notes.index(check.source) + 1,
            }
        )
    return {
        "checks": checks,
        "flags": len(report.flags),
        "num_images": report.num_images,
    }


def plain(value: Any) -> str:
    """Figures of a check as text."""
    if isinstance(value, dict):
        return "; ".join(f"{k}: {plain(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(plain(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def heat_map(report: CorruptionReport) -> dict[str, Any]:
    """Accuracy by corruption and severity, in the steps of a color scale."""
    severities = sorted({s for row in report.errors.values() for s in row})
    rows = []
    for name, row in report.errors.items():
        cells = [_heat(1 - row[s]) if s in row else None for s in severities]
        mean = _heat(1 - sum(row.values()) / len(row))
        rows.append(
            {"name": name.replace("_", " "), "cells": cells, "mean": mean}
        )
    clean = report.clean_error
    return {
        "severities": severities,
        "rows": rows,
        "clean": None if clean is None else _heat(1 - clean),
        "remarks": report.remarks(),
        "summaries": [
            (title, percent(value)) for title, value in report.summaries()
        ],
        "variant": report.variant,
        "num_images": report.num_images,
        "source": report.source,
    }


def _heat(accuracy: float) -> dict[str, Any]:
    step = min(int(accuracy * HEAT_STEPS), HEAT_STEPS - 1)
    return {"text": f"{100 * accuracy:.0f}", "step": max(step, 0)}


def coverage_chart(curves: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Accuracy among the images that are answered, by score."""
    series = []
    for color, (name, accuracy) in enumerate(curves.items()):
        number = len(accuracy)
        marks = []
        for k in charts.thinned(accuracy):
            share = float(accuracy[k])
            marks.append(charts.Mark((k + 1) / number, share, share, share, ""))
        series.append(charts.Series(name, marks, color))
    return charts.chart(
        "Accuracy against coverage",
        series,
        "coverage, the share of images that are answered",
        {k / 4: f"{25 * k} %" for k in range(5)},
    )


def settings(results: list[RobustAccuracy]) -> list[tuple[str, str]]:
    """The name and the settings of each attack, as text."""
    found = {}
    for name, result in zip(names_of(results), results, strict=True):
        rest = {k: v for k, v in result.attack.items() if k != "name"}
        found[f"{name}, {ball_text(result.attack)}"] = json.dumps(
            rest, default=str
        )[1:-1].replace('"', "")
    return list(found.items())
