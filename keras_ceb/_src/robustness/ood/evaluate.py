"""Measures the out-of-distribution scores of a classifier."""

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import logits_of
from keras_ceb._src.robustness.ood.image_scores import scores_of
from keras_ceb._src.robustness.ood.ood_report import OODReport
from keras_ceb._src.robustness.ood.separation import separation
from keras_ceb._src.typing import Shape


def check_ood(ood: Any) -> dict[str, Any]:
    """The out-of-distribution data sets by name, as far as they are known.

    Args:
        ood: Mapping from names to images, or `None` for none.

    Raises:
        TypeError: If `ood` is something else.
        ValueError: If it is empty.
    """
    if ood is None:
        return {}
    if not isinstance(ood, Mapping) or not all(
        isinstance(name, str) for name in ood
    ):
        raise TypeError(
            "`ood` must map names of data sets to their images, such as "
            "`{'mnist': x_mnist}`. Received: "
            f"ood={str(ood)[:80]} of type {type(ood).__name__}"
        )
    if not ood:
        raise ValueError(
            "`ood` must hold at least one data set, or be None. Received: {}"
        )
    return dict(ood)


def check_shapes(ood: Mapping[str, Any], shape: Shape | None) -> None:
    """Raises an error on images of another shape, where that is known.

    Args:
        ood: As `check_ood` returns it.
        shape: The shape of an image of the data set, if it is known.
    """
    if shape is None:
        return
    for name, data in ood.items():
        given = _known_shape(data)
        if given is not None:
            _check_shape(name, given, shape)


def measure_ood(
    classifier: Classifier,
    ood: Mapping[str, Any],
    inside: Mapping[str, np.ndarray],
    shape: tuple[int, ...],
    verbose: int = 0,
) -> OODReport:
    """Compares the scores of other data sets with those of the data set.

    Args:
        classifier: `Classifier`.
        ood: As `check_ood` returns it.
        inside: The scores of the data set by name.
        shape: The shape of one of its images.
        verbose: 1 shows progress, 0 does not.
    """
    sets = {}
    for name, data in ood.items():
        if verbose:
            print(f"Out-of-distribution: {name}", flush=True)
        outside: dict[str, list[np.ndarray]] = {score: [] for score in inside}
        for x, logits in _batches(classifier, name, data, shape):
            for score, values in scores_of(classifier, x, logits).items():
                outside[score].append(values)
        sets[name] = {
            score: separation(inside[score], np.concatenate(parts))
            for score, parts in outside.items()
        }
    return OODReport(sets)


def _batches(
    classifier: Classifier, name: str, data: Any, shape: tuple[int, ...]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Images of a data set and their logits."""
    what = f"The images of `ood[{name!r}]`"
    seen = 0
    for x in data_lib.image_batches(data, classifier.batch_size):
        _check_shape(name, x.shape[1:], shape)
        x = checks.check_images(x, classifier.bounds, what, seen)
        yield x, logits_of(classifier, x, seen)
        seen += len(x)


def _known_shape(data: Any) -> Shape | None:
    """The shape of one image, if `data` tells without being read."""
    data = getattr(data, "element_spec", data)
    if isinstance(data, tuple) and data:
        data = data[0]
    try:
        return tuple(data.shape)[1:]
    except (AttributeError, TypeError, ValueError):
        return None


def _check_shape(name: str, given: Shape, shape: Shape) -> None:
    """Raises an error if two shapes, as far as they are known, differ."""
    fits = len(given) == len(shape) and all(
        None in pair or pair[0] == pair[1]
        for pair in zip(given, shape, strict=True)
    )
    if not fits:
        raise ValueError(
            f"`ood[{name!r}]` must hold images of the shape of those in "
            f"`data`, {tuple(shape)}; resize them first. "
            f"Received: images of shape {tuple(given)}"
        )
