"""Checks of arguments before the first image is read."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness.data_checks import is_arrays
from keras_ceb._src.typing import Shape
from keras_ceb._src.validation import any_number


def check_radii(
    eps: Any, norm: str, bounds: tuple[float, float]
) -> list[float]:
    """Radii in ascending order and without duplicates.

    Args:
        eps: One radius or several.
        norm: Their norm.
        bounds: The range of the input.

    Raises:
        TypeError: If a radius is not a number.
        ValueError: If a radius is invalid.
    """
    single = isinstance(eps, str | Mapping) or np.ndim(eps) == 0
    numbers = [any_number(e, "eps") for e in ([eps] if single else eps)]
    return sorted({checks.check_eps(n, norm, bounds) for n in numbers})


def known_shape(model: keras.Model, data: Any) -> Shape | None:
    """The shape of one input, if the model or the arrays define it."""
    shape = _attribute(model, "input_shape")
    if shape is None:
        shape = _attribute(getattr(model, "backbone", None), "input_shape")
    if is_arrays(data):
        given = _attribute(data[0], "shape")
        if given is not None and (shape is None or None in shape[1:]):
            shape = given
    return None if shape is None else shape[1:]


def known_classes(model: keras.Model, shape: Shape | None) -> int | None:
    """The number of classes, if the model defines it."""
    outputs = _attribute(model, "output_shape")
    own = getattr(type(model), "compute_output_shape", None)
    inherited = keras.layers.Layer.compute_output_shape
    if outputs is None and shape is not None and own is not inherited:
        try:
            outputs = tuple(model.compute_output_shape((None, *shape)))
        except (AttributeError, NotImplementedError, TypeError, ValueError):
            return None
    if outputs is None or len(outputs) != 2:
        return None
    # A single output may mean two classes or an invalid model, which is
    # checked when the model is called.
    width = outputs[1]
    return width if isinstance(width, int) and width > 1 else None


def _attribute(owner: Any, name: str) -> Shape | None:
    """A shape of a batch, if `owner` has one of at least rank 1."""
    try:
        shape = tuple(getattr(owner, name))
    except (AttributeError, RuntimeError, TypeError, ValueError):
        return None
    plain = all(size is None or isinstance(size, int) for size in shape)
    return shape if shape and plain else None
