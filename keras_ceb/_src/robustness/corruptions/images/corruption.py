"""`Corruption`: everything that is particular to one corruption."""

import dataclasses
import numbers
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Literal

import numpy as np

from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import one_of

IMAGENET_C = "imagenet-c"
CIFAR10_C = "cifar10-c"

VARIANTS = (IMAGENET_C, CIFAR10_C)
"""The published parameter sets."""

SEVERITIES = (1, 2, 3, 4, 5)
"""The published severities, mild to strong."""


@dataclasses.dataclass(frozen=True, eq=False)
class Corruption:
    """One corruption: its function, its parameters and what it needs.

    The published parameters are those of the generators of ImageNet-C
    (224 x 224) and CIFAR-10-C (32 x 32). Intensities are in units of the full
    range (1 is white), lengths in pixels, angles in degrees.

    Args:
        name: Public name.
        number: Position in `CORRUPTIONS`, and number of the random stream. It
            is never changed or reused, so that a seed keeps its images.
        category: Group of ImageNet-C.
        function: Maps float32 images `[batch, height, width, channels]` from
            0 to 255, uint32 keys `[batch, 2]` and the parameters to images on
            the same scale, which need not be clipped. XLA compiles it.
        parameters: For each of `VARIANTS`, the parameters of `function` at
            severities 1 to 5: a number, or a tuple of several.
        smallest_side: Smallest height and width that `function` can process,
            in pixels; or a function that computes it from the parameters.
        needs_color: Whether gray images are rejected.
        needs_textures: Whether the textures of frost follow the parameters.
        float64: Whether `function` returns float64, exact to the level.
        one_by_one: Whether a CPU is faster image by image on large images,
            because the intermediate results of a batch exceed its cache.
        codec: Gives the same result for a large uint8 array on the host,
            faster than `function` on a CPU; or `None` if it cannot.

    Reference:
        - [Hendrycks & Dietterich, 2019](https://arxiv.org/abs/1903.12261),
          and the generators in github.com/hendrycks/robustness.
    """

    name: str
    number: int
    category: Literal["noise", "blur", "weather", "digital"]
    function: Callable[..., Tensor]
    parameters: Mapping[str, Sequence[Any]]
    smallest_side: int | Callable[..., int] = 1
    needs_color: bool = False
    needs_textures: bool = False
    float64: bool = False
    one_by_one: bool = False
    codec: Callable[..., np.ndarray | None] | None = None

    def parameters_at(
        self, severity: int, variant: str = IMAGENET_C
    ) -> tuple[Any, ...]:
        """The parameters of `function` at one severity.

        Raises:
            ValueError: If the severity or the variant is unknown.
        """
        severity = check_severity(severity)
        row = self.parameters[check_variant(variant)][severity - 1]
        return row if isinstance(row, tuple) else (row,)

    def salt(self, severity: int) -> int:
        """Separates the random numbers of corruptions and severities."""
        return 8 * self.number + severity

    def check_size(
        self, height: int, width: int, channels: int, row: tuple[Any, ...]
    ) -> None:
        """Raises `ValueError` if images are too small or lack color.

        Args:
            height: Height of the images, in pixels.
            width: Width of the images, in pixels.
            channels: Channels of the images.
            row: Parameters, from `parameters_at`.
        """
        if self.needs_color and channels == 1:
            raise ValueError(
                f"`images` must have 3 channels for {self.name}, which needs "
                f"color. Received: channels={channels}"
            )
        smallest = self.smallest_for(row)
        if min(height, width) < smallest:
            raise ValueError(
                f"`images` must be at least {smallest} pixels high and wide "
                f"for {self.name} with the parameters {row}. Received: "
                f"height={height}, width={width}"
            )

    def smallest_for(self, row: tuple[Any, ...]) -> int:
        """Smallest height and width for the parameters `row`, in pixels."""
        smallest = self.smallest_side
        return smallest(*row) if callable(smallest) else smallest


def check_severity(severity: Any) -> int:
    """`severity` as an int, if it is an integer from 1 to 5."""
    whole = isinstance(severity, numbers.Integral)
    if isinstance(severity, bool) or not whole or severity not in SEVERITIES:
        raise ValueError(
            f"`severity` must be an integer from {SEVERITIES[0]} to "
            f"{SEVERITIES[-1]}. Received: severity={severity!r}"
        )
    return int(severity)


def check_variant(variant: Any) -> str:
    """`variant`, if it is a published parameter set."""
    return str(one_of(variant, "variant", VARIANTS))
