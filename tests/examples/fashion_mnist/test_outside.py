import numpy as np

from examples.fashion_mnist import outside


def test_sets_have_the_size_and_range_of_the_images():
    images = np.random.default_rng(1).random((3, 4, 4, 1)).astype("float32")
    sets = outside.sets(images)
    assert {name: len(part) for name, part in sets.items()} == {
        "inverted": 3,
        "rotated": 3,
        "noise": 3,
        "digits": 1797,
    }
    for part in sets.values():
        assert part.shape[1:] == (4, 4, 1) and part.dtype == "float32"
        assert part.min() >= 0 and part.max() <= 1
    np.testing.assert_allclose(sets["inverted"] + images, 1.0)
    # The last column becomes the first row.
    np.testing.assert_array_equal(
        sets["rotated"][0, 0, :, 0], images[0, :, -1, 0]
    )


def test_digits_keep_their_mean_brightness():
    small, large = outside.digits(8), outside.digits(24)
    np.testing.assert_allclose(large.mean(), small.mean(), rtol=0.02)
