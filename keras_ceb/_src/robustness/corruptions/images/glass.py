"""Glass blur: pixels swapped with their neighbors between two blurs."""

import numpy as np
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.corruptions.images import filters
from keras_ceb._src.robustness.corruptions.images.corruption import CIFAR10_C
from keras_ceb._src.robustness.corruptions.images.corruption import IMAGENET_C
from keras_ceb._src.robustness.corruptions.images.corruption import Corruption
from keras_ceb._src.typing import Tensor


def glass_blur(
    x: Tensor, keys: Tensor, sigma: float, reach: int, iterations: int
) -> Tensor:
    """Frosted glass: blur, move pixels by up to `reach`, blur again.

    The blurs run in float64 in SciPy's order of operations, because the first
    one is truncated to 8 bits and the moves would spread a wrong level.
    Float images are rounded to 8 bits first.

    Args:
        x: float32 images, [batch, height, width, channels], 0 to 255.
        keys: uint32 tensor, [batch, 2], from `random.image_keys`.
        sigma: Of both blurs, in pixels.
        reach: Offsets are drawn from -reach to reach - 1, in both directions;
            the originals never draw +reach.
        iterations: Number of walks over the image.

    Returns:
        float64 images on the scale 0 to 255.
    """
    height, width = x.shape[1:3]
    walks = []
    for walk in range(iterations):
        draw = random.uniform(keys, (height, width, 2), stream=walk)
        draw = ops.cast(ops.floor(draw * (2 * reach)), "int32")
        walks.append(draw - reach)
    # From a table: compiled, a division by 255 becomes a product with its
    # rounded inverse.
    levels = np.arange(256) / 255.0
    x = ops.take(levels, ops.cast(ops.round(x), "int32"))
    x = filters.gaussian_filter(x, sigma, exact=True) * 255.0
    # Not `ops.floor`, which may return float32.
    x = move_pixels(ops.cast(x, "int32"), walks, reach)
    x = ops.take(levels, x)
    return filters.gaussian_filter(x, sigma, exact=True) * 255.0


def move_pixels(x: Tensor, walks: list[Tensor], reach: int) -> Tensor:
    """Replaces pixels by neighbors as the sequential originals do, exactly.

    The original walks from the bottom right to the top left and exchanges
    each pixel with a random neighbor. In NumPy that exchange copies:
    `a[p], a[q] = a[q], a[p]` on views leaves both at the old value of q. So
    the published sets hold copies, and so do these images.

    A pixel therefore ends with the final value of its neighbor if the walk
    visited that neighbor before, otherwise with the neighbor's first value.
    Pointer doubling follows all these links to their ends at once, which
    replaces the walk.

    Args:
        x: Tensor, [batch, height, width, channels].
        walks: One int32 tensor per walk, [batch, height, width, 2], the (down,
            right) offset of each pixel's neighbor, from -reach to reach - 1.
        reach: Pixels nearer to the border than this do not change.

    Returns:
        Tensor of the shape and dtype of `x`.
    """
    height, width, channels = x.shape[1:]
    sources: Tensor = None
    for offsets in walks:
        links = _sources(offsets, reach)
        # A walk reads from the image that the walks before it left.
        sources = links if sources is None else _gather(sources, links)
    x = ops.reshape(x, (-1, height * width, channels))
    x = ops.take_along_axis(x, sources[..., None], axis=1)
    return ops.reshape(x, (-1, height, width, channels))


def _sources(offsets: Tensor, reach: int) -> Tensor:
    """For each pixel, the place that its value came from in one walk."""
    height, width = offsets.shape[1:3]
    count = height * width
    rows = np.arange(height)[:, None]
    columns = np.arange(width)
    walked = (rows > reach) & (rows <= height - reach)
    walked = walked & (columns > reach) & (columns <= width - reach)
    places = np.arange(count, dtype="int32").reshape(height, width)
    step = ops.where(walked[None], offsets[..., 0] * width + offsets[..., 1], 0)
    places = ops.convert_to_tensor(places)
    target = ops.reshape(step + places[None], (-1, count))
    visited = ops.take(walked.reshape(-1), target)
    linked = ops.logical_and(target > ops.reshape(places, (-1,)), visited)
    # Ends of a chain are marked by adding `count`.
    target = ops.where(linked, target, target + count)

    def follow(target: Tensor) -> Tensor:
        ahead = _gather(target, ops.minimum(target, count - 1))
        return ops.where(target < count, ahead, target)

    (target,) = ops.while_loop(
        lambda target: ops.any(target < count),
        lambda target: (follow(target),),
        (target,),
    )
    return target - count


def _gather(values: Tensor, places: Tensor) -> Tensor:
    """`values[b, places[b]]` for each image b."""
    return ops.take_along_axis(values, places, axis=1)


RECORDS = (
    Corruption(
        "glass_blur",
        4,
        "blur",
        glass_blur,
        {
            IMAGENET_C: (
                (0.7, 1, 2),
                (0.9, 2, 1),
                (1, 2, 3),
                (1.1, 3, 2),
                (1.5, 4, 2),
            ),
            CIFAR10_C: (
                (0.05, 1, 1),
                (0.25, 1, 1),
                (0.4, 1, 1),
                (0.25, 1, 2),
                (0.4, 1, 2),
            ),
        },
        smallest_side=lambda sigma, reach, iterations: 2 * reach + 1,
        float64=True,
        one_by_one=True,
    ),
)
