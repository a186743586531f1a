"""Which corruptions to measure, and how."""

import contextlib
import dataclasses
import numbers
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from keras_ceb._src.robustness.corruptions.benchmark.normalizers import (
    Normalizer,
)
from keras_ceb._src.robustness.corruptions.benchmark.normalizers import (
    load_normalizer,
)
from keras_ceb._src.robustness.corruptions.images import frost_textures
from keras_ceb._src.robustness.corruptions.images.corruption import SEVERITIES
from keras_ceb._src.robustness.corruptions.images.corruption import VARIANTS
from keras_ceb._src.robustness.corruptions.images.corruption import (
    check_severity,
)
from keras_ceb._src.robustness.corruptions.images.corruption import (
    check_variant,
)
from keras_ceb._src.robustness.corruptions.images.names import (
    COMMON_CORRUPTIONS,
)
from keras_ceb._src.robustness.corruptions.images.names import CORRUPTIONS
from keras_ceb._src.robustness.corruptions.images.names import check_name
from keras_ceb._src.robustness.corruptions.images.registry import corruption
from keras_ceb._src.validation import integer_seed

# Images up to this side get the severities of CIFAR-10-C by default.
_SMALL_SIDE = 64


@dataclasses.dataclass(frozen=True)
class CorruptionSuite:
    """Corruptions, severities and the reference to compare with.

    Args:
        names: Different corruptions, in the order of the table.
        severities: Different integers from 1 to 5, or one of them.
        variant: `"imagenet-c"` or `"cifar10-c"`; `None` uses the second for
            images of up to 64 pixels per side, otherwise the first.
        seed: Integer, 0 to 2**64 - 1, of the random numbers.
        textures: For frost, see `load_textures`. If its photographs are not
            found, frost is left out and the report says so.
        normalizer: For the mCE: a name, a file or a `Normalizer`.
            `"default"` uses AlexNet for ImageNet-C and none for CIFAR-10-C,
            whose authors use plain averages. `None` uses none.

    Raises:
        ValueError: If a name, a severity or the variant is unknown.

    Example:

    ```python
    suite = CorruptionSuite(["fog", "frost"], textures="my/frost")
    report = evaluate_corruptions(model, test, suite)
    ```
    """

    names: Sequence[str] = COMMON_CORRUPTIONS
    severities: Sequence[int] = SEVERITIES
    variant: str | None = None
    seed: int = 0
    textures: Any = None
    normalizer: Any = "default"

    def __post_init__(self) -> None:
        given = self.names
        if isinstance(given, str) or not isinstance(given, Sequence):
            given = ()
        if not given:
            raise ValueError(
                "`names` must be a sequence of corruptions. Received: "
                f"names={self.names!r}"
            )
        for name in self.names:
            check_name(name)
        _check_once(self.names, "names")
        severities: Any = self.severities
        if isinstance(severities, numbers.Integral):
            severities = (severities,)
        if not isinstance(severities, Iterable) or not len(tuple(severities)):
            raise ValueError(
                "`severities` must hold at least one of 1 to 5. Received: "
                f"severities={self.severities!r}"
            )
        severities = tuple(check_severity(s) for s in severities)
        _check_once(severities, "severities")
        object.__setattr__(self, "severities", severities)
        if self.variant is not None:
            check_variant(self.variant)
        seed = integer_seed(self.seed, maximum=2**64 - 1)
        object.__setattr__(self, "seed", seed)

    def check(self) -> None:
        """Checks the files of the suite before they are needed.

        Raises:
            ValueError: If the normalizer is not found or lacks a corruption,
                or the textures cannot be used.
        """
        if self.normalizer != "default":
            self.normalizer_for("")
        if "frost" in self.names:
            # Without its photographs, frost is left out.
            with contextlib.suppress(frost_textures.FrostTexturesNotFound):
                frost_textures.load_textures(self.textures)

    def check_fits(self, shape: tuple[int | None, ...]) -> None:
        """Checks that every corruption can process images of this shape.

        Args:
            shape: Shape of one image, [height, width, channels]; unknown sizes
                are `None`.

        Raises:
            ValueError: If it is not the shape of an image, or too small for a
                corruption.
        """
        if len(shape) != 3 or shape[-1] not in (1, 3, None):
            raise ValueError(
                "`data` must hold images of shape (height, width, channels), "
                "with 1 or 3 channels, for `corruptions`. Received: inputs of "
                "shape "
                f"{tuple(shape)}"
            )
        height, width, channels = shape
        if height is None or width is None or channels is None:
            return
        variant = self.variant_for(height, width)
        for name in self.names:
            for severity in self.severities:
                record = corruption(name)
                row = record.parameters_at(severity, variant)
                record.check_size(height, width, channels, row)
        self.normalizer_for(variant)

    def variant_for(self, height: int, width: int) -> str:
        """The parameter set for images of this size."""
        if self.variant is not None:
            return self.variant
        small = max(height, width) <= _SMALL_SIDE
        return "cifar10-c" if small else "imagenet-c"

    def normalizer_for(self, variant: str) -> Normalizer | None:
        """The reference errors, or `None` for plain averages only.

        Raises:
            ValueError: If a given normalizer lacks one of the 15 common
                corruptions among `names`.
        """
        if self.normalizer == "default":
            if variant == "cifar10-c":
                return None
            return load_normalizer("alexnet")
        if self.normalizer is None:
            return None
        normalizer = load_normalizer(self.normalizer)
        for name in self.names:
            if name in COMMON_CORRUPTIONS:
                normalizer.total(name, self.severities)
        return normalizer


def _check_once(values: Sequence[Any], name: str) -> None:
    if len(set(values)) != len(values):
        raise ValueError(
            f"`{name}` must not repeat a value: errors are counted by "
            f"corruption and severity. Received: {name}={list(values)!r}"
        )


def make_suite(corruptions: Any) -> CorruptionSuite:
    """The suite for the argument `corruptions`.

    Args:
        corruptions: `"imagenet-c"` or `"cifar10-c"` for the 15 common
            corruptions at those severities; the name of a corruption, or
            several, in a sequence or separated by commas, optionally with one
            of the two sets, whose severities are then used; a
            `CorruptionSuite`; or `True` for the 15.

    Raises:
        TypeError: If `corruptions` is none of these.
        ValueError: If a name is unknown.
    """
    if isinstance(corruptions, CorruptionSuite):
        return corruptions
    if corruptions is True:
        return CorruptionSuite()
    if isinstance(corruptions, str):
        corruptions = [name.strip() for name in corruptions.split(",")]
    if not isinstance(corruptions, Sequence):
        raise TypeError(
            "`corruptions` must be a name, a sequence of names or a "
            f"`CorruptionSuite`. Received: corruptions={corruptions!r}"
        )
    variants = [name for name in corruptions if name in VARIANTS]
    names = [name for name in corruptions if name not in variants]
    unknown = [name for name in names if name not in CORRUPTIONS]
    if unknown or len(variants) > 1 or not corruptions:
        raise ValueError(
            f"`corruptions` must be one of {list(VARIANTS)} "
            f"or names among {list(CORRUPTIONS)}. Received: "
            f"corruptions={corruptions!r}"
        )
    return CorruptionSuite(
        names or COMMON_CORRUPTIONS,
        variant=variants[0] if variants else None,
    )
