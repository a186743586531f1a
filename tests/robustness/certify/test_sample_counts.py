import keras
import numpy as np
import pytest

from keras_ceb._src import random
from keras_ceb._src.robustness.certify.sample_counts import counter
from keras_ceb.robustness import Classifier

SAMPLES = {
    "x": np.full((1, 2, 2), 0.5, "float32"),
    "index": np.int32([7]),
    "seed": np.uint32(3),
    "sigma": np.float32(0.5),
    "first": np.int32(0),
    "stop": np.int32(50),
}


@pytest.fixture
def model():
    """Three classes: none, one or two of the first column above 0.5."""
    inputs = keras.Input((2, 2))
    above = keras.ops.cast(inputs[:, :, 0] > 0.5, "float32")
    number = keras.ops.sum(above, axis=1, keepdims=True)
    classes = np.arange(3, dtype="float32")
    return keras.Model(inputs, -keras.ops.abs(number - classes))


def expected(first, stop):
    """The classes of the samples, one by one."""
    key = random.image_keys(np.uint32(3), np.int32([7]), 2**30)
    found = np.zeros(3, int)
    for number in range(first, stop):
        noise = random.normal(key, (2, 2), number)
        x = 0.5 + 0.5 * keras.ops.convert_to_numpy(noise)
        found[int((x[0, :, 0] > 0.5).sum())] += 1
    return found


@pytest.mark.parametrize("batch_size", [8, 64])
def test_counts_are_those_of_single_samples(model, batch_size):
    count = counter(Classifier(model, batch_size=batch_size), (2, 2), 3, False)
    whole = count(SAMPLES)
    np.testing.assert_array_equal(whole, expected(0, 50))
    # In parts that are no whole batches, from 0 and from elsewhere.
    parts = [
        count({**SAMPLES, "first": np.int32(a), "stop": np.int32(b)})
        for a, b in ((0, 13), (13, 50))
    ]
    np.testing.assert_array_equal(sum(parts), whole)
    if batch_size == 64:
        # XLA fuses the noise, and changes nothing.
        classifier = Classifier(model, batch_size=batch_size)
        plain = counter(classifier, (2, 2), 3, False, fuse_noise=False)
        np.testing.assert_array_equal(plain(SAMPLES), whole)
    # Another image has other noise.
    assert (count({**SAMPLES, "index": np.int32([8])}) != whole).any()


def test_nan_logits_name_the_image():
    inputs = keras.Input((2, 2))
    nan = keras.layers.Flatten()(inputs) * float("nan")
    model = keras.Model(inputs, nan)
    count = counter(Classifier(model), (2, 2), 4, False)
    with pytest.raises(ValueError, match=r"NaN logits for images \[7\]"):
        count(SAMPLES)
