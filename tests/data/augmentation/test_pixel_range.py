"""Every augmentation in every range: right, or refused with the range seen."""

import functools

import keras
import ml_dtypes
import numpy as np
import pytest

from keras_ceb import data
from keras_ceb._src import backend
from keras_ceb._src.data.augmentation import pixel_range
from keras_ceb._src.data.augmentation.pixel_range import Use
from tests.data.augmentation.test_auto_augment import keys

# In units of 255; the ranges map it.
FILL = (51, 102, 255)
# Quick to compile.
POLICY = [
    (("Invert", 0.6, 0), ("Rotate", 0.9, 9)),
    (("Rotate", 0.9, 9), ("Solarize", 0.8, 5)),
]
ON_JAX = keras.config.backend() == "jax"
HALF = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16}
RANGES = [(0, 255), (0, 1), (-1, 1)]


def mapped(values, value_range):
    """Values of 0..255 in another range."""
    low, high = value_range
    return low + (high - low) * (np.asarray(values, "float64") / 255)


def fill(value_range):
    return tuple(mapped(FILL, value_range))


GEOMETRIC = {
    "flip": lambda r: data.HorizontalFlip(value_range=r),
    "pad": lambda r: data.PadAndCrop(2, value_range=r),
    "pad_color": lambda r: data.PadAndCrop(2, fill(r), value_range=r),
    "cutout": lambda r: data.Cutout(4, value_range=r),
    "cutout_color": lambda r: data.Cutout(4, fill(r), value_range=r),
    "chain": lambda r: data.cifar_augmentation(
        None, cutout=4, fill_value=fill(r), value_range=r
    ),
}
BYTES = {
    "auto": lambda r: data.AutoAugment(
        POLICY, fill_value=fill(r), per_image=False, value_range=r
    ),
    "auto_loop": lambda r: data.AutoAugment(
        POLICY, fill_value=fill(r), per_image=True, value_range=r
    ),
    "cifar": lambda r: data.cifar_augmentation(
        POLICY, cutout=4, value_range=r, per_image=False
    ),
}
LAYERS = {**GEOMETRIC, **BYTES}


def pictures(channels=3):
    images = np.random.default_rng(0).integers(0, 256, (8, 7, 6, channels))
    return images.astype("uint8")


def dtype_of(array):
    return keras.backend.standardize_dtype(array.dtype)


def as_float64(array):
    return keras.ops.convert_to_numpy(array).astype("float64")


def test_a_flip_of_0_to_1_is_not_rounded():
    images = np.full((1, 3, 3, 1), 0.4, "float32")
    np.testing.assert_array_equal(data.HorizontalFlip(seed=0)(images), images)


@functools.cache
def augmented_bytes(name, channels):
    images = pictures(channels)
    result = LAYERS[name]((0, 255)).augment(images, keys(len(images)))
    return as_float64(result)


# They take another path from float16 and int32 in a cast alone.
SLOW = {name: pytest.mark.slow for name in ("float64", "uint16")}
CASES = [
    ("float32", (0, 1), 3, LAYERS),
    ("float32", (0, 1), 1, ("pad_color", "auto")),
    ("float32", (0, 255), 3, ("auto", "cutout_color")),
    ("float32", (-1, 1), 3, ("auto", "pad")),
    ("float16", (0, 1), 3, ("auto", "chain")),
    ("bfloat16", (0, 1), 3, ("auto", "chain")),
    ("float64", (0, 1), 3, ("auto", "chain")),
    ("int32", (0, 1), 3, ("auto", "chain")),
    ("uint16", (0, 255), 1, ("auto", "chain")),
]


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "name, dtype, value_range, channels",
    [
        pytest.param(name, dtype, *case, marks=SLOW.get(dtype, ()))
        for dtype, *case, names in CASES
        for name in names
    ],
)
def test_the_same_key_gives_the_same_change(name, dtype, value_range, channels):
    images = pictures(channels)
    expected = augmented_bytes(name, channels)
    if "float" in dtype:
        expected = mapped(expected, value_range)
        images = mapped(images, value_range)
    images = images.astype(HALF.get(dtype, dtype))
    result = LAYERS[name](value_range).augment(images, keys(len(images)))
    assert dtype_of(result) == (
        "float32" if ON_JAX and dtype == "float64" else dtype
    )
    tolerance = {"float16": 5e-4, "bfloat16": 4e-3}.get(dtype, 1e-6)
    # The mean color of CIFAR-10, and of channels, is rounded in bytes alone.
    if "float" in dtype and (name == "cifar" or channels == 1):
        tolerance = 0.5 / 255 + tolerance
    span = value_range[1] - value_range[0] if "float" in dtype else 1
    np.testing.assert_allclose(
        as_float64(result), expected, rtol=0, atol=span * tolerance
    )


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "name, dtype",
    [
        *((name, "float32") for name in GEOMETRIC),
        *(("pad_color", dtype) for dtype in (*HALF, "float64")),
    ],
)
def test_geometric_layers_move_floats_bit_for_bit(name, dtype):
    # The place of each pixel, moved by the same keys, says where to look.
    places = np.arange(1, 7 * 6 * 3 + 1).reshape(1, 7, 6, 3)
    places = np.repeat(places, 8, axis=0).astype("int32")
    layer = LAYERS[name]((0, 1))
    moved = keras.ops.convert_to_numpy(layer.augment(places, keys(8)))
    values = np.random.default_rng(0).random((127,))
    values[:4] = 0, np.nan, -0.0, 1e-7
    values = values.astype(HALF.get(dtype, dtype))
    if ON_JAX and dtype == "float64":
        values = values.astype("float32")
    result = layer.augment(values[places], keys(8))
    result = keras.ops.convert_to_numpy(result)
    filled = ~np.isin(moved[..., 2:], places[..., 2]) | (moved[..., 2:] == 0)
    filled = np.broadcast_to(filled, moved.shape)
    kept = np.where(filled, 0, moved)
    assert kept.max() <= 126
    if keras.config.backend() == "torch" and dtype == "bfloat16":
        # Which of the NaNs it is changes on the way to NumPy.
        values[1] = 2
        result = np.where(np.isnan(result), values[1], result)
    bits = f"uint{8 * values.dtype.itemsize}"
    np.testing.assert_array_equal(
        result.view(bits)[~filled], values[kept].view(bits)[~filled]
    )
    # A float takes the color of the fill as it is.
    black = name in ("pad", "cutout")
    color = (0, 0, 0) if black else np.asarray(fill((0, 1)))
    color = np.broadcast_to(np.asarray(color), moved.shape)
    np.testing.assert_array_equal(
        result[filled], color.astype(values.dtype)[filled]
    )
    assert filled.any() == (name != "flip")


@pytest.mark.parametrize(
    "images, value_range, use, text",
    [
        # 0 to 1 taken for 0 to 255, and the other way round.
        ([0, 0.4, 1], (0, 255), Use.SCALE, r"0 to 1, value_range=\(0, 255\)"),
        ([0, 0.4, 0.9], (0, 255), Use.BYTES, r"\(0, 1\).*from 0 to 0.9"),
        # Resizing goes a little beyond.
        ([-0.1, 0.4, 1.3], (0, 255), Use.SCALE, "from -0.1 to 1.3"),
        ([0, 4, 255], (0, 1), Use.ENDS, r"0 to 255, value_range=\(0, 1\)"),
        ([-0.9, 0.2], (0, 1), Use.ENDS, r"from -0.9 to 0.2, .*\(0, 1\)"),
        ([-2.1, 2.6], (0, 255), Use.ENDS, "lie within `value_range`"),
        # Divided by 255 twice.
        ([0, 0.002, 1 / 255], (0, 1), Use.SCALE, "twice"),
        ([0.5, np.nan], (0, 1), Use.BYTES, "finite.*from 0.5 to 0.5"),
        ([0.5, np.inf], (0, 1), Use.ENDS, "from 0.5 to inf"),
    ],
)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_values_that_contradict_the_range(
    images, value_range, use, text, dtype
):
    images = np.array(images, dtype).reshape(1, -1)
    with pytest.raises(ValueError, match="`images`.*Received.*") as error:
        pixel_range.check_values(images, value_range, use)
    if dtype != "float16":
        assert error.match(text)
    # Less is asked of a layer that uses less of the range.
    pixel_range.check_values(images, value_range, Use.NOTHING)


@pytest.mark.parametrize(
    "images, value_range, use",
    [
        ([0, 0.4, 1], (0, 1), Use.BYTES),
        ([0, 0.4, 1], (0, 255), Use.ENDS),
        ([0, 254.7, 255.25], (0, 255), Use.BYTES),
        ([-1, 0.5], (-1, 1), Use.BYTES),
        ([0.5, np.nan], (0, 1), Use.SCALE),
        # All black, as dark as decoded images can be, and no image.
        ([0, 0], (0, 255), Use.BYTES),
        ([0, 1, 2], (0, 255), Use.BYTES),
        ([0, 1 / 255], (0, 1), Use.BYTES),
        ([], (0, 255), Use.BYTES),
    ],
)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_values_that_are_possible(images, value_range, use, dtype):
    images = np.array(images, HALF.get(dtype, dtype)).reshape(1, -1)
    pixel_range.check_values(images, value_range, use)
    tensor = keras.ops.convert_to_tensor(images)
    pixel_range.check_values(tensor, value_range, use)


def test_integers_are_0_to_255():
    one = np.array([[0, 1]])
    for dtype in ("int8", "uint8", "int32", "int64", "uint16"):
        pixel_range.check_values(one.astype(dtype), (0, 1), Use.BYTES)
    for wrong in (-1, 256):
        with pytest.raises(ValueError, match=f"Integer `images`.*{wrong}"):
            pixel_range.check_values(one * wrong, (0, 1), Use.ENDS)


def test_more_examples_than_are_looked_at_together():
    images = np.zeros((2 * pixel_range.CHUNK, 1), "float32")
    images[0], images[-1] = 0.5, 200
    seen = pixel_range.look_at_array(images, (0, 255))
    assert (seen.lowest, seen.highest, seen.finite) == (0, 200, True)
    images[-1] = 2
    with pytest.raises(ValueError, match="from 0 to 2"):
        pixel_range.check_values(images, (0, 1), Use.ENDS)


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("form", ["array", "tensor", "augment"])
@pytest.mark.parametrize("name", LAYERS)
def test_layers_are_right_for_0_to_1_or_refuse_it(name, form):
    # All have the default range, which these images are not of.
    layer = LAYERS[name]((0, 255))
    images = (pictures() / 255).astype("float32")

    def run():
        if form == "augment":
            return layer.augment(images, keys(8))
        convert = keras.ops.convert_to_tensor
        return layer(images if form == "array" else convert(images))

    if name in ("flip", "pad", "cutout"):
        assert set(np.ravel(run())) <= {*np.ravel(images), 0.0}
    else:
        with pytest.raises(ValueError, match=r"from 0.* to .*\(0, 255\)"):
            run()


@pytest.mark.parametrize("name", LAYERS)
def test_what_is_no_image(name):
    images = np.zeros((1, 3, 3, 3), "bool")
    with pytest.raises(TypeError, match="`images`.*Received.*bool"):
        LAYERS[name]((0, 255))(images)
    with pytest.raises(TypeError, match="`images`.*Received.*bool"):
        LAYERS[name]((0, 255))(keras.Input((3, 3, 3), dtype="bool"))


@pytest.mark.tf_only
@pytest.mark.parametrize("name", ["pad_color", "auto"])
def test_a_pipeline_refuses_what_contradicts_the_range(name):
    import tensorflow as tf

    images = tf.data.Dataset.from_tensor_slices(pictures() / np.float32(255))
    wrong = images.batch(4).map(LAYERS[name]((0, 255)))
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        next(iter(wrong))
    assert error.match(r"`value_range=\(0, 255\)`.*highest.*\[0\] \[1\]")
    right = images.batch(4).map(LAYERS["pad_color"]((0, 1)))
    assert all(0 <= np.min(x) < 0.5 < np.max(x) <= 1 for x in right)


@pytest.mark.skipif(
    keras.config.backend() == "torch", reason="PyTorch compiles nothing"
)
def test_in_a_compiled_function_nan_stays_nan():
    layer = LAYERS["auto"]((0, 1))
    images = (pictures() / 255).astype("float32")
    expected = np.array(layer.augment(images, keys(8)))
    expected[3] = np.nan
    images[3, 0, 0, 0] = np.nan
    compiled = backend.jit(layer.augment)
    result = compiled(keras.ops.convert_to_tensor(images), keys(8))
    np.testing.assert_allclose(result, expected, atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32"])
@pytest.mark.parametrize("name", ["flip", "auto", "chain"])
def test_a_symbolic_output_has_the_dtype_of_the_input(name, dtype):
    output = LAYERS[name]((0, 1))(keras.Input((7, 6, 3), dtype=dtype))
    assert output.dtype == dtype and output.shape == (None, 7, 6, 3)
    images = pictures() if dtype == "uint8" else pictures() / 255
    result = LAYERS[name]((0, 1))(images.astype(dtype), training=False)
    assert dtype_of(result) == dtype


def model_with(layer, **options):
    model = keras.Sequential([keras.Input((7, 6, 3)), layer])
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(2))
    model.compile("sgd", loss="mse", **options)
    return model


@pytest.mark.slow_on_torch
def test_in_a_model_that_is_compiled_by_xla_and_saved(tmp_path):
    layer = LAYERS["auto"]((0, 1))
    chain = data.AugmentationChain([layer, LAYERS["cutout_color"]((0, 1))])
    model = model_with(chain, jit_compile=True)
    images = (pictures() / 255).astype("float32")
    history = model.fit(images, np.zeros((8, 2)), verbose=0).history
    assert np.isfinite(history["loss"]).all()
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras").layers[0]
    assert again.value_range == (0.0, 1.0)
    for part in again.augmentations:
        assert part.value_range == (0.0, 1.0)
        assert tuple(part.fill_value) == fill((0, 1))


@pytest.mark.tf_only
def test_a_training_step_without_xla_refuses():
    import tensorflow as tf

    model = model_with(LAYERS["cutout_color"]((0, 255)), jit_compile=False)
    images = (pictures() / 255).astype("float32")
    with pytest.raises(tf.errors.InvalidArgumentError, match="value_range"):
        model.fit(images, np.zeros((8, 2)), verbose=0)
    model.predict(images, verbose=0)
