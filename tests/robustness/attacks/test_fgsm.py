import numpy as np

from keras_ceb.robustness.attacks import FGSM


def test_is_one_step_of_the_gradient_sign(linear):
    weights = np.float32([[1, -1], [-2, 0], [0, 0.5]])
    x = np.full((2, 3), 0.5, "float32")
    adversarial = FGSM(eps=0.1)(linear(weights), x, [0, 1])
    # Cross-entropy falls along w_y - w_other.
    sign = np.sign((weights[:, 1] - weights[:, 0]) * [[1], [-1]])
    np.testing.assert_allclose(adversarial, x + 0.1 * sign, rtol=1e-6)


def test_l2_step_has_length_eps(linear):
    weights = np.float32([[3, 0], [4, 0]])
    x = np.full((1, 2), 0.5, "float32")
    adversarial = FGSM("l2", eps=0.2)(linear(weights), x, [0])
    np.testing.assert_allclose(adversarial, [[0.38, 0.34]], rtol=1e-5)
