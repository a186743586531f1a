import numpy as np
from keras import ops

from keras_ceb._src.robustness.attacks import states


def test_keeps_the_best_iterate():
    x = ops.zeros((3, 2))
    y = np.array([0, 0, 0], "int32")
    state = states.first_state(x)
    right = np.float32([[2, 1]] * 3)
    wrong = np.float32([[1, 2]] * 3)
    loss = ops.convert_to_tensor([5.0, 5.0, 5.0])
    state = states.keep_best(state, x + 1, right, loss, y)
    # Misclassified beats a higher loss; a lower loss does not count.
    logits = np.where([[True], [False], [False]], wrong, right)
    loss = ops.convert_to_tensor([1.0, 1.0, 9.0])
    state = states.keep_best(state, x + 2, logits, loss, y)
    best = ops.convert_to_numpy(state["best"])[:, 0]
    np.testing.assert_array_equal(best, [2, 1, 2])
    fooled = ops.convert_to_numpy(state["fooled"])
    np.testing.assert_array_equal(fooled, [True, False, False])
    assert not ops.convert_to_numpy(state["nan"]).any()
