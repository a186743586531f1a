import numpy as np
import pytest

from keras_ceb._src.data.encoded import steps
from tests.data import photographs

tf = pytest.importorskip("tensorflow")


@pytest.mark.parametrize("training", [False, True])
def test_crops_keep_numbers_and_labels(training):
    encoded = [photographs.png(photographs.gray(51 * i)) for i in range(3)]
    examples = tf.data.Dataset.from_tensor_slices(
        (np.arange(3) + 7, encoded, np.arange(3) + 1)
    )
    epoch = tf.constant(2, "int64")
    found = steps.cropped(examples, epoch, 5, 8, training).batch(3)
    ((numbers, epochs, images, labels),) = found.as_numpy_iterator()
    assert numbers.tolist() == [7, 8, 9] and labels.tolist() == [1, 2, 3]
    assert set(epochs) == {2} and images.shape == (3, 8, 8, 3)
    images, _ = steps.scaled(numbers, epochs, images, labels)
    np.testing.assert_allclose(images[:, 4, 4, 0], [0, 0.2, 0.4], rtol=1e-6)
