"""Reports as one self-contained HTML page."""

import html
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from keras_ceb._src.robustness.report import plotting
from keras_ceb._src.robustness.report.report import names_of

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem;
       margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #ddd;
         text-align: left; vertical-align: top; }
img { max-width: 100%; }
.flag { color: #b00020; font-weight: 600; }
.ok { color: #1b6e3c; }
.small { color: #555; font-size: 13px; }
"""


def page(reports: Sequence[Any], comparison: str = "") -> str:
    """An HTML page on one or more reports.

    Args:
        reports: `RobustnessReport`s.
        comparison: HTML to put in front of the reports.

    Returns:
        The page, with its style and pictures inside.
    """
    names = ", ".join(html.escape(r.name) for r in reports)
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        f"<title>Robustness of {names}</title><style>{_STYLE}</style>",
        f"</head><body><h1>Robustness of {names}</h1>",
    ]
    if any(r.curves.get(norm) for r in reports for norm in r.curves):
        figure = plotting.to_png(plotting.plot_curves(reports))
        parts.append(
            f"<img alt='Accuracy against eps under PGD-20' src='{figure}'>"
        )
    parts.append(comparison)
    parts += [_section(report) for report in reports]
    parts.append("</body></html>")
    return "\n".join(parts)


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """An HTML table; cells are escaped unless they begin with a tag."""
    head = "".join(f"<th>{_cell(h)}</th>" for h in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(c)}</td>" for c in row) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(value: Any) -> str:
    text = f"{value:.4f}" if isinstance(value, float) else str(value)
    return text if text.startswith("<span") else html.escape(text)


def _section(report: Any) -> str:
    clean = report.clean
    rows = [
        ("images", clean["num_images"]),
        ("accuracy", clean["accuracy"]),
        ("negative log-likelihood, nats", clean["nll"]),
        ("Brier score", clean["brier"]),
        ("expected calibration error", clean["ece"]),
    ]
    for answers, nats in (clean["residual_information"] or {}).items():
        rows.append((f"residual information, {answers} answers, nats", nats))
    parts = [f"<h2>{html.escape(report.name)}</h2>", table(("", ""), rows)]
    results = [*report.attacks, *sum(report.curves.values(), [])]
    attack_names = names_of(results)
    parts.append(
        table(
            ("attack", "norm", "eps", "accuracy", "interval"),
            [
                (
                    name,
                    r.attack["norm"],
                    f"{r.attack['eps']:.4g}",
                    r.accuracy,
                    f"{r.interval[0]:.4f} to {r.interval[1]:.4f}",
                )
                for name, r in zip(attack_names, results, strict=True)
            ],
        )
    )
    for name, result in zip(attack_names, report.attacks, strict=False):
        figure = plotting.plot_examples(result, tuple(result.attack["bounds"]))
        if figure is not None:
            parts.append(f"<h3>Fooled by {html.escape(name)}</h3>")
            source = plotting.to_png(figure)
            parts.append(f"<img alt='Fooled images' src='{source}'>")
    if report.audit is not None:
        parts.append(_audit(report.audit))
    if report.corruptions is not None:
        parts.append(_corruptions(report.corruptions))
    parts += [f"<p>{html.escape(note)}</p>" for note in report.notes]
    return "\n".join(parts)


def _audit(audit: Any) -> str:
    rows = []
    for check in audit.checks:
        verdict = (
            "<span class='flag'>flag</span>"
            if check.flagged
            else "<span class='ok'>ok</span>"
        )
        figures = "; ".join(
            f"{k}: {_plain(v)}" for k, v in check.figures.items()
        )
        rows.append(
            (check.name, verdict, figures, check.explanation, check.source)
        )
    header = ("check", "verdict", "figures", "why", "source")
    return "<h3>Audit</h3>" + table(header, rows)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{k}: {_plain(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _corruptions(corruptions: Any) -> str:
    if hasattr(corruptions, "to_html"):
        return "<h3>Corruptions</h3>" + corruptions.to_html()
    text = (
        corruptions.to_markdown()
        if hasattr(corruptions, "to_markdown")
        else str(corruptions)
    )
    return f"<h3>Corruptions</h3><pre>{html.escape(text)}</pre>"
