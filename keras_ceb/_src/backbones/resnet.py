"""The residual network of the paper's ImageNet experiments."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from keras_ceb._src.saving.hdf5 import refuse_hdf5
from keras_ceb._src.saving.hdf5 import refuse_hdf5_config
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import optional_seed

# Blocks in each of the four groups. The two shallow networks are not in the
# paper; they are for small images and quick runs.
BLOCKS = {
    14: (1, 1, 1, 1),
    26: (2, 2, 2, 2),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}


@keras.saving.register_keras_serializable(package="keras_ceb")
class ResNet(keras.Model):
    """ResNet v1.5 without its classifier, as TensorFlow trained it on TPUs.

    A 7x7 convolution and a pooling layer each halve the resolution; four
    groups of bottleneck blocks follow, of which the last three halve it again.
    Where implementations of "ResNet-50" differ, this one follows the reference
    that the paper modified:

    - the 3x3 convolution of a block has the stride, not the first 1x1 (v1.5),
    - strided convolutions pad both sides equally, whatever the image size,
    - convolutions have no bias; BatchNorm has momentum 0.9, epsilon 1e-5,
    - the last BatchNorm of a block starts with gamma = 0, so that the block
      starts as its shortcut,
    - kernels start as truncated normals of variance 1 / fan-in.

    With a 1000-way dense layer `ResNet(50)` has 25,557,032 trainable
    parameters. `keras.applications.ResNet50` is another network. The
    reference's weight decay is an argument of `keras_ceb.wrap`:
    `keras_ceb.wrap(ResNet(50), weight_decay=1e-4)`.

    Args:
        depth: 50, 101 or 152 as in the paper and the literature, or 14 or 26
            for small images. Counts convolutions and the classifier.
        width: Factor on the number of channels of every layer, including
            the stem. The paper's wide networks have 2; a fraction such as
            1/8 makes small ones.
        input_shape: `(height, width, channels)` of the images; `None` for a
            side of any size.
        dtype: Dtype policy of the layers, such as `"mixed_bfloat16"`.
            Defaults to Keras's global one.
        seed: Integer seed of the initial values, from 0 to 2**32 - 1.
        name: Name of the model.

    Input shape:
        `[batch, height, width, channels]`, whatever the global data format.

    Output shape:
        `[batch, height / 32, width / 32, 2048 * width]`, sides rounded up;
        `keras_ceb.wrap` averages over space.

    Raises:
        ValueError: If an argument is invalid, or images of another shape
            are given.

    Example:

    ```python
    backbone = keras_ceb.backbones.ResNet(50, dtype="mixed_bfloat16")
    model = keras_ceb.wrap(backbone, 1000, weight_decay=1e-4)
    ```

    Reference:
        - [He et al., 2015](https://arxiv.org/abs/1512.03385), Table 1.
        - [Goyal et al., 2017](https://arxiv.org/abs/1706.02677), section 5.1
          (strides, gamma).
        - [Cloud TPU ResNet](
          https://github.com/tensorflow/tpu/tree/master/models/official/resnet).
        - Fischer and Alemi (2020), section 3.2 and Listing 1.
    """

    def __init__(
        self,
        depth: int = 50,
        width: float = 1,
        *,
        input_shape: Sequence[int | None] = (224, 224, 3),
        dtype: Any = None,
        seed: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        one_of(depth, "depth", tuple(BLOCKS))
        stem_channels = _stem_channels(width)
        input_shape = _checked_shape(input_shape)
        seed = optional_seed(seed)
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        net = _Builder(policy, seed)
        inputs = keras.Input(input_shape)
        x = net.convolution(inputs, stem_channels, 7, stride=2, name="stem")
        x = net.norm(x, "stem")
        x = net.relu(x, "stem")
        x = net.pooling(x, "stem")
        for group, blocks in enumerate(BLOCKS[depth]):
            for block in range(blocks):
                x = net.block(
                    x,
                    channels=stem_channels * 2**group,
                    stride=2 if group and not block else 1,
                    projection=not block,
                    name=f"group{group}_block{block}",
                )
        super().__init__(inputs, x, name=name or "resnet", **kwargs)
        self.dtype_policy = policy
        self.depth = depth
        self.width = width
        self.image_shape = input_shape
        self.seed = seed

    def save(self, filepath: Any, *args: Any, **kwargs: Any) -> None:
        """Saves to a .keras file; see `keras.Model.save`.

        Raises:
            ValueError: If `filepath` is that of an .h5 file.
        """
        refuse_hdf5(self, filepath)
        super().save(filepath, *args, **kwargs)

    def get_config(self) -> Config:
        refuse_hdf5_config(self)
        return {
            "depth": self.depth,
            "width": self.width,
            "input_shape": self.image_shape,
            "dtype": keras.dtype_policies.serialize(self.dtype_policy),
            "seed": self.seed,
            "name": self.name,
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config: Config) -> "ResNet":
        return cls(**config)


class _Builder:
    """Builds the layers of one network, seeded, with channels last."""

    def __init__(self, policy: keras.DTypePolicy, seed: int | None):
        self.options = {"dtype": policy}
        self.spatial = {"dtype": policy, "data_format": "channels_last"}
        self.seed = seed
        self.count = 0

    def convolution(
        self,
        x: Tensor,
        channels: int,
        size: int,
        stride: int = 1,
        *,
        name: str,
    ) -> Tensor:
        self.count += 1
        seed = None
        if self.seed is not None:
            seed = (1000 * self.seed + self.count) % 2**32
        padding = "same"
        if stride > 1 and size > 1:
            # "same" would pad an even side on its far end only.
            x = layers.ZeroPadding2D(
                size // 2, name=f"{name}_pad", **self.spatial
            )(x)
            padding = "valid"
        return layers.Conv2D(
            channels,
            size,
            stride,
            padding=padding,
            use_bias=False,
            kernel_initializer=keras.initializers.VarianceScaling(seed=seed),
            name=f"{name}_conv",
            **self.spatial,
        )(x)

    def norm(self, x: Tensor, name: str, gamma: str = "ones") -> Tensor:
        return layers.BatchNormalization(
            momentum=0.9,
            epsilon=1e-5,
            gamma_initializer=gamma,
            name=f"{name}_norm",
            **self.options,
        )(x)

    def relu(self, x: Tensor, name: str) -> Tensor:
        return layers.ReLU(name=f"{name}_relu", **self.options)(x)

    def pooling(self, x: Tensor, name: str) -> Tensor:
        return layers.MaxPooling2D(
            3, 2, padding="same", name=f"{name}_pool", **self.spatial
        )(x)

    def block(
        self, x: Tensor, channels: int, stride: int, projection: bool, name: str
    ) -> Tensor:
        """A bottleneck block: 1x1, 3x3 and 1x1 convolutions."""
        shortcut = x
        if projection:
            shortcut = self.convolution(
                x, 4 * channels, 1, stride, name=f"{name}_shortcut"
            )
            shortcut = self.norm(shortcut, f"{name}_shortcut")
        sizes = ((channels, 1, 1), (channels, 3, stride))
        for index, (filters, size, step) in enumerate(sizes):
            layer = f"{name}_{index}"
            x = self.convolution(x, filters, size, step, name=layer)
            x = self.relu(self.norm(x, layer), layer)
        layer = f"{name}_2"
        x = self.convolution(x, 4 * channels, 1, name=layer)
        x = self.norm(x, layer, gamma="zeros")
        x = layers.Add(name=f"{name}_sum", **self.options)([shortcut, x])
        return self.relu(x, name)


def _stem_channels(width: float) -> int:
    """64 * `width`, if that is a positive whole number."""
    channels = 64 * finite_number(width, "width")
    if channels != int(channels) or channels < 1:
        raise ValueError(
            "`width` must make 64 * width a positive whole number: 2, 1, "
            f"0.5, 0.25, ... Received: width={width!r}"
        )
    return int(channels)


def _checked_shape(shape: Any) -> tuple[int | None, int | None, int]:
    """`shape` as a tuple of (height, width, channels)."""
    try:
        shape = tuple(None if side is None else int(side) for side in shape)
    except (TypeError, ValueError):
        shape = (shape,)
    if (
        len(shape) != 3
        or shape[2] is None
        or any(side is not None and side < 1 for side in shape)
    ):
        raise ValueError(
            "`input_shape` must be (height, width, channels), all of them "
            "positive; height and width may be None. "
            f"Received: input_shape={shape!r}"
        )
    height, width, channels = shape
    return height, width, channels
