"""What the user passed, checked once and brought into one form."""

import math
from typing import Any

import numpy as np
from keras import ops

from keras_ceb.validation import any_number


def check_bounds(bounds: Any) -> tuple[float, float]:
    """The range of the inputs as two floats, the lower one first."""
    try:
        lower, upper = (float(bound) for bound in bounds)
    except (TypeError, ValueError) as error:
        raise ValueError(
            "`bounds` must be a pair of numbers (lower, upper). "
            f"Received: bounds={bounds!r}"
        ) from error
    if not (np.isfinite(lower) and np.isfinite(upper) and lower < upper):
        raise ValueError(
            "`bounds` must be two finite numbers, the lower one first. "
            f"Received: bounds={bounds!r}"
        )
    return lower, upper


def check_eps(eps: Any, norm: str, bounds: tuple[float, float]) -> float:
    """A radius that is not negative and, for L-infinity, fits the range."""
    eps = any_number(eps, "eps")
    if not (np.isfinite(eps) and eps >= 0):
        raise ValueError(
            "`eps` must be finite and not negative, in the units of the "
            f"input. Received: eps={eps}"
        )
    width = bounds[1] - bounds[0]
    if norm == "linf" and eps > width:
        raise ValueError(
            "`eps` must not be larger than the range of the input, "
            f"{width:g} for `bounds={bounds}`; both are in the units of the "
            f"input (8/255 for images in 0..1). Received: eps={eps:g}"
        )
    return eps


def check_l2_radius(
    eps: float, bounds: tuple[float, float], shape: tuple[int, ...]
) -> None:
    """Raises an error where no two inputs are as far apart as `eps`."""
    diagonal = (bounds[1] - bounds[0]) * math.sqrt(math.prod(shape))
    if eps > diagonal:
        raise ValueError(
            "`eps` must not be larger than the L2 distance of the two inputs "
            f"that are farthest apart, {diagonal:g} for inputs of shape "
            f"{tuple(shape)} within {bounds}. Received: eps={eps:g}"
        )


def check_images(x: Any, bounds: tuple[float, float]) -> np.ndarray:
    """A batch of images as a float32 array within `bounds`."""
    array = np.asarray(ops.convert_to_numpy(x) if ops.is_tensor(x) else x)
    if array.ndim < 2 or array.shape[0] == 0:
        raise ValueError(
            "`x` must be a batch of at least one input, of shape "
            f"(batch, ...). Received: x.shape={array.shape}"
        )
    array = np.ascontiguousarray(array, dtype="float32")
    low, high = float(array.min()), float(array.max())
    if np.isnan(low) or np.isnan(high):
        bad = np.isnan(array).reshape(len(array), -1).any(axis=1)
        raise ValueError(
            "`x` must not contain NaN. Received: NaN in images "
            f"{_some(np.flatnonzero(bad))}"
        )
    # A rounding error of preprocessing is no other range.
    slack = 1e-5 * (bounds[1] - bounds[0])
    if low < bounds[0] - slack or high > bounds[1] + slack:
        raise ValueError(
            f"`x` must lie within `bounds={bounds}`; pass the range of your "
            "inputs, for example `bounds=(0, 255)`. Received: values from "
            f"{low:g} to {high:g}"
        )
    return np.clip(array, *bounds)


def check_labels(y: Any, batch: int, num_classes: int) -> np.ndarray:
    """Labels as `[batch]` int32, from integers, `[n, 1]` or one-hot rows."""
    if y is None:
        raise ValueError(
            "`y` must hold the labels of the images. Received: y=None"
        )
    array = np.asarray(ops.convert_to_numpy(y) if ops.is_tensor(y) else y)
    if array.ndim == 2 and array.shape[1] == num_classes:
        one_hot = np.isin(array, (0, 1)).all() and (array.sum(1) == 1).all()
        if not one_hot:
            raise ValueError(
                "`y` of shape (batch, num_classes) must be one-hot: an "
                "attack needs one true class an image. Received: "
                f"y[0]={array[0]}"
            )
        array = array.argmax(axis=1)
    elif array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (batch,):
        raise ValueError(
            f"`y` must have shape ({batch},), ({batch}, 1) or "
            f"({batch}, {num_classes}), one label an image. "
            f"Received: y.shape={array.shape}"
        )
    if array.dtype.kind not in "iub" and not np.all(array == np.rint(array)):
        raise ValueError(
            "`y` must hold integer classes or one-hot rows. "
            f"Received: y.dtype={array.dtype}, y[:3]={array[:3]}"
        )
    if array.min() < 0 or array.max() >= num_classes:
        raise ValueError(
            f"`y` must lie in 0..{num_classes - 1}, the classes that the "
            f"model can produce. Received: labels from {array.min()} to "
            f"{array.max()}"
        )
    return array.astype("int32")


def looks_like_probabilities(outputs: np.ndarray) -> bool:
    """Whether rows lie in [0, 1] and sum to one, as softmax outputs do."""
    return bool(
        outputs.min() >= 0
        and outputs.max() <= 1
        and np.allclose(outputs.sum(axis=1), 1, atol=1e-4)
    )


def check_logits(logits: np.ndarray, index: np.ndarray) -> None:
    """Raises an error that names the images whose logits are NaN."""
    bad = np.isnan(logits).reshape(len(logits), -1).any(axis=1)
    if bad.any():
        raise ValueError(
            "`model` must return finite logits. Received: NaN logits for "
            f"images {_some(index[bad])}"
        )


def _some(numbers: Any, limit: int = 10) -> str:
    text = ", ".join(str(int(n)) for n in numbers[:limit])
    more = len(numbers) - limit
    return f"[{text}]" if more <= 0 else f"[{text}, and {more} more]"
