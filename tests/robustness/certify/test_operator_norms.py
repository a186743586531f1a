import keras
import numpy as np
import pytest

from keras_ceb._src.robustness.certify import operator_norms

RNG = np.random.default_rng(0)


def matrix_of(layer, shape):
    """The matrix of a linear layer, column by column."""
    identity = np.eye(int(np.prod(shape)), dtype="float32")
    outputs = layer(identity.reshape(-1, *shape)) - layer(
        np.zeros((1, *shape), "float32")
    )
    outputs = keras.ops.convert_to_numpy(outputs)
    return outputs.reshape(len(identity), -1).astype("float64")


def norm_of(layer, shape):
    return np.linalg.norm(matrix_of(layer, shape), 2)


def test_the_norm_of_a_matrix():
    kernel = np.diag([3.0, -4.0])
    assert operator_norms.matrix_norm(kernel) == pytest.approx(4)


@pytest.mark.parametrize(
    ("size", "strides"),
    [((3, 3), (1, 1)), ((3, 2), (2, 2)), ((4, 4), (2, 2)), ((1, 5), (1, 3))],
)
def test_convolutions_against_their_matrix(size, strides):
    for padding in ("same", "valid"):
        layer = keras.layers.Conv2D(3, size, strides, padding)
        true = norm_of(layer, (16, 16, 2))
        kernel = keras.ops.convert_to_numpy(layer.kernel)
        bound = operator_norms.convolution_bound(kernel, strides)
        # Images of 16 pixels are almost as large as infinite ones.
        assert true <= bound * (1 + 1e-5) and bound < 1.15 * true


def test_closed_forms_of_convolutions():
    # 1 x 1, and kernels as large as the stride, are matrices.
    kernel = RNG.normal(size=(1, 1, 4, 3))
    expected = np.linalg.norm(kernel[0, 0], 2)
    bound = operator_norms.convolution_bound(kernel)
    assert bound == pytest.approx(expected)
    kernel = RNG.normal(size=(2, 2, 3, 4))
    expected = np.linalg.norm(kernel.reshape(12, 4), 2)
    bound = operator_norms.convolution_bound(kernel, (2, 2))
    assert bound == pytest.approx(expected)
    # A mean of 3 x 3 keeps a constant image, and shrinks all others.
    mean = np.full((3, 3, 1, 1), 1 / 9)
    assert 1 <= operator_norms.convolution_bound(mean) < 1.02


def test_frequencies_between_the_grid_points():
    # exp(-iwt) at the taps 0, 1: the largest sum is where the phase of the
    # taps agrees, wherever that is.
    for angle in np.linspace(0, np.pi, 50):
        turn = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
        kernel = np.stack([np.eye(2), np.array(turn)])[:, None]
        bound = operator_norms.convolution_bound(kernel)
        # |1 + exp(i (angle - w))| is 2 at w = angle.
        assert 2 <= bound * (1 + 1e-12) and bound < 2 * 1.02


def test_groups_are_the_largest_of_their_norms():
    kernel = RNG.normal(size=(1, 1, 2, 4))
    expected = max(np.linalg.norm(kernel[0, 0, :, s], 2)
                   for s in (slice(0, 2), slice(2, 4)))  # fmt: skip
    assert operator_norms.grouped_bound(kernel, 2) == pytest.approx(expected)


def test_windows_that_a_value_is_in():
    assert operator_norms.pooling_covers((2, 2), (2, 2)) == 1
    assert operator_norms.pooling_covers((3, 2), (2, 1)) == 4
