"""Our AutoAttack on three backends, the original, and that of torchattacks."""

import numpy as np

from examples.common.tables import origin
from keras_ceb.robustness import Table
from results.files import load

TOOLS = {
    "keras_ceb_tensorflow": "ours, TensorFlow",
    "keras_ceb_jax": "ours, JAX",
    "keras_ceb_torch": "ours, PyTorch",
    "original": "the original",
    "torchattacks": "torchattacks",
}


NORMS = {"linf": "L-infinity", "l2": "L2"}


def table():
    record = load("autoattack_parity")
    figures = dict(record["figures"])
    clean = figures.pop("clean")
    rows, differ = [], []
    for case in figures.values():
        tools = case["tools"]
        rows.append(
            [
                f"{case['model']}, {NORMS[case['norm']]} {case['eps']:g}",
                f"{clean[case['model']]:.3f}",
                *(
                    f"{tools[name]['robust_accuracy']:.3f} "
                    f"({tools[name]['cpu_seconds']:.0f} s)"
                    for name in TOOLS
                ),
                f"{case['original_over_ours']['keras_ceb_tensorflow']:.2f}",
            ]
        )
        for one in case["disagreements"]:
            differ.append(
                [
                    f"{case['model']}, {NORMS[case['norm']]}",
                    str(one["image"]),
                    *(
                        f"{'withstands' if name in one['withstands'] else ''}"
                        f" {one['misled_by_other_seeds'][name]}/3"
                        for name in TOOLS
                    ),
                ]
            )
    header = ["model and radius", "clean", *TOOLS.values()]
    shown = Table([*header, "original / ours"], rows).to_markdown()
    note = (
        "Robust accuracy on the same "
        f"{record['settings']['images']} images and, in brackets, seconds of "
        "one processor; the last column divides those of the original by those "
        "of ours on TensorFlow. "
    )
    parts = [shown, note + " ".join(map(origin, record["provenance"]))]
    if differ:
        header = ["model", "image", *TOOLS.values()]
        parts.append(
            "The images on which they differ: which tools they withstand, and "
            "how many of three other seeds of each mislead the model on that "
            "image alone."
        )
        parts.append(Table(header, differ).to_markdown())
        parts.append(_explained(figures.values()))
    return "\n\n".join(parts)


def _explained(cases):
    """How far chance, that is the seed, explains the disagreements."""
    differ = [one for case in cases for one in case["disagreements"]]
    sentences = []
    for name, shown in TOOLS.items():
        withstood = [one for one in differ if name in one["withstands"]]
        seeds = [one["misled_by_other_seeds"][name] for one in withstood]
        if seeds:
            sentences.append(
                f"{shown}, {len(seeds)}, of which {np.count_nonzero(seeds)} "
                "give way to another seed"
            )
    return (
        "How far the seed alone explains it: of these images, as many "
        f"withstand {'; '.join(sentences)}."
    )
