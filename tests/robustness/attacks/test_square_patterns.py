import numpy as np
import pytest
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.attacks import square_patterns


@pytest.mark.parametrize(
    "query,share", [(0, 0.8), (10, 0.8), (11, 0.4), (51, 0.2), (5000, 0.0125)]
)
def test_side_follows_the_schedule(query, share):
    # 0.8 of the pixels, halved after the queries of the original.
    side = int(square_patterns.side(query, 0.8, 32, 32, "linf"))
    halved = 0.8 * 0.5 ** np.sum(
        query > np.array([10, 50, 200, 500, 1000, 2000, 4000])
    )
    assert side == max(round(np.sqrt(halved * 1024)), 1)
    odd = int(square_patterns.side(query, 0.8, 32, 32, "l2"))
    assert odd % 2 == 1 and odd >= 3


def test_square_is_one_square_of_one_sign_per_channel():
    rng = np.random.default_rng(0)
    draws = ops.convert_to_tensor(rng.random((40, 5)).astype("float32"))
    value = square_patterns.square(600, 0.8, draws, 16, 12)
    value = ops.convert_to_numpy(value)
    size = int(square_patterns.side(600, 0.8, 16, 12, "linf"))
    for image in value:
        rows, columns = np.nonzero(image[..., 0])
        assert len(rows) == size**2
        assert np.ptp(rows) == np.ptp(columns) == size - 1
        assert all(len(np.unique(c[c != 0])) == 1 for c in image.T)


def reference_half(height, width):
    """The nested rectangles of Algorithm 3, drawn one over the other."""
    value = np.zeros((height, width))
    row, column = height // 2, width // 2
    for layer in range(max(height // 2, width // 2) + 1):
        value[
            max(row - layer, 0) : row + layer + 1,
            max(column - layer, 0) : column + layer + 1,
        ] += 1 / (layer + 1) ** 2
    return value / max(np.linalg.norm(value), 1e-12)


@pytest.mark.parametrize("size", [3, 5, 7])
def test_bump_equals_nested_rectangles(size):
    expected = np.zeros((size, size))
    expected[: size // 2] = reference_half(size // 2, size)
    expected[size // 2 :] = -reference_half(size - size // 2, size)
    expected /= np.linalg.norm(expected)
    place = np.arange(size)[None].astype("int32")
    for upright in (True, False):
        found = square_patterns.bump(
            place, place, np.int32(size), np.array([upright])
        )
        found = ops.convert_to_numpy(found)[0]
        wanted = expected if upright else expected.T
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_tiles_fill_a_grid():
    keys = random.image_keys(np.zeros(2, "uint32"), np.arange(3))
    tiles = square_patterns.tiles(keys, 0, 10, 10, 3)
    tiles = ops.convert_to_numpy(tiles)
    assert tiles.shape == (3, 10, 10, 3)
    # 25 bumps of unit length in every channel.
    np.testing.assert_allclose(np.sum(tiles**2, (1, 2)), 25, rtol=1e-4)


def test_move_mass_keeps_the_rest():
    rng = np.random.default_rng(1)
    delta = rng.normal(size=(4, 9, 9, 2)).astype("float32")
    draws = rng.random((4, 7)).astype("float32")
    eps = np.float32(np.linalg.norm(delta[0]))
    moved = square_patterns.move_mass(
        *map(ops.convert_to_tensor, (delta, 5000)),
        0.8,
        *map(ops.convert_to_tensor, (draws, eps)),
    )
    moved = ops.convert_to_numpy(moved)
    changed = np.any(moved != delta, axis=-1).sum(axis=(1, 2))
    assert np.all(changed <= 2 * 9) and np.all(changed > 0)
