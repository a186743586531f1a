"""What a report tells of the images that an attack fooled."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_ceb._src.robustness import metrics
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import logits_of
from keras_ceb._src.robustness.result import Example


def add_predictions(
    classifier: Classifier,
    examples: Sequence[Example],
    files: Sequence[str] | None = None,
) -> None:
    """Adds what the model takes each adversarial example for.

    Args:
        classifier: `Classifier`.
        examples: Changed in place.
        files: The files of all images by their index, where they are known.
    """
    if not examples:
        return
    images = np.stack([example.adversarial for example in examples])
    shares = metrics.probabilities(logits_of(classifier, images))
    for example, row in zip(examples, shares, strict=True):
        example.predicted = int(row.argmax())
        example.confidence = float(row.max())
        if files is not None:
            example.file = files[example.index]


def files_of(data: Any, num_images: int) -> list[str] | None:
    """The file of each image, by its index, or `None` if they are not known.

    Folders of images know them: `keras_ceb.data.from_folder` in `files`, and
    `keras.utils.image_dataset_from_directory` in `file_paths`.

    Args:
        data: A data set.
        num_images: How many images were read from it.
    """
    found = getattr(data, "file_paths", None)
    if found is None:
        pairs = getattr(data, "files", None)
        if not isinstance(pairs, list):
            return None
        failed = set(getattr(data, "failed", ()))
        found = [path for path, _ in pairs if str(path) not in failed]
    files = [str(path) for path in found]
    # A part of a data set may have the attribute of the whole.
    return files if len(files) == num_images else None
