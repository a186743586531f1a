"""The network against its definition, in NumPy and in PyTorch's layout."""

import keras
import numpy as np
import pytest

from examples.transfer import lite0


def convolve(x, kernel, stride, groups=1):
    """A convolution of `[channels, height, width]`, padded as TensorFlow does.

    Args:
        x: The image.
        kernel: `[out, in / groups, height, width]`.
        stride: In both directions.
        groups: Either 1, or one for each channel.
    """
    size, side = kernel.shape[-1], x.shape[-1]
    out = -(-side // stride)
    total = max((out - 1) * stride + size - side, 0)
    before = total // 2
    x = np.pad(x, ((0, 0), *2 * ((before, total - before),)))
    found = np.zeros((kernel.shape[0], out, out))
    for row in range(out):
        for column in range(out):
            top, left = row * stride, column * stride
            patch = x[:, top : top + size, left : left + size]
            if groups == 1:
                found[:, row, column] = np.tensordot(kernel, patch, 3)
            else:
                found[:, row, column] = (kernel[:, 0] * patch).sum((1, 2))
    return found


def expected(tensors, image):
    """The features of an image, `[height, width, 3]` from 0 to 1."""

    def norm(x, name, relu=True):
        scale, shift, mean, variance = (
            tensors[f"{name}.{part}"][:, None, None]
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        x = scale * (x - mean) / np.sqrt(variance + 1e-3) + shift
        return np.clip(x, 0, 6) if relu else x

    def weight(name):
        return tensors[f"{name}.weight"]

    x = ((255 * image - 127) / 128).transpose(2, 0, 1)
    x = norm(convolve(x, weight("_conv_stem"), 2), "_bn0")
    # One block, and two of which the second adds what it is given.
    blocks = [(4, 1, 1), (6, 2, 2), (6, 1, 2)]
    for place, (channels, stride, expansion) in enumerate(blocks):
        name, shortcut = f"_blocks.{place}.", x
        if expansion != 1:
            x = convolve(x, weight(f"{name}_expand_conv"), 1)
            x = norm(x, f"{name}_bn0")
        kernel = weight(f"{name}_depthwise_conv")
        x = norm(convolve(x, kernel, stride, len(kernel)), f"{name}_bn1")
        x = convolve(x, weight(f"{name}_project_conv"), 1)
        x = norm(x, f"{name}_bn2", relu=False)
        if stride == 1 and len(shortcut) == channels:
            x = x + shortcut
    x = norm(convolve(x, weight("_conv_head"), 1), "_bn1")
    return x.mean((1, 2))


def test_features_are_those_of_the_definition(small):
    network, tensors = small
    image = np.random.default_rng(1).random((16, 16, 3)).astype("float32")
    (found,) = keras.ops.convert_to_numpy(network(image[None]))
    np.testing.assert_allclose(found, expected(tensors, image), rtol=1e-4)


def test_the_classifier_is_linear_in_the_features(small):
    network, tensors = small
    rng = np.random.default_rng(2)
    kernel, bias = rng.normal(size=(5, 8)), rng.normal(size=5)
    model = lite0.classifier(
        network, {**tensors, "_fc.weight": kernel, "_fc.bias": bias}
    )
    x = rng.random((2, 16, 16, 3)).astype("float32")
    features = keras.ops.convert_to_numpy(network(x))
    found = keras.ops.convert_to_numpy(model(x))
    np.testing.assert_allclose(found, features @ kernel.T + bias, rtol=1e-4)


# The same on every backend, and on JAX each weight is compiled.
@pytest.mark.tf_only
def test_the_whole_network_has_as_many_weights_as_its_authors():
    network = lite0.build((32, 32, 3))
    # 4,652,008 with the classifier; the rest of the file are the averages.
    averages = sum(
        2 * layer.gamma.shape[0]
        for layer in network.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    )
    classifier = 1280 * 1000 + 1000
    assert network.count_params() + classifier == 4_694_024
    assert network.count_params() - averages + classifier == 4_652_008
    assert network.output_shape == (None, 1280)


def test_tensors_must_be_those_of_the_network(small):
    network, tensors = small
    fewer = {k: v for k, v in tensors.items() if k != "_bn0.bias"}
    with pytest.raises(ValueError, match="must hold '_bn0.bias'"):
        lite0.set_weights(network, fewer)
    with pytest.raises(ValueError, match="also _se.weight"):
        lite0.set_weights(network, {**tensors, "_se.weight": np.zeros(1)})
