"""The error rates of a classifier on images that are already corrupted."""

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

import keras

from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness import padding
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import as_classifier
from keras_ceb._src.robustness.corruptions.benchmark.corruption_report import (
    CorruptionReport,
)
from keras_ceb._src.robustness.corruptions.benchmark.error_rates import (
    check_error,
)
from keras_ceb._src.robustness.corruptions.benchmark.suite import make_suite
from keras_ceb._src.robustness.corruptions.benchmark.wrong_answers import (
    count_wrong,
)
from keras_ceb._src.robustness.corruptions.benchmark.wrong_answers import (
    to_levels,
)
from keras_ceb._src.robustness.corruptions.images.corruption import (
    check_variant,
)


def evaluate_corrupted_sets(
    model: keras.Model | Classifier,
    load: Callable[[str, int], Iterable[Any]],
    corruptions: Any = True,
    *,
    variant: str,
    clean_error: float | None = None,
    source: str = "official images",
) -> CorruptionReport:
    """Measures a classifier on images that are already corrupted.

    Args:
        model: `Classifier`, or a Keras model that maps images in 0..1 to
            logits.
        load: Function of a corruption and a severity that returns uint8
            images and labels: a tuple `(x, y)` or an iterable of batches.
        corruptions: As for `evaluate_corruptions`.
        variant: `"imagenet-c"` or `"cifar10-c"`.
        clean_error: Error rate on clean images, for the relative mCE.
        source: Where the images come from, for the report.

    Returns:
        `CorruptionReport`.

    Raises:
        TypeError: If `load` is not a function.
        ValueError: If a corruption or the variant is unknown, `clean_error`
            is not an error rate, or `model` cannot take the images.

    Example:

    ```python
    images = CorruptionFolder("ImageNet-C")
    report = evaluate_corrupted_sets(model, images.load, variant="imagenet-c")
    ```
    """
    classifier = as_classifier(model)
    suite = make_suite(corruptions)
    check_variant(variant)
    if not callable(load):
        raise TypeError(
            "`load` must be a function of a corruption and a severity, such "
            "as `CorruptionFolder(path).load`. Received: "
            f"load={load!r} of type {type(load).__name__}"
        )
    if clean_error is not None:
        clean_error = check_error(clean_error, "clean_error")
    normalizer = suite.normalizer_for(variant)
    errors: dict[str, dict[int, float]] = {}
    num_images = 0
    for name in suite.names:
        row = errors[name] = {}
        for severity in suite.severities:
            row[severity], num_images = _error(classifier, load(name, severity))
    return CorruptionReport(
        variant=variant,
        errors=errors,
        clean_error=clean_error,
        num_images=num_images,
        normalizer=normalizer,
        source=source,
    )


def _error(classifier: Classifier, data: Any) -> tuple[float, int]:
    """The error rate on one set, and the number of its images."""
    wrong = seen = 0
    for x, y in data_lib.batches(data, classifier.batch_size):
        levels = to_levels(classifier, x, seen)
        levels = padding.pad(levels, classifier.batch_size)
        wrong += count_wrong(classifier, levels, y, seen)
        seen += len(y)
    return wrong / seen, seen
