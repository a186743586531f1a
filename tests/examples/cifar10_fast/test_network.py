import keras
import numpy as np
import pytest
from keras import layers
from keras import ops

from examples.cifar10_fast import experiments
from examples.cifar10_fast import network
from examples.common import costs


def test_patches_are_whitened():
    rng = np.random.default_rng(0)
    # Neighbors and channels that are much alike, as in photographs.
    images = rng.random((20, 9, 9, 3)).cumsum(axis=1).cumsum(axis=3) / 30
    kernel, bias = network.whitening(images, epsilon=0.0)
    assert kernel.shape == (2, 2, 3, 24)
    whitened = ops.conv(images.astype("float32"), kernel)
    whitened = ops.convert_to_numpy(whitened).reshape(-1, 24) + bias
    np.testing.assert_allclose(whitened[:, 12:], -whitened[:, :12], atol=1e-3)
    np.testing.assert_allclose(whitened.mean(axis=0), 0.0, atol=1e-3)
    np.testing.assert_allclose(
        np.cov(whitened[:, :12], rowvar=False), np.eye(12), atol=2e-3
    )


def test_directions_without_variance_are_not_enlarged():
    kernel, bias = network.whitening(np.full((2, 4, 4, 3), 0.5))
    assert np.isfinite(kernel).all() and np.isfinite(bias).all()


def test_standardized_kernels_have_mean_0_and_the_variance_of_their_gain():
    layer = network.StandardizedConv2D(2, 3, padding="valid")
    layer.build((None, 3, 3, 5))
    rng = np.random.default_rng(1)
    kernel = rng.normal(3.0, 2.0, (3, 3, 5, 2)).astype("float32")
    layer.kernel.assign(kernel)
    layer.gain.assign([1.0, 2.0])
    image = rng.random((1, 3, 3, 5)).astype("float32")
    expected = (kernel - kernel.mean((0, 1, 2))) / kernel.std((0, 1, 2))
    expected = expected / np.sqrt(45) * [1.0, 2.0]
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(image))[0, 0, 0],
        np.einsum("abc,abcd->d", image[0], expected),
        rtol=1e-4,
        atol=1e-5,
    )


def test_the_gain_is_saved():
    one, other = (network.StandardizedConv2D(2, 3) for _ in range(2))
    stored = {}
    for layer in (one, other):
        layer.build((None, 5, 5, 1))
    one.gain.assign([2.0, 3.0])
    one.save_own_variables(stored)
    other.load_own_variables(
        {name: ops.convert_to_numpy(value) for name, value in stored.items()}
    )
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_network_is_as_wide_as_the_study_wants():
    found = network.build((64, 256, 256), "batch", (32, 32, 3), 0)
    # 31^2 patches of 2 x 2, then 3 x 3 at 31^2 and 15^2, 15^2 and 7^2, 7^2
    # and 3^2.
    expected = 961 * 4 * 3 * 24
    expected += 9 * (961 * 24 * 64 + 225 * 64 * 64)
    expected += 9 * (225 * 64 * 256 + 49 * 256 * 256)
    expected += 9 * (49 * 256 * 256 + 9 * 256 * 256)
    assert costs.macs(found) == expected
    assert experiments.preset("fast").channels == (64, 256, 256)
    assert found.output.shape == (None, 256)
    assert not found.get_layer(network.WHITENED).trainable


def test_without_normalization_activations_keep_their_size():
    found = network.build((64, 64), None, (9, 9, 3), 0)
    kinds = (layers.BatchNormalization, layers.GroupNormalization)
    assert not any(isinstance(layer, kinds) for layer in found.layers)
    rng = np.random.default_rng(0)
    images = rng.random((50, 9, 9, 3)).astype("float32")
    network.whiten(found, images)
    inner = keras.Model(found.inputs, found.layers[-2].output)
    deviation = ops.convert_to_numpy(inner(images)).std()
    assert 0.3 < deviation < 3


@pytest.mark.parametrize("norm", ["batch", None])
def test_initial_values_differ_between_layers_and_seeds(norm):
    one, same, other = (
        network.build((4, 4), norm, (9, 9, 3), seed) for seed in (0, 0, 1)
    )
    kernels = [
        [layer.get_weights()[0] for layer in found.layers[3:] if layer.weights]
        for found in (one, same, other)
    ]
    kernels = [
        [kernel for kernel in found if kernel.ndim == 4] for found in kernels
    ]
    assert len(kernels[0]) == 4
    for a, b, c in zip(*kernels, strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c)
    assert not np.array_equal(kernels[0][1], kernels[0][3])
