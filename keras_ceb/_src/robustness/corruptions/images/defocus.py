"""Defocus blur: correlation with a slightly blurred disk."""

import numpy as np
from keras import ops

from keras_ceb._src.robustness.corruptions.images import filters
from keras_ceb._src.robustness.corruptions.images.corruption import CIFAR10_C
from keras_ceb._src.robustness.corruptions.images.corruption import IMAGENET_C
from keras_ceb._src.robustness.corruptions.images.corruption import Corruption
from keras_ceb._src.typing import Tensor

# Up to this many taps a plain sum beats running sums.
_FEW_TAPS = 40


def disk_kernel(radius: float, alias_sigma: float) -> np.ndarray:
    """The defocus kernel: a disk, slightly blurred against aliasing.

    The disk is sampled on 17 x 17 points, or on 2 radius + 1 points per
    side when the radius is above 8. The alias blur, 3 or 5 points wide,
    reflects the disk at the border of that grid, as the original does.

    Returns:
        float64 array, [side, side], the trailing zeros cut off.
    """
    reach = 8 if radius <= 8 else int(radius)
    points = np.arange(-reach, reach + 1)
    disk = points[:, None] ** 2 + points**2 <= radius**2
    kernel: np.ndarray = disk / disk.sum()
    blur = _alias_kernel(radius, alias_sigma)
    extra = len(blur) // 2
    for axis in (0, 1):
        padding = [(0, 0), (0, 0)]
        padding[axis] = (extra, extra)
        padded = np.pad(kernel, padding, mode="reflect")
        kernel = sum(
            weight * np.take(padded, np.arange(len(points)) + j, axis)
            for j, weight in enumerate(blur)
        )
    used = int(np.abs(points[(kernel > 0).any(axis=0)]).max())
    return kernel[reach - used : reach + used + 1, reach - used :][
        :, : 2 * used + 1
    ]


def defocus_blur(
    x: Tensor, keys: Tensor, radius: float, alias_sigma: float
) -> Tensor:
    """An out-of-focus lens: correlation with `disk_kernel`.

    Borders are reflected without repeating the edge pixel. Small kernels are
    summed tap by tap. Large ones are split without loss: the alias blur of
    the image, a disk summed by running sums down the columns (two numbers per
    column of the disk), and the few taps near the border of the grid where
    the alias blur of the kernel differs from that on an unbounded grid.
    """
    kernel = disk_kernel(radius, alias_sigma)
    height, width, channels = x.shape[1:]
    taps = _nonzero(kernel, 1e-7)
    blur = _alias_kernel(radius, alias_sigma)
    few = len(taps) <= _FEW_TAPS
    reach = len(kernel) // 2 if few else int(radius) + len(blur) // 2

    def spread(x: Tensor) -> Tensor:
        x = filters.pad(x, 1, reach, reach, "reflect")
        x = filters.pad(x, 2, reach, reach, "reflect")
        return ops.reshape(x, (-1, x.shape[1], x.shape[2] * channels))

    padded = filters.staged(spread, x)
    if not few:
        rest = -_endless_kernel(int(radius), blur)
        inner = (len(rest) - len(kernel)) // 2
        inside = slice(inner, inner + len(kernel))
        rest[inside, inside] += kernel
        # The taps left out change no pixel by more than a quarter of a level.
        taps = _nonzero(rest, 1e-4)
        sums = filters.staged(
            lambda padded: _column_sums(padded, int(radius), blur, x.shape),
            padded,
        )
        result = filters.staged(
            lambda sums: _disk_means(sums, int(radius), x.shape), sums
        )
    if few or taps:
        tapped = filters.staged(
            lambda padded: _sum_taps(padded, taps, x.shape), padded
        )
        result = tapped if few else result + tapped
    return ops.reshape(result, (-1, height, width, channels))


def _nonzero(kernel: np.ndarray, least: float) -> list[tuple[int, int, float]]:
    """The (row, column, weight) of the taps above `least` in size."""
    return [
        (int(i), int(j), float(kernel[i, j]))
        for i, j in zip(*np.nonzero(np.abs(kernel) > least), strict=True)
    ]


def _alias_kernel(radius: float, alias_sigma: float) -> np.ndarray:
    return filters.gaussian_kernel(alias_sigma, 1 if radius <= 8 else 2)


def _half_heights(radius: int) -> list[int]:
    """How far each column of a disk reaches up and down."""
    columns = range(-radius, radius + 1)
    return [int((radius * radius - j * j) ** 0.5) for j in columns]


def _endless_kernel(radius: int, blur: np.ndarray) -> np.ndarray:
    """The disk blurred on a grid that is large enough to hold the result."""
    extra = len(blur) // 2
    side = 2 * (radius + extra) + 1
    kernel = np.zeros((side, side))
    for j, half in enumerate(_half_heights(radius)):
        center = radius + extra
        kernel[center - half : center + half + 1, j + extra] = 1
    kernel /= kernel.sum()
    for axis in (0, 1):
        kernel = np.apply_along_axis(np.convolve, axis, kernel, blur, "same")
    return kernel


def _sum_taps(
    padded: Tensor, taps: list[tuple[int, int, float]], shape: tuple[int, ...]
) -> Tensor:
    """The weighted sum of shifted copies of the images."""
    height, width, channels = shape[1:]
    total = 0
    for i, j, weight in taps:
        columns = slice(j * channels, (j + width) * channels)
        total = total + padded[:, i : i + height, columns] * weight
    return total


def _column_sums(
    padded: Tensor, radius: int, blur: np.ndarray, shape: tuple[int, ...]
) -> Tensor:
    """Running sums down the columns of the alias-blurred images."""
    height, width, channels = shape[1:]
    rows, columns = height + 2 * radius, (width + 2 * radius) * channels
    padded = sum(
        padded[:, :, j * channels : j * channels + columns] * float(weight)
        for j, weight in enumerate(blur)
    )
    padded = sum(
        padded[:, i : i + rows] * float(weight) for i, weight in enumerate(blur)
    )
    by_row = ops.transpose(padded, (1, 0, 2))
    start = ops.zeros_like(by_row[0])
    _, sums = ops.scan(
        lambda total, row: (total + row, total + row), start, by_row
    )
    sums = ops.concatenate([start[None], sums], axis=0)
    return ops.transpose(sums, (1, 0, 2))


def _disk_means(sums: Tensor, radius: int, shape: tuple[int, ...]) -> Tensor:
    """The mean over a disk around each pixel, from `_column_sums`."""
    height, width, channels = shape[1:]
    halves = _half_heights(radius)
    total = 0
    # Columns of the same height share one difference of running sums.
    for half in sorted(set(halves)):
        bottom, top = radius + half + 1, radius - half
        heights = (
            sums[:, bottom : bottom + height] - sums[:, top : top + height]
        )
        for j, other in enumerate(halves):
            if other == half:
                columns = slice(j * channels, (j + width) * channels)
                total = total + heights[:, :, columns]
    return total * (1 / sum(2 * half + 1 for half in halves))


RECORDS = (
    Corruption(
        "defocus_blur",
        3,
        "blur",
        defocus_blur,
        {
            IMAGENET_C: ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)),
            CIFAR10_C: (
                (0.3, 0.4),
                (0.4, 0.5),
                (0.5, 0.6),
                (1, 0.2),
                (1.5, 0.1),
            ),
        },
        # A reflection must not need more pixels than the image has.
        smallest_side=lambda *row: len(disk_kernel(*row)) // 2 + 3,
        one_by_one=True,
    ),
)
