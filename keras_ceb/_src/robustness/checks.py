"""Checks of arguments and arrays, which return them in a standard form."""

import math
from typing import Any

import numpy as np
from keras import ops

from keras_ceb._src.validation import any_number

# By how much inputs may leave their range, as a share of it: the rounding
# errors of preprocessing.
_SLACK = 1e-5


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


def check_radius(eps: Any) -> float:
    """A radius that is finite and not negative."""
    radius = any_number(eps, "eps")
    if not (math.isfinite(radius) and radius >= 0):
        raise ValueError(
            "`eps` must be finite and not negative, in the units of the "
            f"input. Received: eps={radius}"
        )
    return radius


def check_eps(eps: Any, norm: str, bounds: tuple[float, float]) -> float:
    """A radius that is not negative and, for L-infinity, fits the range."""
    radius = check_radius(eps)
    width = bounds[1] - bounds[0]
    if norm == "linf" and radius > width:
        raise ValueError(
            "`eps` must not be larger than the range of the input, "
            f"{width:g} for `bounds={bounds}`; both are in the units of the "
            "input (such as 8/255 for images in 0..1). Received: "
            f"eps={radius:g}"
        )
    return radius


def check_l2_radius(
    eps: float, bounds: tuple[float, float], shape: tuple[int, ...]
) -> None:
    """Raises an error if no two inputs are as far apart as `eps`."""
    diagonal = (bounds[1] - bounds[0]) * math.sqrt(math.prod(shape))
    if eps > diagonal:
        raise ValueError(
            "`eps` must not be larger than the largest L2 distance between two "
            f"inputs, {diagonal:g} for inputs of shape "
            f"{tuple(shape)} within {bounds}. Received: eps={eps:g}"
        )


def as_array(value: Any) -> np.ndarray:
    """An array, a tensor of any backend or a list as a NumPy array."""
    return np.asarray(
        ops.convert_to_numpy(value) if ops.is_tensor(value) else value
    )


def check_numbers(value: Any, what: str) -> np.ndarray:
    """`value` as an array of real numbers; `what` names it in the error."""
    try:
        array = as_array(value)
    except ValueError as error:
        raise ValueError(
            f"{what} must be one array, all images of one size. "
            f"Received: {error}"
        ) from error
    # NumPy reports kind V for types such as bfloat16.
    if array.dtype.kind not in "biuf" and "float" not in array.dtype.name:
        raise ValueError(
            f"{what} must be numbers. Received: dtype={array.dtype}"
        )
    return array


def is_within(low: float, high: float, bounds: tuple[float, float]) -> bool:
    """Whether inputs from `low` to `high` are in their range; never for NaN."""
    slack = _SLACK * (bounds[1] - bounds[0])
    return bool(low >= bounds[0] - slack and high <= bounds[1] + slack)


def check_images(
    x: Any, bounds: tuple[float, float], what: str = "`x`", first: int = 0
) -> np.ndarray:
    """A batch of images as a float32 array within `bounds`.

    Args:
        x: `[batch, ...]` array, tensor or list.
        bounds: The range of the input.
        what: How errors name `x`.
        first: The index of the first image, for errors.
    """
    array = check_numbers(x, what)
    if array.ndim < 2 or array.shape[0] == 0:
        raise ValueError(
            f"{what} must be a batch of at least one input, of shape "
            f"(batch, ...). Received: x.shape={array.shape}"
        )
    array = np.ascontiguousarray(array, dtype="float32")
    low, high = float(array.min()), float(array.max())
    if np.isnan(low) or np.isnan(high):
        bad = np.isnan(array).reshape(len(array), -1).any(axis=1)
        raise ValueError(
            f"{what} must not contain NaN. Received: NaN in images "
            f"{_some(first + np.flatnonzero(bad))}"
        )
    if not is_within(low, high, bounds):
        raise ValueError(
            f"{what} must lie within `bounds={bounds}`; pass the range of your "
            "inputs to `Classifier`, for example `bounds=(0, 255)`. Received: "
            f"values from {low:g} to {high:g}"
        )
    clipped: np.ndarray = np.clip(array, *bounds)
    return clipped


def check_shape(x: np.ndarray, shape: Any, what: str) -> None:
    """Raises an error if images do not have the shape that a model takes.

    Args:
        x: `[batch, ...]` images.
        shape: The `input_shape` of the model, or `None`.
        what: How errors name `x`.
    """
    if not isinstance(shape, tuple) or any(isinstance(n, tuple) for n in shape):
        return
    takes, given = shape[1:], x.shape[1:]
    # Keras itself adds or drops a last axis of size 1.
    if len(given) == len(takes) - 1 and takes[-1] == 1:
        given = (*given, 1)
    elif len(given) == len(takes) + 1 and given[-1] == 1:
        given = given[:-1]
    if len(given) != len(takes) or any(
        n not in (None, m) for n, m in zip(takes, given, strict=True)
    ):
        expected = ", ".join(["batch", *map(str, takes)])
        raise ValueError(
            f"{what} must have shape ({expected}), as `model` requires; call "
            f"`data.batch(...)` on unbatched data. Received: {x.shape}"
        )


def check_label_dtype(array: np.ndarray, what: str) -> None:
    """Raises an error unless labels are numbers; `what` names them."""
    if array.dtype.kind not in "biuf" and "float" not in array.dtype.name:
        raise ValueError(
            f"{what} must be the numbers of the classes, 0..num_classes-1, "
            "not their names. `np.unique(names, return_inverse=True)[1]` "
            "numbers names in alphabetical order, which must be the order used "
            f"in training. Received: y.dtype={array.dtype}, "
            f"y[:3]={array.ravel()[:3].tolist()}"
        )


def check_labels(
    y: Any, batch: int, num_classes: int, what: str = "`y`"
) -> np.ndarray:
    """Labels as `[batch]` int32, from integers, `[n, 1]` or one-hot rows.

    Args:
        y: Array, tensor or list.
        batch: The expected number of labels.
        num_classes: The number of classes of the model.
        what: How errors name `y`.
    """
    if y is None:
        raise ValueError(
            f"{what} must hold the labels of the images. Received: y=None"
        )
    array = as_array(y)
    check_label_dtype(array, what)
    if array.ndim == 2 and array.shape[1] == num_classes:
        one_hot = np.isin(array, (0, 1)).all() and (array.sum(1) == 1).all()
        if not one_hot:
            raise ValueError(
                f"{what} of shape (batch, num_classes) must be one-hot: an "
                "attack needs one true class per image. Received: "
                f"y[0]={array[0]}"
            )
        array = array.argmax(axis=1)
    elif array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (batch,):
        raise ValueError(
            f"{what} must have shape ({batch},), ({batch}, 1) or "
            f"({batch}, {num_classes}), one label per image. "
            f"Received: y.shape={array.shape}"
        )
    if array.dtype.kind not in "iub" and not np.all(array == np.rint(array)):
        raise ValueError(
            f"{what} must hold integer classes or one-hot rows. "
            f"Received: y.dtype={array.dtype}, y[:3]={array[:3]}"
        )
    if array.min() < 0 or array.max() >= num_classes:
        raise ValueError(
            f"{what} must lie in 0..{num_classes - 1}, the classes of the "
            f"model. Received: labels from {array.min()} to "
            f"{array.max()}"
        )
    return array.astype("int32")


def check_logits(logits: np.ndarray, index: np.ndarray) -> None:
    """Raises an error that names the images whose logits are NaN."""
    bad = np.isnan(logits).reshape(len(logits), -1).any(axis=1)
    if bad.any():
        raise ValueError(
            "`model` must return finite logits. Received: NaN logits for "
            f"images {_some(index[bad])}"
        )


def _some(numbers: np.ndarray, limit: int = 10) -> str:
    text = ", ".join(str(int(n)) for n in numbers[:limit])
    more = len(numbers) - limit
    return f"[{text}]" if more <= 0 else f"[{text}, and {more} more]"
