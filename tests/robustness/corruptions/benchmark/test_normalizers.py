import json

import numpy as np
import pytest

from keras_ceb._src.robustness.corruptions.benchmark import normalizers
from keras_ceb._src.robustness.corruptions.images.names import (
    COMMON_CORRUPTIONS,
)

# Means printed in the evaluation scripts of AugMix and others.
PUBLISHED_MEANS = {
    "gaussian_noise": 0.886428,
    "shot_noise": 0.894468,
    "impulse_noise": 0.922640,
    "defocus_blur": 0.819880,
    "glass_blur": 0.826268,
    "motion_blur": 0.785948,
    "zoom_blur": 0.798360,
    "snow": 0.866816,
    "frost": 0.826572,
    "fog": 0.819324,
    "brightness": 0.564592,
    "contrast": 0.853204,
    "elastic_transform": 0.646056,
    "pixelate": 0.717840,
    "jpeg_compression": 0.606500,
}


def test_alexnet_severities_have_the_published_means():
    assert set(normalizers.ALEXNET.errors) == set(PUBLISHED_MEANS)
    for name, mean in PUBLISHED_MEANS.items():
        errors = normalizers.ALEXNET.errors[name]
        assert np.mean(errors) == pytest.approx(mean, abs=1e-9)
        assert normalizers.ALEXNET.total(name) == pytest.approx(5 * mean)
    some = normalizers.ALEXNET.total("fog", (1, 3))
    assert some == pytest.approx(0.67474 + 0.84378)


def test_cifar_reference_has_the_published_average():
    reference = normalizers.load_normalizer("wrn-28-10-standard")
    totals = [reference.total(n) / 5 for n in COMMON_CORRUPTIONS]
    assert np.mean(totals) == pytest.approx(0.2654, abs=2e-4)


def test_a_mean_stands_for_all_severities_only():
    reference = normalizers.Normalizer("mean", {"fog": (0.2,)})
    assert reference.total("fog") == pytest.approx(1.0)
    with pytest.raises(ValueError, match=r"severities=\[1\]"):
        reference.total("fog", [1])


def test_a_lacking_corruption_is_named():
    reference = normalizers.Normalizer("mine", {"fog": (0.2,)})
    with pytest.raises(ValueError, match="'mine', which lacks.*'snow'.*fog"):
        reference.total("snow")


def test_file(tmp_path):
    path = tmp_path / "reference.json"
    content = {
        "errors": {"fog": [0.1, 0.2, 0.3, 0.4, 0.5], "snow": 0.4},
        "clean_error": 0.05,
    }
    path.write_text(json.dumps(content))
    reference = normalizers.load_normalizer(path)
    assert reference.name == "reference"
    assert reference.clean_error == 0.05
    assert reference.total("fog") == pytest.approx(1.5)
    assert reference.total("snow") == pytest.approx(2.0)
    assert normalizers.load_normalizer(reference) is reference


@pytest.mark.parametrize(
    "errors", [{"rain": 0.1}, {"fog": [0.1, 0.2]}, {"fog": 40.0}, {"fog": 0.0}]
)
def test_bad_file(tmp_path, errors):
    path = tmp_path / "reference.json"
    path.write_text(json.dumps({"errors": errors}))
    with pytest.raises(ValueError, match="one or five error rates"):
        normalizers.load_normalizer(str(path))


def test_unknown_name_lists_the_choices():
    with pytest.raises(ValueError, match="alexnet.*Received.*'vgg'"):
        normalizers.load_normalizer("vgg")


@pytest.mark.parametrize(
    "errors", [{"fog": 40.0}, {"fog": (0.1, 0.2)}, {"fog": (0.0,) * 5}]
    + [{"fog": (float("nan"),)}, {"fog": (50,) * 5}, {"fog": ()}],
)  # fmt: skip
def test_numbers_that_are_no_reference(errors):
    with pytest.raises(ValueError, match="`errors`.*Received: fog="):
        normalizers.Normalizer("mine", errors)


def test_one_number_is_a_mean():
    assert normalizers.Normalizer("mine", {"fog": 0.2}).total("fog") == 1.0
    with pytest.raises(TypeError, match="`errors` must be a number"):
        normalizers.Normalizer("mine", {"fog": "0.2"})
    with pytest.raises(ValueError, match="`clean_error` must be"):
        normalizers.Normalizer("mine", {"fog": 0.2}, clean_error=24.0)


@pytest.mark.parametrize("severity", [0, 6, -1, "1", 1.0])
def test_a_severity_that_is_none(severity):
    with pytest.raises(ValueError, match="`severity`"):
        normalizers.ALEXNET.total("fog", [severity])


@pytest.mark.parametrize("text", ["{}", "[]", "no JSON", '{"errors": 3}'])
def test_a_file_of_something_else(tmp_path, text):
    path = tmp_path / "reference.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="`normalizer` files.*Received"):
        normalizers.load_normalizer(path)
