"""ResNet v1.5: the reference's layers, and its forward pass in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops
from numpy.lib.stride_tricks import sliding_window_view

import keras_ceb
from keras_ceb._src.backbones.resnet import BLOCKS
from keras_ceb.backbones import ResNet

# The structure does not depend on the backend, and a JAX that compiles each
# initializer takes a minute over it.
structure = pytest.mark.tf_only


def count(model):
    return sum(int(np.prod(w.shape)) for w in model.trainable_weights)


def parameters(blocks, width):
    """Trainable parameters without a classifier, block by block."""
    stem = 64 * width
    total, last = 49 * 3 * stem + 2 * stem, stem
    for group, repeats in enumerate(blocks):
        c = stem * 2**group
        for block in range(repeats):
            total += last * c + 9 * c * c + c * 4 * c  # kernels
            total += 2 * (c + c + 4 * c)  # BatchNorm
            if block == 0:
                total += last * 4 * c + 2 * 4 * c
            last = 4 * c
    return total


@pytest.fixture(scope="module")
def resnet50():
    return ResNet(50)


@structure
def test_resnet_50_has_the_parameters_of_the_reference(resnet50):
    # With its 1000-way dense layer; torchvision's ResNet-50 has as many.
    assert count(resnet50) + 2048 * 1000 + 1000 == 25_557_032
    assert count(resnet50) == parameters((3, 4, 6, 3), 1)


@structure
@pytest.mark.parametrize(
    "depth, blocks",
    [
        (14, (1, 1, 1, 1)),
        (26, (2, 2, 2, 2)),
        pytest.param(101, (3, 4, 23, 3), marks=pytest.mark.slow),
        (152, (3, 8, 36, 3)),
    ],
)
def test_parameters_of_other_depths(depth, blocks):
    backbone = ResNet(depth, 0.125, input_shape=(32, 32, 3))
    assert count(backbone) == parameters(blocks, 1 / 8)
    assert depth == 3 * sum(blocks) + 2
    # The literature's counts of the full networks, in millions.
    millions = {101: 44.5, 152: 60.2}.get(depth)
    if millions:
        full = parameters(blocks, 1) + 2048 * 1000 + 1000
        assert abs(full / 1e6 - millions) < 0.06


# Of each group at 224 pixels: blocks, channels inside, channels out, stride
# of the first block, side of the output.
GROUPS = [
    (3, 64, 256, 1, 56),
    (4, 128, 512, 2, 28),
    (6, 256, 1024, 2, 14),
    (3, 512, 2048, 2, 7),
]


def expected_convolutions():
    """(kernel, channels in, channels out, stride, side of the output)."""
    table, last = {"stem": (7, 3, 64, 2, 112)}, 64
    for group, (blocks, inner, outer, first, side) in enumerate(GROUPS):
        for block in range(blocks):
            stride = first if block == 0 else 1
            name = f"group{group}_block{block}"
            before = side * stride
            if block == 0:
                table[f"{name}_shortcut"] = (1, last, outer, stride, side)
            # The stride is in the 3x3 convolution (v1.5).
            table[f"{name}_0"] = (1, last, inner, 1, before)
            table[f"{name}_1"] = (3, inner, inner, stride, side)
            table[f"{name}_2"] = (1, inner, outer, 1, side)
            last = outer
    return table


def convolutions(backbone):
    return {
        layer.name.removesuffix("_conv"): (
            layer.kernel_size[0],
            layer.kernel.shape[2],
            layer.filters,
            layer.strides[0],
            layer.output.shape[1],
        )
        for layer in backbone.layers
        if isinstance(layer, keras.layers.Conv2D)
    }


@structure
def test_layer_shapes_and_strides(resnet50):
    table = convolutions(resnet50)
    assert table == expected_convolutions()
    assert len(table) == 53
    assert resnet50.get_layer("stem_pool").output.shape == (None, 56, 56, 64)
    assert resnet50.output_shape == (None, 7, 7, 2048)
    assert not any("bias" in w.name for w in resnet50.weights)


@structure
@pytest.mark.parametrize(
    "width", [0.25, pytest.param(2, marks=pytest.mark.slow)]
)
def test_width_scales_every_layer(width):
    other = convolutions(ResNet(50, width))
    for name, (
        kernel,
        inputs,
        outputs,
        *rest,
    ) in expected_convolutions().items():
        inputs = 3 if name == "stem" else width * inputs
        assert other[name] == (kernel, inputs, width * outputs, *rest), name


@structure
def test_batch_norm_and_initial_values(resnet50):
    norms = [
        layer
        for layer in resnet50.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert len(norms) == 53
    for norm in norms:
        assert (norm.momentum, norm.epsilon) == (0.9, 1e-5)
        closed = "block" in norm.name and norm.name.endswith("_2_norm")
        assert np.all(norm.gamma.numpy() == (0 if closed else 1)), norm.name
    for name in ("stem", "group1_block0_1", "group3_block2_2"):
        kernel = resnet50.get_layer(f"{name}_conv").kernel.numpy()
        fan_in = np.prod(kernel.shape[:3])
        # Truncated at two standard deviations of the uncut normal, of which
        # 0.8796 is left.
        error = 3 / np.sqrt(2 * kernel.size)
        assert abs(kernel.std() * np.sqrt(fan_in) - 1) < error
        bound = 2 / 0.87962566 / np.sqrt(fan_in)
        assert 0.97 * bound < np.abs(kernel).max() < 1.0001 * bound


def randomize(backbone, seed=0):
    """Weights with which no layer is trivial; returns them by path."""
    rng = np.random.default_rng(seed)
    for weight in backbone.weights:
        value = rng.normal(0, 0.3, weight.shape)
        if weight.name == "kernel":
            value = value / 0.3 / np.sqrt(np.prod(weight.shape[:3]))
        elif weight.name in ("gamma", "moving_variance"):
            value = rng.uniform(0.5, 1.5, weight.shape)
        weight.assign(value.astype("float32"))
    return {
        "/".join(weight.path.split("/")[-2:]): weight.numpy().astype("float64")
        for weight in backbone.weights
    }


def numpy_windows(x, size, stride):
    windows = sliding_window_view(x, (size, size), axis=(1, 2))
    return windows[:, ::stride, ::stride]


def numpy_resnet(x, weights, blocks):
    """The reference's inference in float64, from its published description."""

    def convolution(x, name, stride):
        kernel = weights[f"{name}_conv/kernel"]
        size = kernel.shape[0]
        # One side at a stride of 1, both sides the same at any other.
        side = (size - 1) // 2
        x = np.pad(x, [(0, 0), (side, side), (side, side), (0, 0)])
        x = numpy_windows(x, size, stride)
        x = np.einsum("bhwcij,ijcd->bhwd", x, kernel, optimize=True)
        scale = weights[f"{name}_norm/gamma"] / np.sqrt(
            weights[f"{name}_norm/moving_variance"] + 1e-5
        )
        x = (x - weights[f"{name}_norm/moving_mean"]) * scale
        return x + weights[f"{name}_norm/beta"]

    def pool(x):
        # TensorFlow's "SAME": the odd row of padding is the last.
        pads = [max(2 * (-(-n // 2) - 1) + 3 - n, 0) for n in x.shape[1:3]]
        pads = [(pad // 2, pad - pad // 2) for pad in pads]
        x = np.pad(x, [(0, 0), *pads, (0, 0)], constant_values=-np.inf)
        return numpy_windows(x, 3, 2).max(axis=(-2, -1))

    x = pool(np.maximum(convolution(x, "stem", 2), 0))
    for group, repeats in enumerate(blocks):
        for block in range(repeats):
            name = f"group{group}_block{block}"
            stride = 2 if group > 0 and block == 0 else 1
            shortcut = x
            if block == 0:
                shortcut = convolution(x, f"{name}_shortcut", stride)
            x = np.maximum(convolution(x, f"{name}_0", 1), 0)
            x = np.maximum(convolution(x, f"{name}_1", stride), 0)
            x = np.maximum(convolution(x, f"{name}_2", 1) + shortcut, 0)
    return x


# Even and odd sides, which implementations pad differently.
@pytest.mark.parametrize(
    "depth, shape",
    [
        pytest.param(50, (64, 64, 3), marks=pytest.mark.slow_on_jax),
        (14, (45, 70, 3)),
    ],
)
def test_forward_pass_against_numpy(depth, shape):
    backbone = ResNet(depth, 0.125, input_shape=shape)
    weights = randomize(backbone)
    x = np.random.default_rng(1).normal(size=(2, *shape))
    expected = numpy_resnet(x, weights, BLOCKS[depth])
    # Compiled, as JAX would compile each operation of a call by itself.
    got = backbone.predict(x.astype("float32"), verbose=0)
    assert got.shape == expected.shape
    assert expected.std() > 0.1
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_blocks_start_as_their_shortcuts():
    backbone = ResNet(26, 0.125, input_shape=(32, 32, 3))
    block = keras.Model(
        backbone.input,
        [backbone.get_layer(f"group0_block{i}_relu").output for i in (0, 1)],
    )
    x = np.random.default_rng(0).normal(size=(1, 32, 32, 3)).astype("float32")
    before, after = map(ops.convert_to_numpy, block(x))
    np.testing.assert_array_equal(before, after)


def test_mixed_precision_with_a_float32_head():
    backbone = ResNet(
        14, 0.125, input_shape=(32, 32, 3), dtype="mixed_bfloat16"
    )
    model = keras_ceb.wrap(backbone, 10)
    assert {layer.compute_dtype for layer in backbone.layers[1:]} == {
        "bfloat16"
    }
    assert {w.dtype for w in backbone.weights} == {"float32"}
    assert backbone.output.dtype == "bfloat16"
    x = np.zeros((4, 32, 32, 3), "float32")
    assert model.predict(x, verbose=0).dtype == np.float32


def test_seed():
    options = {"input_shape": (32, 32, 3), "seed": 1}
    one, other = (ResNet(14, 0.125, **options) for _ in range(2))
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    # Two kernels of one shape, in a block's shortcut and at its end.
    shortcut, last = (w for w in one.weights if w.shape == (1, 1, 8, 32))
    assert not np.array_equal(shortcut.numpy(), last.numpy())


def test_comes_back_from_a_file(tmp_path):
    backbone = ResNet(
        14, 0.125, input_shape=(None, 32, 3), dtype="mixed_bfloat16"
    )
    backbone.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.get_config() == backbone.get_config()
    assert again.dtype_policy.name == "mixed_bfloat16"
    for a, b in zip(again.weights, backbone.weights, strict=True):
        assert a.path == b.path
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    x = np.ones((1, 40, 32, 3), "float32")
    np.testing.assert_array_equal(
        again.predict(x, verbose=0), backbone.predict(x, verbose=0)
    )


@pytest.mark.parametrize(
    "options, text",
    [
        ({"depth": 34}, "`depth`.*50, 101, 152.*34"),
        ({"width": 0.3}, "`width`.*0.3"),
        ({"width": 0}, "`width`.*0"),
        ({"input_shape": (32, 32)}, r"`input_shape`.*\(32, 32\)"),
        ({"input_shape": (32, 32, None)}, r"`input_shape`.*None"),
        ({"seed": -1}, "`seed`.*-1"),
    ],
)
def test_bad_arguments(options, text):
    with pytest.raises(ValueError, match=text):
        ResNet(**options)
