import pytest

from keras_ceb._src.robustness.corruptions.images import names


def test_the_order_is_the_usual_one():
    assert names.COMMON_CORRUPTIONS == (
        "gaussian_noise",
        "shot_noise",
        "impulse_noise",
        "defocus_blur",
        "glass_blur",
        "motion_blur",
        "zoom_blur",
        "snow",
        "frost",
        "fog",
        "brightness",
        "contrast",
        "elastic_transform",
        "pixelate",
        "jpeg_compression",
    )
    assert names.EXTRA_CORRUPTIONS == (
        "speckle_noise",
        "gaussian_blur",
        "spatter",
        "saturate",
    )
    assert names.CORRUPTIONS == (
        names.COMMON_CORRUPTIONS + names.EXTRA_CORRUPTIONS
    )


@pytest.mark.parametrize("name", ["blizzard", 3, None])
def test_unknown_name_lists_the_choices(name):
    match = f"`name` must be.*gaussian_noise.*Received: name={name!r}"
    with pytest.raises(ValueError, match=match):
        names.check_name(name)
