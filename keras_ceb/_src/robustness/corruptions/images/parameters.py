"""What the severities 1 to 5 mean, as tables, for both published sets.

The numbers are those of the generators of ImageNet-C (224 x 224) and
CIFAR-10-C (32 x 32) by Hendrycks and Dietterich. Intensities are in units of
the full range (1 is white), lengths in pixels, angles in degrees. The meaning
of each column stands with the function of the same name.

Reference:
    - [Hendrycks & Dietterich, 2019](https://arxiv.org/abs/1903.12261), and
      the generators in github.com/hendrycks/robustness.
"""

import numbers
from typing import Any

VARIANTS = ("imagenet-c", "cifar10-c")
"""The published parameter sets."""

COMMON_CORRUPTIONS = (
    "gaussian_noise",
    "shot_noise",
    "impulse_noise",
    "defocus_blur",
    "glass_blur",
    "motion_blur",
    "zoom_blur",
    "snow",
    "frost",
    "fog",
    "brightness",
    "contrast",
    "elastic_transform",
    "pixelate",
    "jpeg_compression",
)
"""The 15 corruptions that `avg` and mCE are taken over, in the usual order."""

EXTRA_CORRUPTIONS = ("speckle_noise", "gaussian_blur", "spatter", "saturate")
"""The 4 further corruptions, meant for choosing hyperparameters."""

CORRUPTIONS = COMMON_CORRUPTIONS + EXTRA_CORRUPTIONS

SEVERITIES = (1, 2, 3, 4, 5)

# (alpha, sigma, jitter) of the elastic transform are given as multiples of
# 244 in one set and of 32 in the other, whatever the size of the image.
_ELASTIC_224: tuple[Any, ...] = (
    (2, 0.7, 0.1),
    (2, 0.08, 0.2),
    (0.05, 0.01, 0.02),
)
_ELASTIC_224 += ((0.07, 0.01, 0.02), (0.12, 0.01, 0.02))
_ELASTIC_32: tuple[Any, ...] = (
    (0, 0, 0.08),
    (0.05, 0.2, 0.07),
    (0.08, 0.06, 0.06),
)
_ELASTIC_32 += ((0.1, 0.04, 0.05), (0.1, 0.03, 0.03))

_TABLES: dict[str, dict[str, tuple[Any, ...]]] = {
    "imagenet-c": {
        "gaussian_noise": (0.08, 0.12, 0.18, 0.26, 0.38),
        "shot_noise": (60, 25, 12, 5, 3),
        "impulse_noise": (0.03, 0.06, 0.09, 0.17, 0.27),
        "defocus_blur": ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)),
        "glass_blur": (
            (0.7, 1, 2),
            (0.9, 2, 1),
            (1, 2, 3),
            (1.1, 3, 2),
            (1.5, 4, 2),
        ),
        "motion_blur": ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)),
        "zoom_blur": (
            (1.11, 0.01),
            (1.16, 0.01),
            (1.21, 0.02),
            (1.26, 0.02),
            (1.31, 0.03),
        ),
        "snow": (
            (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
            (0.2, 0.3, 2, 0.5, 12, 4, 0.7),
            (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
            (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
            (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
        ),
        "frost": (
            (1, 0.4, 1),
            (0.8, 0.6, 1),
            (0.7, 0.7, 1),
            (0.65, 0.7, 1),
            (0.6, 0.75, 1),
        ),
        "fog": ((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)),
        "brightness": (0.1, 0.2, 0.3, 0.4, 0.5),
        "contrast": (0.4, 0.3, 0.2, 0.1, 0.05),
        "elastic_transform": tuple(
            tuple(244 * value for value in row) for row in _ELASTIC_224
        ),
        "pixelate": (0.6, 0.5, 0.4, 0.3, 0.25),
        "jpeg_compression": (25, 18, 15, 10, 7),
        "speckle_noise": (0.15, 0.2, 0.35, 0.45, 0.6),
        "gaussian_blur": (1, 2, 3, 4, 6),
        "spatter": (
            (0.65, 0.3, 4, 0.69, 0.6, 0),
            (0.65, 0.3, 3, 0.68, 0.6, 0),
            (0.65, 0.3, 2, 0.68, 0.5, 0),
            (0.65, 0.3, 1, 0.65, 1.5, 1),
            (0.67, 0.4, 1, 0.65, 1.5, 1),
        ),
        "saturate": ((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)),
    },
    "cifar10-c": {
        "gaussian_noise": (0.04, 0.06, 0.08, 0.09, 0.10),
        "shot_noise": (500, 250, 100, 75, 50),
        "impulse_noise": (0.01, 0.02, 0.03, 0.05, 0.07),
        "defocus_blur": (
            (0.3, 0.4),
            (0.4, 0.5),
            (0.5, 0.6),
            (1, 0.2),
            (1.5, 0.1),
        ),
        "glass_blur": (
            (0.05, 1, 1),
            (0.25, 1, 1),
            (0.4, 1, 1),
            (0.25, 1, 2),
            (0.4, 1, 2),
        ),
        "motion_blur": ((6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)),
        "zoom_blur": (
            (1.06, 0.01),
            (1.11, 0.01),
            (1.16, 0.01),
            (1.21, 0.01),
            (1.26, 0.01),
        ),
        "snow": (
            (0.1, 0.2, 1, 0.6, 8, 3, 0.95),
            (0.1, 0.2, 1, 0.5, 10, 4, 0.9),
            (0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
            (0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
            (0.3, 0.3, 1.25, 0.65, 14, 12, 0.8),
        ),
        # The textures shrink to a fifth first.
        "frost": (
            (1, 0.2, 0.2),
            (1, 0.3, 0.2),
            (0.9, 0.4, 0.2),
            (0.85, 0.4, 0.2),
            (0.75, 0.45, 0.2),
        ),
        "fog": ((0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)),
        "brightness": (0.05, 0.1, 0.15, 0.2, 0.3),
        "contrast": (0.75, 0.5, 0.4, 0.3, 0.15),
        "elastic_transform": tuple(
            tuple(32 * value for value in row) for row in _ELASTIC_32
        ),
        "pixelate": (0.95, 0.9, 0.85, 0.75, 0.65),
        "jpeg_compression": (80, 65, 58, 50, 40),
        "speckle_noise": (0.06, 0.1, 0.12, 0.16, 0.2),
        "gaussian_blur": (0.4, 0.6, 0.7, 0.8, 1),
        "spatter": (
            (0.62, 0.1, 0.7, 0.7, 0.5, 0),
            (0.65, 0.1, 0.8, 0.7, 0.5, 0),
            (0.65, 0.3, 1, 0.69, 0.5, 0),
            (0.65, 0.1, 0.7, 0.69, 0.6, 1),
            (0.65, 0.1, 0.5, 0.68, 0.6, 1),
        ),
        "saturate": ((0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)),
    },
}


def check_name(name: str) -> None:
    """Raises ValueError unless `name` is one of the 19 corruptions."""
    if name not in CORRUPTIONS:
        raise ValueError(
            f"`name` should be one of {list(CORRUPTIONS)}. Received: "
            f"name={name!r}"
        )


def check_severity(severity: int) -> int:
    """`severity` as an int, if it is an integer from 1 to 5."""
    whole = isinstance(severity, numbers.Integral)
    if isinstance(severity, bool) or not whole or severity not in SEVERITIES:
        raise ValueError(
            f"`severity` should be one of {list(SEVERITIES)}. Received: "
            f"severity={severity!r}"
        )
    return int(severity)


def check_variant(variant: str) -> None:
    """Raises ValueError unless `variant` is a published parameter set."""
    if variant not in VARIANTS:
        raise ValueError(
            f"`variant` should be one of {list(VARIANTS)}. Received: "
            f"variant={variant!r}"
        )


def parameters(
    name: str, severity: int, variant: str = "imagenet-c"
) -> tuple[Any, ...]:
    """The parameters of one corruption at one severity.

    Args:
        name: one of `CORRUPTIONS`.
        severity: integer, 1 to 5.
        variant: `"imagenet-c"` or `"cifar10-c"`.

    Returns:
        A tuple of numbers; the function of the same name says what they are.

    Raises:
        ValueError: on an unknown name, severity or variant.

    Example:

    ```python
    parameters("motion_blur", 3)  # (15, 8)
    ```
    """
    check_name(name)
    check_severity(severity)
    check_variant(variant)
    row = _TABLES[variant][name][severity - 1]
    return tuple(row) if isinstance(row, tuple) else (row,)
