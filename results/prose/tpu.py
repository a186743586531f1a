"""The programs that are compiled for TPUs."""

import functools

from examples.common import results as result_files
from results.files import RESULTS
from results.prose.words import share


@functools.cache
def programs():
    """The programs compiled for a TPU by experiment and program."""
    results = [
        result_files.read(file)
        for file in sorted((RESULTS / "tpu_aot").glob("*.json"))
    ]
    return {
        (r["settings"]["experiment"], r["settings"]["program"]): r
        for r in results
    }


def more(unit):
    """How much more of a unit training takes than with cross-entropy."""
    found = []
    for (name, program), result in programs().items():
        if program.startswith("train"):
            baseline = f"{name.partition('_')[0]}_xent", program
            base = programs()[baseline]["figures"]["per_chip"]
            cost = result["figures"]["per_chip"]
            found.append(cost[unit] / base[unit] - 1)
    return max(found)


def fit(network, what):
    """Chips of the slice that CEB trains on, or of the largest too small."""
    figures = programs()[f"{network}_ceb_3", "train"]["figures"]
    if what == "chips":
        return str(figures["chips"])
    slice_, missing = list(figures["missing_gib"].items())[-1]
    if what == "missing":
        return f"{missing:.1f} GiB"
    sides = slice_.partition(":")[2].split("x")
    return str(int(sides[0]) * int(sides[1]))


FIGURES = {
    "tpu.batch_size": lambda: str(
        programs()["resnet50_ceb_3", "train"]["settings"]["batch_size"]
    ),
    "tpu.more_operations": lambda: share(more("flops"), 3),
    "tpu.more_bytes": lambda: share(more("bytes"), 1),
    **{
        f"tpu.{network}.{what}": functools.partial(fit, network, what)
        for network in ("resnet50", "resnet152x2")
        for what in ("chips", "too_few", "missing")
    },
}
