"""Crops of encoded images against NumPy, and their statistics."""

import numpy as np
import pytest

from tests.data import photographs

pytest.importorskip("tensorflow")
crops = pytest.importorskip("keras_ceb._src.data.encoded.crops")


def cubic(distance):
    """Keys' cubic kernel with a = -3/4."""
    a, d = -0.75, np.abs(distance)
    near = (a + 2) * d**3 - (a + 3) * d**2 + 1
    far = a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
    return np.where(d <= 1, near, np.where(d < 2, far, 0))


def resize_matrix(size, new_size):
    """Rows of weights of the reference's bicubic filter, corners aligned."""
    matrix = np.zeros((new_size, size))
    for row in range(new_size):
        place = row * size / new_size
        for tap in range(int(place) - 1, int(place) + 3):
            # Beyond the edge the nearest pixel stands in.
            matrix[row, np.clip(tap, 0, size - 1)] += cubic(place - tap)
    return matrix


def resized(image, size):
    vertical = resize_matrix(image.shape[0], size)
    horizontal = resize_matrix(image.shape[1], size)
    values = np.einsum("ih,hwc,jw->ijc", vertical, image, horizontal)
    return np.clip(np.round(values), 0, 255)


def picture(height, width, seed=0):
    """Smooth enough that a filter has something to do, and to be JPEG."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3))
    fine = np.kron(coarse, np.ones((8, 8, 1)))[:height, :width]
    return fine.astype("uint8")


@pytest.mark.parametrize(
    "height,width,top,left,side", [(64, 80, 4, 12, 56), (51, 40, 8, 3, 35)]
)
def test_the_central_crop(height, width, top, left, side):
    image = picture(height, width)
    found = crops.central_crop(photographs.png(image), 24).numpy()
    expected = resized(image[top : top + side, left : left + side], 24)
    assert found.shape == (24, 24, 3) and found.dtype == "uint8"
    # The kernel is a table of 1024 steps: 7 bits short of exact.
    assert np.abs(found - expected).max() <= 1


def test_a_jpeg_is_decoded_as_a_whole_and_then_cropped():
    import tensorflow as tf

    data = photographs.jpeg(picture(64, 64))
    whole = tf.io.decode_jpeg(data, channels=3).numpy()
    found = crops.central_crop(data, 56).numpy()
    # Without a change of size the filter is the identity. At the edges of the
    # crop the decoder interpolates colors by what it has.
    np.testing.assert_array_equal(found[1:-1, 1:-1], whole[5:59, 5:59])


def windows(image, count):
    """(left, top, width, height, mirrored) of random crops, read off an image
    whose colors are the coordinates."""
    data, size = photographs.png(image), 9
    for seed in range(count):
        crop = crops.distorted_crop(data, size, [seed, 1]).numpy().astype(float)
        x, y = crop[0, :, 0], crop[:, 0, 1]
        mirrored = x[0] > x[-1]
        x = x[::-1] if mirrored else x
        # Pixel i of the result is at i * side / size; the last one misses
        # the far edge, at which the filter bends.
        width, height = (size / 6 * (v[7] - v[1]) for v in (x, y))
        yield x[0], y[0], width, height, mirrored


def test_distorted_crops():
    side = 200
    ramp = np.arange(side, dtype="uint8")
    image = np.stack(
        [*np.meshgrid(ramp, ramp), np.zeros((side, side), "uint8")], -1
    )
    found = np.array(list(windows(image, 150)), float)
    left, top, width, height, mirrored = found.T
    area, aspect = width * height / side**2, width / height
    # Corners are rounded to pixels, and so are colors.
    assert 0.07 < area.min() < 0.16 and 0.85 < area.max() < 1.03
    assert 0.72 < aspect.min() < 0.80 and 1.25 < aspect.max() < 1.38
    assert left.min() < 5 and (left + width).max() > side - 5
    assert top.min() < 5 and (top + height).max() > side - 5
    # Standard error 0.04.
    assert 0.35 < mirrored.mean() < 0.65
    # The area is uniform between its bounds, the mean 0.54 less what does
    # not fit at the largest aspect ratios; standard error 0.02.
    assert 0.42 < area.mean() < 0.60


def test_the_same_seed_gives_the_same_crop():
    data = photographs.jpeg(picture(48, 64))
    one, other, third = (
        crops.distorted_crop(data, 16, seed).numpy()
        for seed in ([3, 4], [3, 4], [3, 5])
    )
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, third)


def test_an_image_without_a_fitting_part_is_cropped_in_the_center():
    # The largest part of aspect 4/3 has 3 % of the area, of the least 8 %.
    image = picture(8, 400)
    data = photographs.png(image)
    found = crops.distorted_crop(data, 7, [0, 0]).numpy()
    central = crops.central_crop(data, 7).numpy()
    mirrored = central[:, ::-1]
    assert any(np.array_equal(found, one) for one in (central, mirrored))
