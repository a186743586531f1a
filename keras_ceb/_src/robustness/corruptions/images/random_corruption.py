"""Common corruptions as augmentation in training."""

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.robustness.corruptions.images.corruption import SEVERITIES
from keras_ceb._src.robustness.corruptions.images.corruption import (
    check_severity,
)
from keras_ceb._src.robustness.corruptions.images.corruption import (
    check_variant,
)
from keras_ceb._src.robustness.corruptions.images.names import EXTRA_CORRUPTIONS
from keras_ceb._src.robustness.corruptions.images.names import check_name
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import optional_seed


@keras.saving.register_keras_serializable(package="keras_ceb")
class RandomCorruption(keras.layers.Layer):
    """Corrupts images in training and returns them unchanged otherwise.

    Warning: a corruption that a model was trained on no longer tests it. Errors
    on ImageNet-C or CIFAR-10-C after training on any of their 15 corruptions
    are not comparable with published ones. The four extra corruptions
    (`EXTRA_CORRUPTIONS`) are meant for training and are the default.

    Each call draws one corruption and one severity for the batch, and separate
    random numbers for each image.

    Args:
        names: Corruptions to draw from. `None` takes `EXTRA_CORRUPTIONS`.
        severities: Severities to draw from, 1 to 5.
        rate: Share of the images that are corrupted, 0 to 1.
        variant: The parameters, `"imagenet-c"` or `"cifar10-c"`.
        value_range: (0, 1) or (0, 255), the range of float images.
        textures: For frost: a folder, `"synthetic"`, or `None` for those of an
            installed package.
        seed: Integer from 0 to 2**32 - 1, or `None` for a different one in each
            process.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float or uint8 tensor.
        training: bool, whether to corrupt.

    Input shape:
        `(batch, height, width, channels)`, 1 or 3 channels.

    Output shape:
        That of the input.

    Example:

    ```python
    augment = RandomCorruption(["speckle_noise", "saturate"], rate=0.5)
    model = keras.Sequential([augment, backbone])
    ```

    Reference:
        - [Hendrycks & Dietterich, 2019](https://arxiv.org/abs/1903.12261)
    """

    def __init__(
        self,
        names: Sequence[str] | None = None,
        severities: Sequence[int] = SEVERITIES,
        rate: float = 1.0,
        variant: str = "imagenet-c",
        value_range: tuple[float, float] = (0, 1),
        textures: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if names is None:
            names = EXTRA_CORRUPTIONS
        names = [names] if isinstance(names, str) else list(names)
        for name in names:
            check_name(name)
        severities = [check_severity(s) for s in severities]
        check_variant(variant)
        if not names or not severities:
            raise ValueError(
                "`names` and `severities` must each hold at least one element. "
                f"Received: names={names}, severities={severities}"
            )
        finite_number(rate, "rate", 0, 1)
        self.names = names
        self.severities = severities
        self.rate = rate
        self.variant = variant
        self.value_range = (value_range[0], value_range[1])
        self.textures = textures
        self.seed = optional_seed(seed)
        self.seed_generator = keras.random.SeedGenerator(
            backend.seed_word(self.seed)
        )
        self.supports_masking = True

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        from keras_ceb._src.robustness.corruptions.images.corrupt import corrupt

        if not training or self.rate == 0:
            return images
        batch = ops.shape(images)[0]
        draw = self.seed_generator
        # The indices select the random numbers of the images.
        first = keras.random.randint((), 0, 2**30, seed=draw)
        indices = first + ops.arange(batch, dtype="int32")

        def branch(
            name: str, severity: int
        ) -> Callable[[Tensor, Tensor], Tensor]:
            return lambda images, indices: corrupt(
                images,
                name,
                severity,
                variant=self.variant,
                indices=indices,
                value_range=self.value_range,
                textures=self.textures,
            )

        branches = [
            branch(name, severity)
            for name in self.names
            for severity in self.severities
        ]
        if len(branches) == 1:
            corrupted = branches[0](images, indices)
        else:
            choice = keras.random.randint((), 0, len(branches), seed=draw)
            corrupted = ops.switch(choice, branches, images, indices)
        if self.rate == 1:
            return corrupted
        chosen = keras.random.uniform((batch, 1, 1, 1), seed=draw) < self.rate
        return ops.where(chosen, corrupted, images)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "names": self.names,
            "severities": self.severities,
            "rate": self.rate,
            "variant": self.variant,
            "value_range": self.value_range,
            "textures": self.textures,
            "seed": self.seed,
        }
