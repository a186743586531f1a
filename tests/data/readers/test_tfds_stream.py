import numpy as np
import pytest

from keras_ceb._src.data.readers.tfds_stream import StreamOptions
from keras_ceb._src.data.readers.tfds_stream import TfdsStream

tf = pytest.importorskip("tensorflow")


def stream(dtype="uint8", **options):
    images = np.arange(0, 250, 50).astype(dtype)[:, None, None, None]
    images = images * np.ones((5, 2, 4, 1), dtype)
    pairs = tf.data.Dataset.from_tensor_slices((images, np.arange(5)))
    return TfdsStream(pairs, StreamOptions(2, **options))


def levels(batches):
    return np.concatenate([x[:, 0, 0, 0] for x, _ in batches])


def test_batches_come_in_order_in_each_pass():
    batches = stream()
    for _ in range(2):
        found = list(batches)
        assert [len(x) for x, _ in found] == [2, 2, 1]
        np.testing.assert_allclose(levels(found), np.arange(0, 250, 50) / 255)
        labels = np.concatenate([y for _, y in found])
        np.testing.assert_array_equal(labels, np.arange(5))


def test_only_pixels_are_scaled():
    wide = np.arange(0, 250, 50)
    np.testing.assert_array_equal(levels(stream(bounds=None)), wide)
    np.testing.assert_array_equal(levels(stream("float32")), wide)
    found = levels(stream(bounds=(-1, 1)))
    np.testing.assert_allclose(found, wide / 127.5 - 1, atol=1e-6)


def test_a_part_in_another_size():
    ((x, y), (last, _)) = stream(image_size=(4, 3)).take(3)
    assert x.shape == (2, 4, 3, 1) and last.shape == (1, 4, 3, 1)
    assert y.tolist() == [0, 1]
    with pytest.raises(ValueError, match="`count`"):
        stream().take(0)
