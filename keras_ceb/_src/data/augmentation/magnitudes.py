"""What a level of 0 to 9 means: three public conventions that disagree.

The published tables give levels. Public code converts them to degrees, pixels
and factors in three ways that are not interchangeable: "Posterize, level 8"
leaves 1, 3 or 4 bits.

| operation | authors | tensorflow | torchvision |
| --- | --- | --- | --- |
| ShearX, ShearY | 0.3 m/10 | 0.3 m/10 | 0.3 m/9 |
| TranslateX, TranslateY | int(t m/10) px | t m/10 px | t m/9 px |
| Rotate | int(30 m/10) degrees | 30 m/10 | 30 m/9 |
| Solarize, threshold | 256 - int(25.6 m) | int(25.6 m) | 255 (1 - m/9) |
| Posterize, bits | 4 - int(0.4 m) | int(0.4 m) | 8 - round(4 m/9) |
| Brightness, Color, ... | 0.1 + 1.8 m/10 | 0.1 + 1.8 m/10 | 1 +- 0.9 m/9 |

The longest translation t is 10 pixels at 32 pixels per side for the authors,
250 pixels for TensorFlow, and 150/331 of the side for torchvision. Shear,
translation and rotation have a random sign in all three.

Reference:
    - The authors' CIFAR-10 code, `research/autoaugment` of tensorflow/models.
    - EfficientNet's and the TensorFlow Model Garden's `augment.py`.
    - `torchvision.transforms.autoaugment`.
"""

import numpy as np

CONVENTIONS = ("authors", "tensorflow", "torchvision")
AFFINE = ("Rotate", "ShearX", "ShearY", "TranslateX", "TranslateY")
ENHANCEMENTS = ("Brightness", "Color", "Contrast", "Sharpness")


def max_translation(convention: str, side: int) -> float:
    """The longest translation in pixels of an image of `side` pixels."""
    return {
        "authors": 10 * side / 32,
        "tensorflow": 250.0,
        "torchvision": 150 / 331 * side,
    }[convention]


def magnitude(
    operation: str,
    level: int,
    negative: bool,
    convention: str,
    longest: float,
) -> float:
    """The argument of a Pillow operation at a level.

    Args:
        operation: Name of the operation.
        level: 0 to 9.
        negative: The random sign; has no effect on operations without one in
            this convention.
        convention: `"authors"`, `"tensorflow"` or `"torchvision"`.
        longest: The longest translation in pixels.

    Returns:
        Degrees, a shear, pixels, a threshold (values below it are kept), a
        number of bits, or a factor; 0.0 for an operation without an argument.
    """
    whole = int if convention == "authors" else float
    share = level / (9 if convention == "torchvision" else 10)
    sign = -1 if negative else 1
    if operation == "Rotate":
        return sign * whole(30 * share)
    if operation in ("ShearX", "ShearY"):
        return sign * 0.3 * share
    if operation in ("TranslateX", "TranslateY"):
        return sign * whole(longest * share)
    if operation in ENHANCEMENTS:
        if convention == "torchvision":
            return 1 + sign * 0.9 * share
        return 0.1 + 1.8 * share
    if operation == "Solarize":
        return {
            "authors": 256 - int(25.6 * level),
            "tensorflow": int(25.6 * level),
            "torchvision": 255 * (1 - share),
        }[convention]
    if operation == "Posterize":
        return {
            "authors": 4 - int(0.4 * level),
            "tensorflow": int(0.4 * level),
            "torchvision": 8 - int(np.round(4 * share)),
        }[convention]
    return 0.0
