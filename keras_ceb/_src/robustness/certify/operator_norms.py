"""Upper bounds on the L2 norms of linear layers.

Keras's `SpectralNormalization` divides by the result of a power iteration,
which approaches the norm from below and certifies nothing; these are bounds
from above.
"""

import math

import numpy as np

# Grid points per period of the fastest oscillation, see `convolution_bound`.
_DENSITY = 16


def matrix_norm(kernel: np.ndarray) -> float:
    """The largest singular value of a matrix."""
    return float(np.linalg.norm(kernel.astype("float64"), 2))


def convolution_bound(
    kernel: np.ndarray, strides: tuple[int, int] = (1, 1)
) -> float:
    """An upper bound on the norm of a 2-D convolution, within 2 percent.

    The bound holds for images of any size, with zeros around them or without.
    Padding with zeros and leaving out results does not raise the norm, so it
    is at most that of the convolution of infinite images,

        M = sup_w |K(w)|_2,  K(w) = sum_t K_t exp(-i w t),

    where K_t is the matrix of the channels at the tap t (Sedghi et al., 2019,
    for images that wrap around). A stride s makes a convolution without one
    of it, whose input channels are the s x s pixels of a block.

    The maximum over a grid of frequencies is below M, but not by much. Let
    u* K(w) v = M at w*. The real part T of u* K(w) v, with the phase that
    centers its frequencies, oscillates at most at the rates d = (taps - 1)/2
    along each axis. On the line from w* to the closest of N grid points per
    axis, it is a function of exponential type at most D pi/N with D = d1 + d2,
    no larger than M anywhere and M at w*. Such a function falls no faster than
    a cosine (Duffin and Schaeffer, 1938), hence for D pi/N <= pi/2

        M cos(D pi/N) <= T(grid) <= max_grid |K|_2.

    Args:
        kernel: `[height, width, input channels, output channels]`.
        strides: Along the height and the width.

    Reference: Sedghi et al., 2019, "The singular values of convolutional
    layers"; Duffin and Schaeffer, 1938, "Some properties of functions of
    exponential type"; for other bounds, Araujo et al., 2021, "On Lipschitz
    regularization of convolutional layers using Toeplitz matrix theory".
    """
    taps = _without_strides(kernel.astype("float64"), strides)
    height, width = taps.shape[:2]
    rate = (height + width - 2) / 2
    count = max(1, math.ceil(_DENSITY * rate))
    sizes = [count if size > 1 else 1 for size in (height, width)]
    # The kernel is real: the other half of the rows are complex conjugates.
    rows = np.fft.rfft(taps, sizes[0], axis=0)
    largest = 0.0
    for row in rows:
        symbols = np.fft.fft(row, sizes[1], axis=0)
        if symbols.shape[1] > symbols.shape[2]:
            symbols = symbols.swapaxes(1, 2)
        gram = symbols @ symbols.conj().swapaxes(1, 2)
        largest = max(largest, float(np.linalg.eigvalsh(gram)[:, -1].max()))
    return math.sqrt(largest) / math.cos(rate * math.pi / count)


def grouped_bound(
    kernel: np.ndarray, groups: int, strides: tuple[int, int] = (1, 1)
) -> float:
    """`convolution_bound` of a convolution in groups of channels.

    The groups share neither inputs nor outputs, so the norm is the largest.

    Args:
        kernel: `[height, width, channels per group, output channels]`.
        groups: Number of groups.
        strides: Along the height and the width.
    """
    parts = np.split(kernel, groups, axis=3)
    return max(convolution_bound(part, strides) for part in parts)


def pooling_covers(size: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """The largest number of windows that a value is in."""
    return math.prod(
        math.ceil(n / step) for n, step in zip(size, strides, strict=True)
    )


def _without_strides(
    kernel: np.ndarray, strides: tuple[int, int]
) -> np.ndarray:
    """The same kernel on blocks of pixels, whose pixels become channels."""
    height, width, *channels = kernel.shape
    rows, columns = strides
    padded = np.pad(
        kernel, [(0, -height % rows), (0, -width % columns), (0, 0), (0, 0)]
    )
    blocks = padded.reshape(
        padded.shape[0] // rows, rows, padded.shape[1] // columns, columns,
        *channels,
    )  # fmt: skip
    blocks = blocks.transpose(0, 2, 1, 3, 4, 5)
    taps: np.ndarray = blocks.reshape(*blocks.shape[:2], -1, channels[1])
    return taps
