import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness.corruptions.images import registry
from keras_ceb.robustness import corruptions
from tests.robustness.corruptions.pictures import pictures

NAMES = corruptions.CORRUPTIONS


def slow_but(*names, among=NAMES):
    """Parameters of a test: `names` always, others in the slow run.

    Corruptions take long to compile: one of each kind of computation is
    enough for every day.
    """
    return [
        name if name in names else pytest.param(name, marks=pytest.mark.slow)
        for name in among
    ]


# Images of the same shape and number share what was compiled.
def square():
    return pictures(5, 32, 32)


def rectangle():
    return pictures(3, 40, 56)


def corrupt(x, name, severity=3, **options):
    if name == "frost":
        options.setdefault("textures", "synthetic")
    options.setdefault("variant", "cifar10-c")
    return corruptions.corrupt(x, name, severity, **options)


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "name",
    slow_but(
        "shot_noise",
        "defocus_blur",
        "glass_blur",
        "motion_blur",
        "fog",
        "frost",
        "jpeg_compression",
        "pixelate",
        "elastic_transform",
    ),
)
def test_an_image_is_the_same_in_any_batch(name):
    x = square()
    whole = corrupt(x, name, seed=11)
    assert whole.shape == x.shape
    assert whole.dtype == np.uint8
    assert not np.array_equal(whole, x)
    part = corrupt(x[3:], name, seed=11, indices=np.array([3, 4]))
    np.testing.assert_array_equal(part, whole[3:])
    np.testing.assert_array_equal(corrupt(x, name, seed=11), whole)


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "name", ["gaussian_noise", "motion_blur", "fog", "glass_blur"]
)
def test_other_seeds_give_other_images(name):
    x = square()
    assert not np.array_equal(
        corrupt(x, name, seed=0), corrupt(x, name, seed=1)
    )
    assert not np.array_equal(
        corrupt(x, name, seed=0), corrupt(x, name, seed=2**32)
    )


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "name", slow_but("shot_noise", "defocus_blur", "pixelate", "contrast")
)
def test_float_images_agree_with_uint8_images(name):
    x = pictures(2, 32, 32)
    whole = corrupt(x, name).astype("float32")
    unit = corrupt((x / 255).astype("float32"), name)
    assert unit.dtype == np.float32
    assert unit.min() >= 0
    assert unit.max() <= 1
    # uint8 images are cut off to whole levels, float images are not.
    difference = 255 * unit - whole
    assert np.mean((difference > -0.01) & (difference < 1.01)) > 0.999
    wide = corrupt(x.astype("float32"), name, value_range=(0, 255))
    assert np.mean(np.abs(wide - 255 * unit) < 0.01) > 0.999


@pytest.mark.parametrize(
    "name",
    slow_but(
        "brightness",
        "frost",
        "jpeg_compression",
        among=[name for name in NAMES if name != "saturate"],
    ),
)
def test_gray_images(name):
    x = pictures(2, 32, 32, 1)
    result = corrupt(x, name)
    assert result.shape == x.shape
    assert not np.array_equal(result, x)


def test_saturate_refuses_gray_images():
    with pytest.raises(ValueError, match="3 channels for saturate"):
        corrupt(pictures(2, 32, 32, 1), "saturate")


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("name", slow_but("defocus_blur", "snow", "frost"))
def test_rectangles_at_imagenet_severities(name):
    x = rectangle()
    result = corrupt(x, name, 5, variant="imagenet-c")
    assert result.shape == x.shape
    assert not np.array_equal(result, x)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [n for n in corruptions.COMMON_CORRUPTIONS if n != "frost"]
)
def test_severities_grow(name):
    x = rectangle()
    change = [
        np.abs(
            corrupt(x, name, s, variant="imagenet-c").astype("int32") - x
        ).mean()
        for s in (1, 5)
    ]
    # The strongest elastic transform is finer, not farther, than the first.
    if name != "elastic_transform":
        assert change[1] > change[0]
    assert min(change) > 1


def test_tensors_stay_tensors():
    x = pictures(2, 32, 32)
    tensor = ops.convert_to_tensor(x)
    result = corrupt(tensor, "contrast")
    assert ops.is_tensor(result)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(result), corrupt(x, "contrast")
    )


def test_codec_and_compiled_jpeg_agree_through_the_entry():
    x = pictures(2, 112, 112)
    compiled = corrupt(ops.convert_to_tensor(x), "jpeg_compression")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(compiled), corrupt(x, "jpeg_compression")
    )


@pytest.mark.tf_only
@pytest.mark.parametrize(
    "name", slow_but("shot_noise", "glass_blur", "pixelate")
)
def test_inside_tf_data(name):
    import tensorflow as tf

    x = square()
    dataset = tf.data.Dataset.from_tensor_slices((x, np.arange(len(x))))
    dataset = dataset.batch(3).map(
        lambda images, indices: corrupt(images, name, indices=indices)
    )
    result = np.concatenate([batch.numpy() for batch in dataset])
    np.testing.assert_array_equal(result, corrupt(x, name))


def test_no_images_give_no_images():
    assert corrupt(pictures(2, 32, 32)[:0], "contrast").shape == (0, 32, 32, 3)


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    ("variant", "severity"),
    [
        pytest.param("imagenet-c", 1, marks=pytest.mark.slow),
        ("imagenet-c", 5),
        pytest.param("cifar10-c", 1, marks=pytest.mark.slow),
        pytest.param("cifar10-c", 5, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        "defocus_blur",
        "glass_blur",
        "zoom_blur",
        "snow",
        "pixelate",
        "elastic_transform",
        "motion_blur",
    ],
)
def test_smallest_images_work_and_smaller_ones_are_refused(
    name, severity, variant
):
    corruption = registry.corruption(name)
    size = corruption.smallest_for(corruption.parameters_at(severity, variant))
    result = corrupt(pictures(1, size, size), name, severity, variant=variant)
    assert result.shape == (1, size, size, 3)
    if size > 1:
        with pytest.raises(ValueError, match=f"at least {size} pixels.*{name}"):
            corrupt(
                np.zeros((1, size - 1, size, 3), "uint8"),
                name,
                severity,
                variant=variant,
            )


def test_unknown_names_severities_and_variants():
    x = pictures(1, 32, 32)
    with pytest.raises(ValueError, match="gaussian_noise.*Received.*'rain'"):
        corrupt(x, "rain")
    with pytest.raises(ValueError, match="`severity`"):
        corrupt(x, "fog", 6)
    with pytest.raises(ValueError, match="`variant`"):
        corrupt(x, "fog", variant="imagenet")
