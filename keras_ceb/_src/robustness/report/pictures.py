"""Fooled images as small pictures."""

from typing import Any

import numpy as np

from keras_ceb._src.robustness.report import png
from keras_ceb._src.robustness.report.shares import percent
from keras_ceb._src.robustness.result import Example
from keras_ceb._src.robustness.result import RobustAccuracy

# Pictures are reduced to this size, so that a page stays small.
_MOST_PIXELS = 112


def cards(
    result: RobustAccuracy, class_names: list[str] | None, most: int
) -> list[dict[str, Any]]:
    """The fooled images of an attack, as the template shows them.

    Args:
        result: Its `examples` that are no images are left out.
        class_names: Names of the classes by their labels, or `None`.
        most: How many to show.
    """
    bounds = result.attack["bounds"]
    shown = [e for e in result.examples if e.clean.ndim == 3][:most]
    return [_card(example, bounds, class_names) for example in shown]


def _card(
    example: Example,
    bounds: tuple[float, float],
    class_names: list[str] | None,
) -> dict[str, Any]:
    difference = example.adversarial - example.clean
    largest = max(float(np.abs(difference).max()), 1e-12)
    predicted = None
    if example.predicted is not None:
        predicted = class_name(example.predicted, class_names)
    confidence = None
    if example.confidence is not None:
        confidence = percent(example.confidence, 0)
    return {
        "title": example.file or f"image {example.index}",
        "label": class_name(example.label, class_names),
        "predicted": predicted,
        "confidence": confidence,
        "clean": png.data_url(picture(example.clean, *bounds)),
        "adversarial": png.data_url(picture(example.adversarial, *bounds)),
        "difference": png.data_url(picture(difference, -largest, largest)),
        "factor": f"{(bounds[1] - bounds[0]) / (2 * largest):.3g}",
    }


def class_name(label: int, class_names: list[str] | None) -> str:
    """The name of a class, or its number."""
    if class_names is None or not 0 <= label < len(class_names):
        return f"class {label}"
    return class_names[label]


def picture(image: np.ndarray, lower: float, upper: float) -> np.ndarray:
    """An image as `[height, width, channels]` uint8, reduced if it is large.

    Args:
        image: `[height, width, channels]`, or channels first. Other numbers of
            channels than 1 and 3 are averaged.
        lower: What is black.
        upper: What is white.
    """
    if image.shape[-1] not in (1, 3) and image.shape[0] in (1, 3):
        image = np.moveaxis(image, 0, -1)
    image = np.nan_to_num((image - lower) / (upper - lower), nan=0.5)
    if image.shape[-1] not in (1, 3):
        image = image.mean(axis=-1, keepdims=True)
    image = _reduced(np.clip(image, 0, 1).astype("float64"))
    levels: np.ndarray = np.rint(255 * image).astype("uint8")
    return levels


def _reduced(image: np.ndarray) -> np.ndarray:
    """The means of square blocks, the smallest that give the size."""
    block = -(-max(image.shape[:2]) // _MOST_PIXELS)
    # One side of a long image may be shorter than a block.
    tall, wide = (min(block, n) for n in image.shape[:2])
    height, width = image.shape[0] // tall, image.shape[1] // wide
    cut = image[: height * tall, : width * wide]
    blocks = cut.reshape(height, tall, width, wide, -1)
    reduced: np.ndarray = blocks.mean(axis=(1, 3))
    return reduced
