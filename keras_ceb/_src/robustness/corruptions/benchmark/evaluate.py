"""The errors of a classifier on corrupted images, streamed."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_ceb._src.robustness import arguments
from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness.attacks.attack import count_classes
from keras_ceb._src.robustness.audit import probes
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.corruptions.benchmark import metrics
from keras_ceb._src.robustness.corruptions.benchmark.corruption_report import (
    CorruptionReport,
)
from keras_ceb._src.robustness.corruptions.benchmark.suite import (
    CorruptionSuite,
)
from keras_ceb._src.robustness.corruptions.benchmark.suite import make_suite
from keras_ceb._src.robustness.corruptions.images import frost_textures
from keras_ceb._src.robustness.corruptions.images import parameters
from keras_ceb._src.robustness.corruptions.images.apply import corrupt
from keras_ceb._src.validation import boolean
from keras_ceb._src.validation import positive_integer

SYNTHETIC_FROST = "frost (synthetic)"


def evaluate_corruptions(
    model: keras.Model,
    data: Any,
    corruptions: Any = True,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    from_logits: bool = True,
    batch_size: int = 128,
    verbose: int = 1,
) -> CorruptionReport:
    """Measures a classifier on corrupted images that are made on the way.

    The data is read once, a batch at a time; each batch is corrupted in every
    way and forgotten, so memory does not grow with the data. The images are
    rounded to 8 bits first and cut off to 8 bits after, as in the published
    sets.

    Args:
        model: Keras model that maps images to logits.
        data: tuple `(x, y)` of arrays, or an iterable of such batches, clean
            images of shape [batch, height, width, channels].
        corruptions: see `make_suite`.
        bounds: pair of numbers, the range of the model's input.
        from_logits: whether `model` returns logits.
        batch_size: how many images the model sees at a time.
        verbose: 1 prints a line a corruption that is left out, 0 does not.

    Returns:
        `CorruptionReport`.

    Raises:
        ValueError: on unknown corruptions or images that are no batch of
            grey or RGB images within `bounds`.

    Example:

    ```python
    report = evaluate_corruptions(model, (x_test, y_test), "cifar10-c")
    print(report.to_markdown())
    ```
    """
    suite = make_suite(corruptions)
    bounds = checks.check_bounds(bounds)
    batch_size = positive_integer(batch_size, "batch_size")
    boolean(from_logits, "from_logits")
    suite.check()
    data_lib.check(data)
    classifier = Classifier(model, from_logits)
    shape = arguments.known_shape(model, data)
    if shape is not None:
        suite.check_fits(shape)
    plan: list[tuple[str, str, int]] = []
    left_out: dict[str, str] = {}
    wrong: dict[tuple[str, int], int] = {}
    clean_wrong = seen = 0
    variant = ""
    textures: Any = None
    for x, y in data_lib.batches(data, batch_size):
        levels = _to_levels(x, bounds)
        if not variant:
            suite.check_fits(levels.shape[1:])
            variant = suite.variant_for(*levels.shape[1:3])
            plan, textures, left_out = _plan(suite)
            for name, reason in left_out.items():
                if verbose:
                    print(f"{name} is left out: {reason}")
        count = len(levels)
        # A short batch repeats its last image, so as not to compile again.
        take = np.minimum(np.arange(batch_size), count - 1)
        levels = levels[take]
        clean_wrong += _count_wrong(classifier, levels, y, bounds)
        for title, name, severity in plan:
            corrupted = corrupt(
                levels,
                name,
                severity,
                seed=suite.seed,
                variant=variant,
                indices=seen + take,
                textures=textures,
            )
            key = (title, severity)
            wrong[key] = wrong.get(key, 0) + _count_wrong(
                classifier, corrupted, y, bounds
            )
        seen += count
    errors: dict[str, dict[int, float]] = {}
    for (title, severity), number in wrong.items():
        errors.setdefault(title, {})[severity] = number / seen
    return CorruptionReport(
        variant=variant,
        errors=errors,
        clean_error=clean_wrong / seen,
        num_images=seen,
        normalizer=suite.normalizer_for(variant),
        left_out=left_out,
    )


def evaluate_corrupted_sets(
    model: keras.Model,
    load: Callable[[str, int], Iterable[Any]],
    corruptions: Any = True,
    *,
    variant: str,
    clean_error: float | None = None,
    source: str = "official images",
    bounds: tuple[float, float] = (0.0, 1.0),
    from_logits: bool = True,
    batch_size: int = 128,
) -> CorruptionReport:
    """Measures a classifier on images that were corrupted by others.

    Args:
        model: Keras model that maps images to logits.
        load: a function of a corruption and a severity that returns uint8
            images and labels: a tuple `(x, y)` or an iterable of batches.
        corruptions: see `make_suite`.
        variant: `"imagenet-c"` or `"cifar10-c"`.
        clean_error: error rate on clean images, for the relative mCE.
        source: where the images come from, for the report.
        bounds: pair of numbers, the range of the model's input.
        from_logits: whether `model` returns logits.
        batch_size: how many images the model sees at a time.

    Returns:
        `CorruptionReport`.

    Example:

    ```python
    images = CorruptionFolder("ImageNet-C")
    report = evaluate_corrupted_sets(model, images.load, variant="imagenet-c")
    ```
    """
    suite = make_suite(corruptions)
    parameters.check_variant(variant)
    bounds = checks.check_bounds(bounds)
    batch_size = positive_integer(batch_size, "batch_size")
    boolean(from_logits, "from_logits")
    if not callable(load):
        raise TypeError(
            "`load` must be a function of a corruption and a severity, such "
            "as `CorruptionFolder(path).load`. Received: "
            f"load={load!r} of type {type(load).__name__}"
        )
    if clean_error is not None:
        clean_error = metrics.check_error(clean_error, "clean_error")
    normalizer = suite.normalizer_for(variant)
    classifier = Classifier(model, from_logits)
    errors: dict[str, dict[int, float]] = {}
    seen = 0
    for name in suite.names:
        for severity in suite.severities:
            wrong = seen = 0
            for x, y in data_lib.batches(load(name, severity), batch_size):
                take = np.minimum(np.arange(batch_size), len(x) - 1)
                levels = _to_levels(x, bounds)[take]
                wrong += _count_wrong(classifier, levels, y, bounds)
                seen += len(x)
            errors.setdefault(name, {})[severity] = wrong / seen
    return CorruptionReport(
        variant=variant,
        errors=errors,
        clean_error=clean_error,
        num_images=seen,
        normalizer=normalizer,
        source=source,
    )


def _plan(
    suite: CorruptionSuite,
) -> tuple[list[tuple[str, str, int]], Any, dict[str, str]]:
    """What to run, as (title, corruption, severity), and what not, and why."""
    textures = None
    left_out = {}
    names: Sequence[str] = suite.names
    if "frost" in names:
        try:
            textures = frost_textures.load_textures(suite.textures)
        except frost_textures.FrostTexturesNotFound as error:
            left_out["frost"] = str(error)
            names = [name for name in names if name != "frost"]
    synthetic = suite.textures == frost_textures.SYNTHETIC
    plan = [
        (
            SYNTHETIC_FROST if name == "frost" and synthetic else name,
            name,
            severity,
        )
        for name in names
        for severity in suite.severities
    ]
    if synthetic and "frost" in names:
        left_out["frost"] = (
            "Its photographs were replaced by a synthetic texture, whose "
            "errors are listed apart and are part of no summary."
        )
    return plan, textures, left_out


def _to_levels(x: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    """Images within `bounds` as uint8 levels."""
    if x.dtype == np.uint8:
        return x
    x = checks.check_images(x, bounds, data_lib.NAMES[0])
    scale = 255 / (bounds[1] - bounds[0])
    return np.rint((x - bounds[0]) * scale).astype("uint8")


def _count_wrong(
    classifier: Classifier,
    levels: np.ndarray,
    y: np.ndarray,
    bounds: tuple[float, float],
) -> int:
    """How many of the first `len(y)` images are classified wrongly."""
    x = levels.astype("float32") * ((bounds[1] - bounds[0]) / 255) + bounds[0]
    x = x.astype("float32")
    num_classes = count_classes(classifier, x)
    labels = checks.check_labels(y, len(y), num_classes, data_lib.NAMES[1])
    logits = probes.logits_of(classifier, x)[: len(y)]
    checks.check_logits(logits, np.arange(len(y)))
    return int((logits.argmax(axis=1) != labels).sum())
