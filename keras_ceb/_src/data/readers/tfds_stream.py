"""Images of TensorFlow Datasets as a stream of batches."""

import dataclasses
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_ceb._src.data.pipeline.scaling import check_bounds
from keras_ceb._src.data.pipeline.scaling import scale_pixels
from keras_ceb._src.data.readers import resizing
from keras_ceb._src.typing import Dataset
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import positive_integer


@dataclasses.dataclass(frozen=True)
class StreamOptions:
    """How a stream makes batches of images; see `stream_tfds`."""

    batch_size: int = 128
    image_size: tuple[int, int] | None = None
    resize: str = "stretch"
    bounds: Sequence[float] | None = (0.0, 1.0)

    def __post_init__(self) -> None:
        positive_integer(self.batch_size, "batch_size")
        one_of(self.resize, "resize", resizing.WAYS)
        if self.image_size is not None:
            resizing.check_size(self.image_size)
        check_bounds(self.bounds)

    def image(self, image: np.ndarray) -> np.ndarray:
        """Resizes and scales an image."""
        pixels = image.dtype.kind != "f"
        if self.image_size is not None:
            image = resizing.resize(image, self.image_size, self.resize)
        bounds = check_bounds(self.bounds)
        if pixels and bounds is not None:
            image = scale_pixels(image, bounds)
        return image


class TfdsStream:
    """Batches of images of one size, in order, read again in each pass.

    Returned by `keras_ceb.data.stream_tfds`; see there. An iterable of pairs
    of NumPy arrays, images and labels, for evaluation: Keras's `fit` does not
    accept it.

    Args:
        data: `tf.data.Dataset` of pairs of an image and a label.
        options: Size and range of the images, and size of the batches.
        class_names: Names of the classes in the order of their labels, or
            `None` if they are not known.

    Example:

    ```python
    test = keras_ceb.data.stream_tfds("mnist", "test", 64)
    for images, labels in test.take(1000):
        print(images.shape, labels.shape)
    ```
    """

    def __init__(
        self,
        data: Dataset,
        options: StreamOptions,
        class_names: list[str] | None = None,
    ):
        self._data = data
        self._options = options
        self.class_names = class_names

    @property
    def batch_size(self) -> int:
        """Examples per batch."""
        return self._options.batch_size

    def take(self, count: int) -> "TfdsStream":
        """The first images only.

        Args:
            count: Maximum number of images.
        """
        data = self._data.take(positive_integer(count, "count"))
        return TfdsStream(data, self._options, self.class_names)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        images: list[np.ndarray] = []
        labels: list[Any] = []
        for image, label in self._data.as_numpy_iterator():
            images.append(self._options.image(image))
            labels.append(label)
            if len(images) == self.batch_size:
                yield np.stack(images), np.array(labels)
                images, labels = [], []
        if images:
            yield np.stack(images), np.array(labels)
