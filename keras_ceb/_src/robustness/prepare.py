"""Labeled images, checked against a classifier."""

import numpy as np

from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import check_images
from keras_ceb._src.robustness.classifier import count_classes
from keras_ceb._src.robustness.classifier import function_of
from keras_ceb._src.robustness.differentiable import check_differentiable
from keras_ceb._src.typing import Tensor


def prepare(
    classifier: Classifier,
    x: Tensor,
    y: Tensor,
    index: Tensor | None = None,
    targets: Tensor | None = None,
    names: tuple[str, str] = ("`x`", "`y`"),
) -> tuple[dict[str, np.ndarray], int]:
    """Checks a batch against the model; returns it and the number of classes.

    Args:
        classifier: `Classifier`.
        x: Images, see `Attack`.
        y: Labels.
        index: The indices of the images in their data set, or `None`.
        targets: Target classes, or `None`.
        names: How errors name images and labels.

    Returns:
        Arrays `x` (float32), `y` and `index` (int32), and `target` if there
        are `targets`, all with one row per image; and the number of classes.
    """
    first = 0 if index is None else int(index[0])
    x = check_images(classifier, x, names[0], first)
    if y is not None:
        checks.check_label_dtype(checks.as_array(y), names[1])
    function = function_of(classifier)
    function.build(x)
    check_differentiable(function, x)
    num_classes = count_classes(classifier, x)
    n = len(x)
    data = {
        "x": x,
        "y": checks.check_labels(y, n, num_classes, names[1]),
        "index": np.asarray(np.arange(n) if index is None else index, "int32"),
    }
    if targets is not None:
        data["target"] = checks.check_labels(targets, n, num_classes)
    return data, num_classes
