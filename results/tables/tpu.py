"""What the TPU compiler says of our programs."""

import re

from examples.common import results as result_files
from examples.common.results import run_of
from examples.common.tables import origin
from keras_ceb.robustness import Table
from results.files import ROOT


def tpu_aot():
    records = [
        result_files.read(file)
        for file in sorted((ROOT / "results" / "tpu_aot").glob("*.json"))
    ]
    places = {}
    for record in records:
        settings, figures = record["settings"], record["figures"]
        place = settings["experiment"], settings["program"]
        places[(*place, figures["topology"])] = figures["per_chip"]
    rows = []
    for record, place in zip(records, places, strict=True):
        figures, cost = record["figures"], places[place]
        name, program, slice_ = place
        network = re.split("_xent|_ceb|_cceb", name)[0]
        base = places.get((f"{network}_xent", program, slice_))
        rows.append(
            [
                name,
                program,
                slice_,
                f"{record['settings']['batch_size'] // figures['chips']}",
                f"{cost['flops'] / 1e12:.3f}",
                f"{cost['bytes'] / 1e9:.1f}",
                f"{sum(cost['memory'].values()) / 2**30:.2f}",
                *(
                    f"{cost[unit] / base[unit]:.4f}" if base else ""
                    for unit in ("flops", "bytes")
                ),
                "; ".join(
                    f"{gib:.2f} GiB on {smaller}"
                    for smaller, gib in figures["missing_gib"].items()
                ),
            ]
        )
    header = [
        "model",
        "program",
        "slice",
        "images per chip",
        "TFLOP",
        "GB moved",
    ]
    header += ["GiB of memory", "TFLOP against xent", "GB against xent"]
    header += ["missing on smaller slices"]
    newest = max(map(run_of, records), key=lambda run: run["date"])
    libtpu = newest["versions"]["libtpu"]
    notes = [
        "Each for one call of the program on one chip; of an attack, its "
        "start, one step and its end, as the compiler counts the body of a "
        "loop once. The files hold the command, commit and time of each row. "
        "The last of them: "
        f"{origin(newest)[:-1]}, libtpu {libtpu}."
    ]
    return "\n\n".join([Table(header, rows).to_markdown(), *notes])
