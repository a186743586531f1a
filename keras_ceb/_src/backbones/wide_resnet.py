"""Wide residual networks, without normalization or with BatchNorm."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from keras_ceb._src.backbones.scalar_gate import ScalarGate
from keras_ceb._src.saving.hdf5 import refuse_hdf5
from keras_ceb._src.saving.hdf5 import refuse_hdf5_config
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import optional_seed
from keras_ceb._src.validation import positive_integer

NORMS = (None, "batch")


@keras.saving.register_keras_serializable(package="keras_ceb")
class WideResNet(keras.Model):
    """A Wide ResNet without its classifier, for images of about 32 pixels.

    A convolution, three groups of pre-activation blocks of `16 * width`,
    `32 * width` and `64 * width` channels, of which the second and the third
    halve the resolution, and a last activation. The paper's CIFAR-10 network
    is `WideResNet(28, 10)`.

    Without normalization the initialization is SkipInit: convolutions with
    biases after He, and at the end of each residual branch one learned
    number, zero at first. The network starts as its shortcuts alone, so
    signals neither grow nor vanish with depth, which normalization would
    otherwise ensure. De and Smith introduce it on these networks.

    Args:
        depth: Number of convolutions in the longest path, 6 n + 4 for n
            blocks per group.
        width: Factor on the number of channels.
        norm: `None`, or `"batch"` for BatchNorm as in the original network.
        stem_stride: Stride of the first convolution. 1 is the published
            network; 2 computes everything at half the resolution, for about a
            quarter of the cost.
        input_shape: `(height, width, channels)` of the images.
        seed: Integer seed of the initial values, from 0 to 2**32 - 1.
        name: Name of the model.

    Input shape:
        `[batch, height, width, channels]`, sides of a multiple of
        `4 * stem_stride` pixels.

    Output shape:
        `[batch, height / s, width / s, 64 * width]` for s = 4 * stem_stride;
        `keras_ceb.wrap` averages over space.

    Raises:
        ValueError: If `depth` is not 6 n + 4, another argument is invalid,
            or images of another shape are given.

    Example:

    ```python
    backbone = keras_ceb.backbones.WideResNet(28, 10)
    model = keras_ceb.wrap(backbone, 10)
    ```

    Reference:
        - [Zagoruyko and Komodakis, 2016](https://arxiv.org/abs/1605.07146),
          Table 1.
        - [De and Smith, 2020](https://arxiv.org/abs/2002.10444), section 5
          (SkipInit).
        - Fischer and Alemi (2020), section 3.1 (no normalization).
    """

    def __init__(
        self,
        depth: int = 28,
        width: int = 10,
        *,
        norm: str | None = None,
        stem_stride: int = 1,
        input_shape: Sequence[int] = (32, 32, 3),
        seed: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        depth = positive_integer(depth, "depth", minimum=10)
        if (depth - 4) % 6:
            raise ValueError(
                "`depth` must be 6 n + 4 for a whole number n: 10, 16, 22, "
                f"28, ... Received: depth={depth!r}"
            )
        width = positive_integer(width, "width")
        one_of(norm, "norm", NORMS)
        stem_stride = positive_integer(stem_stride, "stem_stride")
        input_shape = _checked_shape(input_shape, 4 * stem_stride)
        seed = optional_seed(seed)
        net = _Builder(norm, seed)
        inputs = keras.Input(input_shape)
        x = net.convolution(inputs, 16, stride=stem_stride, name="stem")
        for group, stride in enumerate((1, 2, 2)):
            for block in range((depth - 4) // 6):
                x = net.block(
                    x,
                    channels=16 * width * 2**group,
                    stride=stride if block == 0 else 1,
                    name=f"group{group}_block{block}",
                )
        x = net.activation(x, "top")
        super().__init__(inputs, x, name=name or "wide_resnet", **kwargs)
        self.depth = depth
        self.width = width
        self.norm = norm
        self.stem_stride = stem_stride
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
            "norm": self.norm,
            "stem_stride": self.stem_stride,
            "input_shape": self.image_shape,
            "seed": self.seed,
            "name": self.name,
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config: Config) -> "WideResNet":
        return cls(**config)


class _Builder:
    """Builds the layers of one network, seeded."""

    def __init__(self, norm: str | None, seed: int | None):
        self.norm = norm
        self.seed = seed
        self.count = 0

    def convolution(
        self,
        x: Tensor,
        channels: int,
        size: int = 3,
        stride: int = 1,
        *,
        name: str,
    ) -> Tensor:
        self.count += 1
        seed = None
        if self.seed is not None:
            seed = (1000 * self.seed + self.count) % 2**32
        return layers.Conv2D(
            channels,
            size,
            stride,
            padding="same",
            use_bias=self.norm is None,
            kernel_initializer=keras.initializers.HeNormal(seed=seed),
            name=name,
        )(x)

    def activation(self, x: Tensor, name: str) -> Tensor:
        if self.norm == "batch":
            x = layers.BatchNormalization(
                momentum=0.9, epsilon=1e-5, name=f"{name}_norm"
            )(x)
        return layers.ReLU(name=f"{name}_relu")(x)

    def block(self, x: Tensor, channels: int, stride: int, name: str) -> Tensor:
        """A pre-activation block of two convolutions."""
        shortcut, x = x, self.activation(x, f"{name}_0")
        if shortcut.shape[-1] != channels or stride != 1:
            shortcut = self.convolution(
                x, channels, 1, stride, name=f"{name}_shortcut"
            )
        x = self.convolution(x, channels, stride=stride, name=f"{name}_conv0")
        x = self.activation(x, f"{name}_1")
        x = self.convolution(x, channels, name=f"{name}_conv1")
        if self.norm is None:
            x = ScalarGate(name=f"{name}_gate")(x)
        return layers.Add(name=f"{name}_sum")([shortcut, x])


def _checked_shape(shape: Any, multiple: int) -> tuple[int, int, int]:
    """`shape` as a tuple of (height, width, channels)."""
    try:
        height, width, channels = (int(side) for side in shape)
    except (TypeError, ValueError):
        height = width = channels = 0
    if (
        min(height, width, channels) < 1
        or height % multiple
        or width % multiple
    ):
        raise ValueError(
            "`input_shape` must be (height, width, channels) with sides of a "
            f"multiple of {multiple} pixels. Received: input_shape={shape!r}"
        )
    return height, width, channels
