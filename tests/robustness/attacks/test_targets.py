import numpy as np
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.attacks import targets


def test_random_target_is_a_wrong_class_drawn_evenly():
    y = np.arange(3000) % 5
    keys = random.image_keys(np.zeros(2, "uint32"), np.arange(3000))
    labels = ops.convert_to_tensor(y, dtype="int32")
    target = targets.random_target(labels, 5, keys)
    offset = (ops.convert_to_numpy(target) - y) % 5
    counts = np.bincount(offset, minlength=5)
    assert counts[0] == 0
    assert counts[1:].min() > 650


def test_ranked_and_least_likely_targets():
    logits = np.float32([[4, 3, 2, 1], [1, 2, 3, 4]])
    y = np.array([1, 3], "int32")
    found = targets.ranked_targets(logits, y)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(found), [[0, 2, 3], [2, 1, 0]]
    )
    found = targets.least_likely_target(logits)
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [3, 0])
