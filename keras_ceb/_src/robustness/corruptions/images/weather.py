"""Snow and fog.

Both take float32 images [batch, height, width, channels] on the scale 0 to
255 and the keys of the images, and return images on that scale, not yet
clipped. Flakes and fog are equal in all channels, so gray images need no
special case.
"""

import math

from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.corruptions.images import filters
from keras_ceb._src.robustness.corruptions.images import motion
from keras_ceb._src.robustness.corruptions.images.corruption import CIFAR10_C
from keras_ceb._src.robustness.corruptions.images.corruption import IMAGENET_C
from keras_ceb._src.robustness.corruptions.images.corruption import Corruption
from keras_ceb._src.typing import Tensor

# Strength of the noise in the first round of the fog map.
_FIRST_WIBBLE = 100.0


def snow(
    x: Tensor,
    keys: Tensor,
    mean: float,
    scale: float,
    zoom: float,
    threshold: float,
    radius: int,
    sigma: float,
    mix: float,
) -> Tensor:
    """Blurred flakes over a whitened image.

    Args:
        x: Images.
        keys: uint32 tensor, [batch, 2].
        mean, scale: Of the normal noise that the flakes are cut from.
        zoom: How much the flakes are enlarged.
        threshold: Noise below it is no flake.
        radius, sigma: Of the motion blur of the flakes, in pixels; the
            direction is drawn from -135 to -45 degrees.
        mix: Weight of the image against its whitened self.
    """
    height, width = x.shape[1:3]
    tables = [filters.zoom_table(size, zoom) for size in (height, width)]
    # Only the middle of the noise is seen, so only that is drawn.
    (top, bottom), (left, right) = (
        (int(table[0].min()), int(table[0].max()) + 2) for table in tables
    )
    flakes = random.normal(keys, (bottom - top, right - left), stream=0)
    flakes = flakes * scale + mean
    flakes = filters.interpolate(
        flakes, tables[0][0] - top, tables[0][1], axis=1
    )
    flakes = filters.interpolate(
        flakes, tables[1][0] - left, tables[1][1], axis=2
    )
    flakes = ops.where(flakes < threshold, 0.0, flakes)
    flakes = ops.floor(255 * ops.clip(flakes, 0, 1))[..., None]
    angle = 90 * random.uniform(keys, (), stream=1) - 135
    flakes = ops.round(motion.blur_along(flakes, angle, radius, sigma))
    # Keras 3.10 flips one axis at a time.
    flakes = flakes + ops.flip(ops.flip(flakes, axis=1), axis=2)
    white = ops.maximum(x, 1.5 * filters.luminance(x) + 127.5)
    return mix * x + (1 - mix) * white + flakes


def fog(x: Tensor, keys: Tensor, strength: float, decay: float) -> Tensor:
    """Adds a plasma cloud and scales back to the brightest level.

    Args:
        x: Images.
        keys: uint32 tensor, [batch, 2].
        strength: Of the cloud; 1 is the full range.
        decay: How fast the cloud's fine structure fades. The cloud is drawn
            on the smallest square of a power of two that covers the image.
    """
    height, width = x.shape[1:3]
    size = 1 << math.ceil(math.log2(max(height, width)))
    cloud = plasma(keys, size, decay)[:, :height, :width, None]
    brightest = ops.max(x, axis=(1, 2, 3), keepdims=True) / 255
    x = x + (255 * strength) * cloud
    return x * (brightest / (brightest + strength))


def plasma(keys: Tensor, size: int, decay: float) -> Tensor:
    """Diamond-square noise that wraps around, scaled to 0 to 1.

    Starting from one point, each round puts points into the middle of the
    squares, then into the middle of the diamonds; a new point is the mean of
    its four neighbors plus noise that fades from round to round.

    Args:
        keys: uint32 tensor, [batch, 2].
        size: Side of the map, a power of two.
        decay: The noise is divided by it after every round.

    Returns:
        float32 tensor, [batch, size, size].

    Reference:
        - Fournier, Fussell & Carpenter, 1982, "Computer rendering of
          stochastic models".
    """
    noise = 2 * random.uniform(keys, (size * size - 1,)) - 1
    grid = ops.zeros_like(noise[:, :1, None])
    wibble = _FIRST_WIBBLE
    while grid.shape[1] < size:
        side = grid.shape[1]
        # The rounds before used up side^2 - 1 numbers.
        fresh = noise[:, side * side - 1 : 4 * side * side - 1]
        fresh = ops.reshape(fresh * (wibble * wibble), (-1, 3, side, side))
        right = ops.roll(grid, -1, axis=2)
        below = ops.roll(grid, -1, axis=1)
        square = grid + right + below + ops.roll(right, -1, axis=1)
        square = square / 4 + fresh[:, 0]
        above = square + ops.roll(square, 1, axis=1)
        top = (above + grid + right) / 4 + fresh[:, 1]
        beside = square + ops.roll(square, 1, axis=2)
        left = (beside + grid + below) / 4 + fresh[:, 2]
        even = ops.stack([grid, top], axis=3)
        odd = ops.stack([left, square], axis=3)
        grid = ops.stack([even, odd], axis=2)
        grid = ops.reshape(grid, (-1, 2 * side, 2 * side))
        wibble /= decay
    grid = grid - ops.min(grid, axis=(1, 2), keepdims=True)
    return grid / ops.max(grid, axis=(1, 2), keepdims=True)


RECORDS = (
    Corruption(
        "snow",
        7,
        "weather",
        snow,
        {
            IMAGENET_C: (
                (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
                (0.2, 0.3, 2, 0.5, 12, 4, 0.7),
                (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
                (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
                (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
            ),
            CIFAR10_C: (
                (0.1, 0.2, 1, 0.6, 8, 3, 0.95),
                (0.1, 0.2, 1, 0.5, 10, 4, 0.9),
                (0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
                (0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
                (0.3, 0.3, 1.25, 0.65, 14, 12, 0.8),
            ),
        },
        smallest_side=lambda mean, scale, zoom, *rest: math.ceil(zoom) + 1,
    ),
    Corruption(
        "fog",
        9,
        "weather",
        fog,
        {
            IMAGENET_C: ((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)),
            CIFAR10_C: ((0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)),
        },
    ),
)
