"""The average of a backbone's features over space or tokens."""

from typing import Any

import keras
from keras import ops

from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor


class FeatureAverage(keras.layers.Layer):
    """Averages features over some of their axes; zero if there are none.

    A row of tokens that is all padding, or an image that a backbone has
    shrunk to nothing, has no average: Keras's pooling layers divide by zero
    there, and the NaN reaches each weight in one step.

    Args:
        axes: The axes to average over.
        masked: Whether features that the mask leaves out are ignored; for
            tokens only.
        **kwargs: `name`, `dtype`.

    Call arguments:
        inputs: Features, a float tensor.
        mask: `[batch, tokens]` booleans, or `None`.

    Output shape:
        That of the inputs without `axes`.
    """

    def __init__(
        self, axes: tuple[int, ...], *, masked: bool = False, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.axes = axes
        self.supports_masking = masked

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        if mask is not None and self.supports_masking:
            kept = ops.cast(ops.expand_dims(mask, -1), "bool")
            inputs = ops.where(kept, inputs, ops.zeros_like(inputs))
            counts = ops.sum(ops.cast(kept, inputs.dtype), axis=self.axes)
            return ops.sum(inputs, axis=self.axes) / ops.maximum(counts, 1)
        # Sizes that are known and not zero leave the operation as it is.
        if all(inputs.shape[axis] for axis in self.axes):
            return ops.mean(inputs, axis=self.axes)
        count = 1
        for axis in self.axes:
            count = count * ops.shape(inputs)[axis]
        count = ops.maximum(ops.cast(count, inputs.dtype), 1)
        return ops.sum(inputs, axis=self.axes) / count

    def compute_mask(self, inputs: Tensor, mask: Tensor | None = None) -> None:
        return None

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return tuple(
            size
            for axis, size in enumerate(input_shape)
            if axis not in self.axes
        )

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "axes": self.axes,
            "masked": self.supports_masking,
        }
