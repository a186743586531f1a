"""JPEG compression without a codec, bit-exact with libjpeg.

Entropy coding is lossless, so encoding and decoding reduce to what comes
before and after it: color conversion, 4:2:0 subsampling, the integer cosine
transform, quantization, and their inverses. All of it is integer arithmetic
on whole batches, which compiles and runs on accelerators. The tests compare
with Pillow: the images are equal.

Reference:
    - ITU-T T.81, annex K (quantization tables) and A.3.3 (the transform).
    - The Independent JPEG Group's library: the accurate integer transform
      (13-bit constants), its "fancy" upsampling and fixed-point color.
"""

import numpy as np
from keras import ops

from keras_ceb._src.robustness.corruptions.images import jpeg_codec
from keras_ceb._src.robustness.corruptions.images.corruption import CIFAR10_C
from keras_ceb._src.robustness.corruptions.images.corruption import IMAGENET_C
from keras_ceb._src.robustness.corruptions.images.corruption import Corruption
from keras_ceb._src.typing import Tensor

_LUMA_TABLE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)
_CHROMA_TABLE = np.full((8, 8), 99)
_CHROMA_TABLE[:4, :4] = [
    [17, 18, 24, 47],
    [18, 21, 26, 66],
    [24, 26, 56, 99],
    [47, 66, 99, 99],
]

# The left half of 8192 sqrt(2) cos((2n + 1) k pi / 16), as the sums of the
# library's rounded constants: some differ from the rounded cosine by one.
_HALF_TRANSFORM = np.array(
    [
        [8192, 8192, 8192, 8192],
        [11363, 9633, 6437, 2260],
        [10703, 4433, -4433, -10703],
        [9633, -2259, -11362, -6436],
        [8192, -8192, -8192, 8192],
        [6437, -11362, 2261, 9633],
        [4433, -10704, 10704, -4433],
        [2260, -6436, 9633, -11363],
    ]
)
_SIGNS = np.array([1, -1] * 4)[:, None]
_TRANSFORM = np.concatenate(
    [_HALF_TRANSFORM, _SIGNS * _HALF_TRANSFORM[:, ::-1]], axis=1
)

_HALF = 1 << 15


def jpeg_compression(x: Tensor, keys: Tensor, quality: int) -> Tensor:
    """Compresses to JPEG with 4:2:0 subsampling and decompresses.

    Float images are rounded to 8 bits first. Gray images, [..., 1], are
    compressed as gray JPEGs.

    Args:
        x: float32 images, [batch, height, width, channels], 0 to 255.
        keys: Not used.
        quality: 1 to 100, libjpeg's scale.
    """
    height, width, channels = x.shape[1:]
    planes = ops.cast(ops.round(ops.transpose(x, (3, 0, 1, 2))), "int32")
    luma_table, chroma_table = quantization_tables(quality)
    if channels == 1:
        luma = _code(planes[0], luma_table)
        return ops.cast(luma[..., None], "float32")
    luma = _sum_fixed((0.29900, 0.58700, 0.11400), planes, _HALF)
    # The library rounds the two differences down at exact halves.
    offset = (128 << 16) + _HALF - 1
    blueness = _sum_fixed((-0.168735892, -0.331264108, 0.5), planes, offset)
    redness = _sum_fixed((0.5, -0.418687589, -0.081312411), planes, offset)
    luma = _code(luma, luma_table)
    chroma = ops.stack([_halve(blueness), _halve(redness)], axis=0)
    shape = chroma.shape[2:]
    chroma = _code(ops.reshape(chroma, (-1, *shape)), chroma_table)
    chroma = _double(chroma[:, :, : (width + 1) // 2])
    chroma = chroma[:, :height, :width] - 128
    chroma = ops.reshape(chroma, (2, -1, height, width))
    blueness, redness = chroma[0], chroma[1]
    red = luma + _sum_fixed((1.40200,), [redness], _HALF)
    green = luma + _sum_fixed((-0.34414, -0.71414), chroma, _HALF)
    blue = luma + _sum_fixed((1.77200,), [blueness], _HALF)
    x = ops.clip(ops.stack([red, green, blue]), 0, 255)
    return ops.transpose(ops.cast(x, "float32"), (1, 2, 3, 0))


def quantization_tables(quality: int) -> tuple[np.ndarray, np.ndarray]:
    """The luma and chroma tables of annex K at libjpeg's `quality`."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    luma, chroma = (
        np.clip((table * scale + 50) // 100, 1, 255)
        for table in (_LUMA_TABLE, _CHROMA_TABLE)
    )
    return luma, chroma


def _fixed(value: float) -> int:
    return int(value * 65536 + 0.5) if value > 0 else -_fixed(-value)


def _sum_fixed(
    weights: tuple[float, ...], planes: Tensor, offset: int
) -> Tensor:
    """A weighted sum of planes in 16-bit fixed point, int32."""
    total: Tensor = offset
    for index, weight in enumerate(weights):
        total = total + planes[index] * _fixed(weight)
    return ops.right_shift(total, 16)


def _pad_to(x: Tensor, axis: int, multiple: int) -> Tensor:
    """Repeats the last row or column up to a multiple of `multiple`."""
    size = x.shape[axis]
    missing = -size % multiple
    if missing == 0:
        return x
    places = np.minimum(np.arange(size + missing), size - 1)
    return ops.take(x, places, axis=axis)


def _halve(plane: Tensor) -> Tensor:
    """Means of 2 x 2 pixels; halves are rounded down and up alternately."""
    # The library pads blocks to the right before it halves, and downwards
    # afterwards.
    plane = _pad_to(_pad_to(plane, 1, 2), 2, 16)
    height, width = plane.shape[1:]
    plane = ops.reshape(plane, (-1, height // 2, 2, width // 2, 2))
    total = plane[:, :, 0] + plane[:, :, 1]
    total = total[..., 0] + total[..., 1]
    bias = (1 + np.arange(width // 2) % 2).astype("int32")
    return ops.right_shift(total + ops.convert_to_tensor(bias), 2)


def _double(plane: Tensor) -> Tensor:
    """Doubles the size with weights 3/4 and 1/4 (triangle filter)."""
    height, width = plane.shape[1:]
    up = ops.take(plane, np.maximum(np.arange(height) - 1, 0), axis=1)
    down = ops.take(
        plane, np.minimum(np.arange(height) + 1, height - 1), axis=1
    )
    tall = ops.stack([3 * plane + up, 3 * plane + down], axis=2)
    tall = ops.reshape(tall, (-1, 2 * height, width))
    left = ops.take(tall, np.maximum(np.arange(width) - 1, 0), axis=2)
    right = ops.take(tall, np.minimum(np.arange(width) + 1, width - 1), axis=2)
    wide = ops.stack(
        [
            ops.right_shift(3 * tall + left + 8, 4),
            ops.right_shift(3 * tall + right + 7, 4),
        ],
        axis=3,
    )
    return ops.reshape(wide, (-1, 2 * height, 2 * width))


def _code(plane: Tensor, table: np.ndarray) -> Tensor:
    """Transforms, quantizes and transforms back one plane, int32."""
    height, width = plane.shape[1:]
    plane = _pad_to(_pad_to(plane, 1, 8), 2, 8)
    rows, columns = plane.shape[1] // 8, plane.shape[2] // 8
    x = ops.reshape(plane - 128, (-1, rows, 8, columns, 8))
    x = ops.reshape(ops.transpose(x, (2, 4, 0, 1, 3)), (8, 8, -1))
    x = _multiply(_TRANSFORM, x, 1, 11)
    x = _multiply(_TRANSFORM, x, 0, 15)
    # The transform leaves a factor of 8.
    divisor = (8 * table)[:, :, None]
    # Division by a product in float32: exact, for the numerator is an
    # integer plus 1/4, far from every multiple of the divisor.
    half = ops.convert_to_tensor((divisor // 2 + 0.25).astype("float32"))
    inverse = ops.convert_to_tensor((1 / divisor).astype("float32"))
    level = ops.floor((ops.cast(ops.abs(x), "float32") + half) * inverse)
    step = ops.convert_to_tensor((divisor // 8).astype("int32"))
    x = ops.sign(x) * ops.cast(level, "int32") * step
    x = _multiply(_TRANSFORM.T, x, 0, 11)
    x = _multiply(_TRANSFORM.T, x, 1, 18)
    x = ops.clip(x + 128, 0, 255)
    x = ops.reshape(x, (8, 8, -1, rows, columns))
    x = ops.reshape(
        ops.transpose(x, (2, 3, 0, 4, 1)), (-1, 8 * rows, 8 * columns)
    )
    return x[:, :height, :width]


def _multiply(matrix: np.ndarray, x: Tensor, axis: int, shift: int) -> Tensor:
    """round(matrix x / 2^shift) along one axis of int32 blocks, exactly.

    Float32 products of integers are exact while the sums stay below 2^24, and
    much faster than integer ones. The matrix is split into 6 low bits and the
    rest to stay below.
    """
    high = np.floor_divide(matrix + 32, 64)
    low = matrix - 64 * high
    split = np.concatenate([high, low]).astype("float32")
    equation = "kr,rcn->kcn" if axis == 0 else "kc,rcn->rkn"
    product = ops.einsum(equation, split, ops.cast(x, "float32"))
    product = ops.cast(product, "int32")
    if axis == 0:
        product = product[:8] * 64 + product[8:]
    else:
        product = product[:, :8] * 64 + product[:, 8:]
    return ops.right_shift(product + (1 << (shift - 1)), shift)


RECORDS = (
    Corruption(
        "jpeg_compression",
        14,
        "digital",
        jpeg_compression,
        {
            IMAGENET_C: (25, 18, 15, 10, 7),
            CIFAR10_C: (80, 65, 58, 50, 40),
        },
        codec=jpeg_codec.code,
    ),
)
