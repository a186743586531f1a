"""Draws the picture at the top of the README from the result files.

What each way of training keeps of CIFAR-10, clean and under AutoAttack.
`python -m results.render` writes it.
"""

import numpy as np

from examples.cifar10.gpu import tables as gpu_tables
from results.files import ROOT

FILE = ROOT / "results/overview.svg"
NETWORK = "preact"
# What to call each, and whether it is trained on attacks, and its head.
ROWS = (
    ("Cross-entropy", False, "baseline"),
    ("CEB", False, "ceb_4"),
    ("Trained on attacks", True, "baseline"),
    ("Trained on attacks, with CEB", True, "ceb_4"),
)
ATTACK = "autoattack 8/255"
# Pixels.
LEFT, WIDTH, TOP, PITCH, BAR = 250, 420, 84, 58, 20

STYLE = """
  text { font: 15px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 17px; font-weight: 600; }
  .clean { fill: #b6c2cf; } .attacked { fill: #0b62c4; }
  .paper { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .clean { fill: #57606a; }
    .attacked { fill: #58a6ff; } .paper { fill: #0d1117; }
  }
"""


def rows(study):
    """What to draw: `[(words, clean accuracy, accuracy under attack)]`.

    Args:
        study: The models of the GPU study.
    """
    found = []
    for words, fast, head in ROWS:
        results = study[NETWORK, fast, head]
        values = [
            float(np.mean([gpu_tables.accuracy(r, name) for r in results]))
            for name in ("clean", ATTACK)
        ]
        found.append((words, *values))
    return found


def svg(found):
    """The picture as text.

    Args:
        found: What `rows` returned.
    """
    height = TOP + PITCH * len(found)
    width = LEFT + WIDTH + 70
    alt = "; ".join(
        f"{words}: {100 * clean:.0f} % clean, {100 * attacked:.0f} % attacked"
        for words, clean, attacked in found
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<title>{alt}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        '<text class="title" x="16" y="28">CIFAR-10 images that are classified '
        "correctly</text>",
        *_key(16, "clean", "without an attack"),
        *_key(190, "attacked", "under AutoAttack, 8/255"),
    ]
    for number, (words, *values) in enumerate(found):
        y = TOP + PITCH * number
        parts.append(
            f'<text x="{LEFT - 12}" y="{y + BAR + 5}" text-anchor="end">'
            f"{words}</text>"
        )
        for line, (kind, value) in enumerate(
            zip(("clean", "attacked"), values, strict=True)
        ):
            top, length = y + line * (BAR + 2), max(WIDTH * value, 1)
            parts.append(
                f'<rect class="{kind}" x="{LEFT}" y="{top}" '
                f'width="{length:.1f}" height="{BAR}"/>'
                f'<text x="{LEFT + length + 8:.1f}" y="{top + 15}">'
                f"{100 * value:.0f} %</text>"
            )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _key(x, kind, words):
    return [
        f'<rect class="{kind}" x="{x}" y="46" width="14" height="14"/>',
        f'<text x="{x + 22}" y="58">{words}</text>',
    ]


def current():
    """The picture as the result files say."""
    return svg(rows(gpu_tables.load(ROOT / "results/cifar10_gpu")))
