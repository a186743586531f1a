"""What was measured, when and with what, as a reader sees it."""

from typing import Any

from keras_ceb._src.robustness.report.sections import plain
from keras_ceb._src.robustness.report.shares import percent
from keras_ceb._src.robustness.report.shares import results_of


def line(report: Any) -> str:
    """Date, images, classes and data in one line."""
    run, clean = report.run, report.clean
    parts = [f"{clean['num_images']} images"]
    if clean.get("num_classes") is not None:
        parts.append(f"{clean['num_classes']} classes")
    if run.get("num_parameters") is not None:
        parts.append(f"{run['num_parameters']:,} parameters")
    if run.get("data"):
        parts.append(f"data: {run['data']}")
    if run.get("date"):
        parts.insert(0, run["date"][:10])
    return " · ".join(parts)


def facts(report: Any) -> list[tuple[str, str]]:
    """Everything that the report holds on the evaluation itself."""
    run, clean = report.run, report.clean
    found: list[tuple[str, Any]] = [
        ("date", run.get("date")),
        ("command", run.get("command")),
        ("data", run.get("data")),
        ("images", clean["num_images"]),
        ("classes", clean.get("num_classes")),
        ("parameters of the model", run.get("num_parameters")),
        ("machine", run.get("machine")),
        ("versions", _versions(run.get("versions") or {})),
        ("times", _times(run.get("seconds") or {})),
        ("seeds", _seeds(report)),
        ("images, SHA-256", clean["fingerprint"]),
    ]
    return [(name, str(value)) for name, value in found if value is not None]


def _versions(versions: dict[str, str]) -> str | None:
    text = ", ".join(f"{name} {v}" for name, v in versions.items())
    return text or None


def _times(seconds: dict[str, float]) -> str | None:
    """The parts that took any time, in seconds."""
    shown = [f"{name} {s:.1f} s" for name, s in seconds.items() if s >= 0.05]
    return ", ".join(shown) or None


def _seeds(report: Any) -> str | None:
    seeds = {r.attack.get("seed") for r in results_of(report)} - {None}
    return ", ".join(sorted(map(str, seeds))) or None


def certified(report: Any) -> list[dict[str, Any]]:
    """The certificates of a report, each with its accuracy by radius."""
    shown = []
    for name, found in report.certificates.items():
        rows = [
            (
                f"at an L2 radius of {radius:.4g}",
                f"{percent(found.accuracy(radius))} "
                f"({found.confidence:.0%} interval "
                f"{' to '.join(map(percent, found.interval(radius)))})",
            )
            for radius in found.table_radii
        ]
        for key in ("space", "predictor"):
            if key in found.certificate:
                rows.append((key, plain(found.certificate[key])))
        rows.append(("images without a certificate", percent(found.abstained)))
        shown.append({"name": name, "rows": rows})
    return shown
