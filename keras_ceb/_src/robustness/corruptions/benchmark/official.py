"""The official sets through TensorFlow Datasets (TensorFlow only)."""

from typing import Any

from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness.corruptions.images.corruption import (
    check_severity,
)
from keras_ceb._src.robustness.corruptions.images.names import check_name
from keras_ceb._src.validation import one_of

# Two corruptions of CIFAR-10-C have other names in TFDS.
_CIFAR_NAMES = {
    "glass_blur": "frosted_glass_blur",
    "elastic_transform": "elastic",
}

_CORRUPTED = {
    "imagenet-c": ("imagenet2012_corrupted", "validation"),
    "cifar10-c": ("cifar10_corrupted", "test"),
}

_OTHERS = {
    "imagenet-a": ("imagenet_a", "test"),
    "imagenet-r": ("imagenet_r", "test"),
    "imagenet-sketch": ("imagenet_sketch", "test"),
    "imagenet-real": ("imagenet2012_real", "validation"),
    "imagenet-v2": ("imagenet_v2/matched-frequency", "test"),
    "imagenet-v2-threshold-0.7": ("imagenet_v2/threshold-0.7", "test"),
    "imagenet-v2-topimages": ("imagenet_v2/topimages", "test"),
    "cifar10-h": ("cifar10_h", "test"),
    "cifar10.1": ("cifar10_1/v6", "test"),
    "cifar10.1-v4": ("cifar10_1/v4", "test"),
}

# The sets whose labels are no integers.
_REAL = "imagenet-real"
_HUMAN = "cifar10-h"

OFFICIAL_SETS = (*_CORRUPTED, *_OTHERS)
"""The names that `load_official` accepts."""


def tfds_name(
    name: str, corruption: str | None = None, severity: int | None = None
) -> tuple[str, str]:
    """The name of a set in TensorFlow Datasets, and its split.

    Args:
        name: One of `OFFICIAL_SETS`.
        corruption: For `"imagenet-c"` and `"cifar10-c"`, one of `CORRUPTIONS`.
        severity: For the same, 1 to 5.

    Returns:
        The name with its config, and the split.

    Raises:
        ValueError: If the set, the corruption or the severity is unknown, or
            a corruption is missing or does not apply.
    """
    one_of(name, "name", OFFICIAL_SETS)
    if name in _OTHERS:
        if corruption is not None or severity is not None:
            raise ValueError(
                f"`corruption` and `severity` must not be given for {name!r}. "
                f"Received: corruption={corruption!r}, severity={severity!r}"
            )
        return _OTHERS[name]
    if corruption is None or severity is None:
        raise ValueError(
            f"`corruption` and `severity` must be given for {name!r}. "
            f"Received: corruption={corruption!r}, severity={severity!r}"
        )
    check_name(corruption)
    check_severity(severity)
    builder, split = _CORRUPTED[name]
    if name == "cifar10-c":
        corruption = _CIFAR_NAMES.get(corruption, corruption)
    return f"{builder}/{corruption}_{severity}", split


def load_official(
    name: str,
    corruption: str | None = None,
    severity: int | None = None,
    *,
    batch_size: int | None = 128,
    data_dir: str | None = None,
    download: bool = False,
) -> Any:
    """An official set as a `tf.data.Dataset` of uint8 images and labels.

    TensorFlow only. TFDS makes ImageNet-C itself, from the clean validation
    set, and its images are not the released ones: motion blur has one fixed
    angle, pixelate averages with a bicubic filter, the fog map is twice as
    large, levels are rounded, the crop is bicubic, and the JPEG quality is 95
    in place of 85. Its errors are not those of the published tables; for
    these read the released files with `CorruptionFolder`. TFDS's CIFAR-10-C
    holds the released images.

    Labels of the ImageNet sets are class numbers 0 to 999, as
    `subset_correct` takes them for ImageNet-A and -R. Two sets of other
    labels for known images are exceptions. ImageNet ReaL (`"imagenet-real"`)
    has a uint8 vector of 1000 per image of the validation set, with a 1 for
    each class that is right, and leaves out the images without any. CIFAR-10H
    (`"cifar10-h"`) has the share of people that chose each class for the
    images of the CIFAR-10 test set, float32 vectors of 10, as `evaluate` of a
    `CEBModel` takes them.

    ImageNet-A, -R, -Sketch, -V2 and ReaL have images of many sizes: resize
    and crop before batching, with `batch_size=None`.

    TFDS downloads all but two: ImageNet ReaL needs `ILSVRC2012_img_val.tar`
    in its folder for manual downloads (`downloads/manual` in `data_dir`), and
    ImageNet-C that and `ILSVRC2012_img_train.tar`.

    Args:
        name: One of `OFFICIAL_SETS`.
        corruption: For `"imagenet-c"` and `"cifar10-c"`, one of `CORRUPTIONS`.
        severity: For the same, 1 to 5.
        batch_size: Images per batch; `None` for single images.
        data_dir: Where TFDS keeps its data.
        download: Whether TFDS may download what is missing.

    Raises:
        ImportError: If TensorFlow Datasets is not installed.
        ValueError: See `tfds_name`.

    Example:

    ```python
    report = evaluate_corrupted_sets(
        model,
        lambda name, severity: load_official("cifar10-c", name, severity),
        variant="cifar10-c",
    )
    ```
    """
    builder, split = tfds_name(name, corruption, severity)
    tfds = optional_module("tensorflow_datasets", "`load_official`")
    vectors = name in (_REAL, _HUMAN)
    data = tfds.load(
        builder,
        split=split,
        as_supervised=not vectors,
        batch_size=None if vectors else batch_size,
        data_dir=data_dir,
        download=download,
    )
    if name == _REAL:
        data = data.map(_any_of_several).filter(_has_a_label)
    elif name == _HUMAN:
        data = data.map(lambda row: (row["image"], row["soft_label"]))
    return data.batch(batch_size) if vectors and batch_size else data


def _any_of_several(row: dict[str, Any]) -> tuple[Any, Any]:
    """An image of ImageNet ReaL, and a 1 for each class that is right."""
    import tensorflow as tf

    labels = tf.one_hot(row["real_label"], 1000, dtype="uint8")
    return row["image"], tf.reduce_max(labels, axis=0)


def _has_a_label(image: Any, labels: Any) -> Any:
    """Whether any class is right."""
    import tensorflow as tf

    return tf.reduce_any(labels > 0)
