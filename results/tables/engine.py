"""What attacks find beside those of other packages."""

from examples.common.results import run_of
from examples.common.tables import origin
from keras_ceb.robustness import Table
from results.files import load


def minimal_distance():
    record = load("minimal_distance")
    settings = record["settings"]
    rows = []
    for row in record["figures"]["runs"]:
        cells = [row["model"], f"{row['attack']}, {row['norm']}"]
        for name in ("keras_ceb", "adv_lib", "foolbox"):
            tool = row["tools"][name]
            middle = tool["median"]
            shown = "none" if middle is None else f"{middle:.3g}"
            cells.append(f"{shown} ({100 * tool['found']:.0f} %)")
        rows.append(cells)
    header = ["model", "attack", "keras_ceb", "adv-lib", "Foolbox"]
    note = (
        "Median distance to the closest misclassified point and, in brackets, "
        "the share of images for which one was found; a median is none if "
        "that is less than half. Of the "
        f"{settings['images']} images, those that the model gets right; "
        f"{settings['steps']} steps. "
    )
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"
