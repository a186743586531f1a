"""The error rates of a classifier on images that are corrupted in memory."""

import collections
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_ceb._src.robustness import arguments
from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness import data_checks
from keras_ceb._src.robustness import padding
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import as_classifier
from keras_ceb._src.robustness.corruptions.benchmark.corruption_report import (
    CorruptionReport,
)
from keras_ceb._src.robustness.corruptions.benchmark.plan import Plan
from keras_ceb._src.robustness.corruptions.benchmark.plan import Run
from keras_ceb._src.robustness.corruptions.benchmark.plan import make_plan
from keras_ceb._src.robustness.corruptions.benchmark.suite import make_suite
from keras_ceb._src.robustness.corruptions.benchmark.wrong_answers import (
    count_wrong,
)
from keras_ceb._src.robustness.corruptions.benchmark.wrong_answers import (
    to_levels,
)
from keras_ceb._src.robustness.corruptions.images.corrupt import corrupt


def evaluate_corruptions(
    model: keras.Model | Classifier,
    data: Any,
    corruptions: Any = True,
    *,
    verbose: int = 1,
) -> CorruptionReport:
    """Measures a classifier on images that are corrupted in memory.

    The data is read once, in batches; each batch is corrupted in every way
    and then discarded, so memory does not grow with the data. The images are
    rounded to 8 bits before corruption and truncated to 8 bits after it, as in
    the published sets.

    Args:
        model: `Classifier`, or a Keras model that maps images in 0..1 to
            logits.
        data: Tuple `(x, y)` of arrays, or an iterable of such batches: clean
            images of shape `[batch, height, width, channels]` and labels.
        corruptions: `"imagenet-c"` or `"cifar10-c"` for the 15 common
            corruptions at those severities; the name of a corruption, or
            several; a `CorruptionSuite`; or `True` for the 15, at severities
            that fit the size of the images.
        verbose: 1 prints a line per corruption that is left out, 0 does not.

    Returns:
        `CorruptionReport`.

    Raises:
        ValueError: If a corruption is unknown, or the images are not gray or
            RGB images within the bounds of the classifier.

    Example:

    ```python
    report = evaluate_corruptions(model, (x_test, y_test), "cifar10-c")
    print(report.to_markdown())
    ```
    """
    classifier = as_classifier(model)
    suite = make_suite(corruptions)
    suite.check()
    data_checks.check(data)
    shape = arguments.known_shape(classifier.model, data)
    if shape is not None:
        suite.check_fits(shape)
    plan: Plan | None = None
    variant = ""
    clean_wrong = seen = 0
    wrong: collections.Counter[Run] = collections.Counter()
    for x, y in data_lib.batches(data, classifier.batch_size):
        levels = to_levels(classifier, x, seen)
        if plan is None:
            suite.check_fits(levels.shape[1:])
            variant = suite.variant_for(*levels.shape[1:3])
            plan = make_plan(suite)
            if verbose:
                plan.print_left_out()
        indices = seen + np.arange(len(levels))
        # Padded, as a batch of another size would compile every corruption
        # again.
        levels, indices = padding.pad((levels, indices), classifier.batch_size)
        clean_wrong += count_wrong(classifier, levels, y, seen)
        for run in plan.runs:
            corrupted = corrupt(
                levels,
                run.name,
                run.severity,
                seed=suite.seed,
                variant=variant,
                indices=indices,
                textures=plan.textures,
            )
            wrong[run] += count_wrong(classifier, corrupted, y, seen)
        seen += len(y)
    return CorruptionReport(
        variant=variant,
        errors=_error_rates(wrong, seen),
        clean_error=clean_wrong / seen,
        num_images=seen,
        normalizer=suite.normalizer_for(variant),
        left_out=plan.left_out if plan else {},
    )


def _error_rates(
    wrong: Mapping[Run, int], num_images: int
) -> dict[str, dict[int, float]]:
    """Error rates by title and severity, from counts of wrong answers."""
    errors: dict[str, dict[int, float]] = {}
    for run, count in wrong.items():
        errors.setdefault(run.title, {})[run.severity] = count / num_images
    return errors
