"""Certified radii as plain values, and back."""

import math
from typing import Any

import numpy as np

from keras_ceb._src.robustness.certify.certified_radii import CertifiedRadii
from keras_ceb._src.robustness.report.arrays import from_plain
from keras_ceb._src.robustness.report.arrays import to_plain

_ARRAYS = {"predicted": "int32", "labels": "int32", "radii": "float64"}


def certified_to_plain(found: CertifiedRadii) -> dict[str, Any]:
    """`CertifiedRadii` as plain values, with its figures."""
    arrays = {name: to_plain(getattr(found, name)) for name in _ARRAYS}
    counts = None if found.counts is None else to_plain(found.counts)
    return {
        "certificate": found.certificate,
        "num_images": len(found.radii),
        "accuracy": found.figures(),
        "abstained": found.abstained,
        "seconds": found.seconds,
        "confidence": found.confidence,
        **arrays,
        "counts": counts,
    }


def certified_from_plain(content: dict[str, Any]) -> CertifiedRadii:
    """The `CertifiedRadii` of `certified_to_plain`.

    Raises:
        ValueError: If the values are not those of one.
    """
    settings = dict(content["certificate"])
    lower, upper = map(float, settings["bounds"])
    settings["bounds"] = (lower, upper)
    for name, values in (
        ("name", None),
        ("space", ("input", "encoding")),
        ("predictor", ("model", "smoothed model")),
    ):
        value = settings[name]
        if not isinstance(value, str) or (values and value not in values):
            raise ValueError(f"a certificate with {name} {value!r:.50}")
    number = content["num_images"]
    arrays = {
        name: _rows(content[name], dtype, number)
        for name, dtype in _ARRAYS.items()
    }
    counts = content["counts"]
    if counts is not None:
        counts = _rows(counts, "int32", number)
    radii = tuple(float(row["radius"]) for row in content["accuracy"])
    found = CertifiedRadii(
        settings,
        **arrays,
        counts=counts,
        seconds=float(content["seconds"]),
        confidence=float(content["confidence"]),
        table_radii=radii,
    )
    if not all(math.isfinite(r) and r >= 0 for r in (*radii, found.seconds)):
        raise ValueError("a radius or a time that is negative or not finite")
    if not 0 < found.confidence < 1:
        raise ValueError(f"a confidence of {found.confidence}")
    if content["accuracy"] != found.figures():
        raise ValueError("certified accuracies that the radii do not have")
    if content["abstained"] != found.abstained:
        raise ValueError(f"a share {content['abstained']!r:.50} that abstains")
    return found


def _rows(content: Any, dtype: str, number: Any) -> np.ndarray:
    """An array with one valid value per image."""
    array = from_plain(content)
    least = -1 if dtype == "int32" else 0
    if array.dtype != dtype or array.shape != (number,) or number < 1:
        raise ValueError(f"{array.shape} values for {number!r:.50} images")
    # This is false for NaN; radii may be infinite.
    if not (array >= least).all():
        raise ValueError("certified values out of range")
    return array
