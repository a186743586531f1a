import numpy as np
import pytest

from keras_ceb._src.robustness.corruptions.benchmark import suite as suites
from keras_ceb._src.robustness.corruptions.benchmark.normalizers import ALEXNET
from keras_ceb._src.robustness.corruptions.benchmark.normalizers import (
    Normalizer,
)
from keras_ceb._src.robustness.corruptions.images.names import (
    COMMON_CORRUPTIONS,
)


def test_forms_of_the_argument():
    make = suites.make_suite
    assert make(True).names == COMMON_CORRUPTIONS
    assert make("cifar10-c").variant == "cifar10-c"
    assert len(make("imagenet-c").names) == 15
    assert list(make("fog").names) == ["fog"]
    assert list(make("fog, snow").names) == ["fog", "snow"]
    assert list(make(["spatter"]).names) == ["spatter"]
    assert len(make(["imagenet-c"]).names) == 15
    both = make(["cifar10-c", "fog"])
    assert (list(both.names), both.variant) == (["fog"], "cifar10-c")
    suite = suites.CorruptionSuite(["fog"], severities=[2])
    assert make(suite) is suite


def test_bad_forms():
    with pytest.raises(ValueError, match="cifar10-c.*gaussian_noise.*'rain'"):
        suites.make_suite("rain")
    for wrong in (["fog", "rain"], [], ["cifar10-c", "imagenet-c"]):
        with pytest.raises(ValueError, match="`corruptions`"):
            suites.make_suite(wrong)
    with pytest.raises(ValueError, match="`name`.*'rain'"):
        suites.CorruptionSuite(["fog", "rain"])
    with pytest.raises(TypeError, match="`corruptions`.*3"):
        suites.make_suite(3)
    with pytest.raises(ValueError, match="`severity`.*7"):
        suites.CorruptionSuite(severities=[7])
    with pytest.raises(ValueError, match="`severities`"):
        suites.CorruptionSuite(severities=[])
    with pytest.raises(ValueError, match="`names`"):
        suites.CorruptionSuite("fog")
    with pytest.raises(ValueError, match="`variant`"):
        suites.CorruptionSuite(variant="cifar")


def test_variant_follows_the_size_unless_given():
    assert suites.CorruptionSuite().variant_for(32, 32) == "cifar10-c"
    assert suites.CorruptionSuite().variant_for(96, 64) == "imagenet-c"
    suite = suites.CorruptionSuite(variant="imagenet-c")
    assert suite.variant_for(32, 32) == "imagenet-c"


def test_normalizer():
    suite = suites.CorruptionSuite(["fog", "snow"])
    assert suite.normalizer_for("imagenet-c") is ALEXNET
    assert suite.normalizer_for("cifar10-c") is None
    assert (
        suites.CorruptionSuite(normalizer=None).normalizer_for("imagenet-c")
        is None
    )
    named = suites.CorruptionSuite(normalizer="wrn-28-10-standard")
    assert named.normalizer_for("cifar10-c").name == "wrn-28-10-standard"


def test_a_normalizer_must_have_all_the_corruptions():
    reference = Normalizer("mine", {"fog": (0.5,)})
    suite = suites.CorruptionSuite(["fog", "snow"], normalizer=reference)
    with pytest.raises(ValueError, match="'mine', which lacks.*'snow'"):
        suite.normalizer_for("cifar10-c")


@pytest.mark.parametrize(
    "options,message",
    [
        ({"names": ["fog", "fog"]}, "`names` must not repeat"),
        ({"severities": [1, 1]}, "`severities` must not repeat"),
        ({"severities": [0]}, "`severity`.*0"),
        ({"severities": ["1"]}, "`severity`.*'1'"),
        ({"severities": [1.0]}, "`severity`.*1.0"),
        ({"severities": None}, "`severities`.*None"),
        ({"names": 3}, "`names`.*3"),
    ],
)
def test_what_cannot_be_counted(options, message):
    with pytest.raises(ValueError, match=message):
        suites.CorruptionSuite(**options)


def test_the_same_corruption_twice_in_text():
    with pytest.raises(ValueError, match="`names` must not repeat"):
        suites.make_suite("fog, snow, fog")


def test_severities_become_integers():
    suite = suites.CorruptionSuite(["fog"], np.array([5, 2]))
    assert suite.severities == (5, 2)
    assert all(type(severity) is int for severity in suite.severities)
    assert suites.CorruptionSuite(["fog"], 3).severities == (3,)


def test_files_are_checked_before_they_are_needed(tmp_path):
    suites.CorruptionSuite().check()
    suites.CorruptionSuite(["frost"], textures=tmp_path).check()
    (tmp_path / "bad.json").write_text("{}")
    reference = Normalizer("mine", {"fog": (0.5,)})
    for options in (
        {"normalizer": "mine"},
        {"normalizer": 3},
        {"normalizer": tmp_path / "bad.json"},
        {"normalizer": reference},
    ):
        with pytest.raises(ValueError, match="`normalizer`"):
            suites.CorruptionSuite(["fog", "snow"], **options).check()
    for error, textures in ((ValueError, [np.ones(3)]), (TypeError, 3)):
        with pytest.raises(error, match="`textures`"):
            suites.CorruptionSuite(["frost"], textures=textures).check()


@pytest.mark.parametrize(
    "names,shape,message",
    [
        (["fog"], (8,), "`data` must hold images.*8,"),
        (["fog"], (8, 8), "`data` must hold images"),
        (["fog"], (8, 8, 2), "`data` must hold images"),
        (["fog", "saturate"], (8, 8, 1), "3 channels for saturate"),
        (["fog", "zoom_blur"], (8, 2, 3), "at least 3 pixels"),
    ],
)
def test_images_that_do_not_fit(names, shape, message):
    with pytest.raises(ValueError, match=message):
        suites.CorruptionSuite(names).check_fits(shape)


def test_sizes_that_are_not_known():
    suites.CorruptionSuite(["zoom_blur"]).check_fits((None, 2, 3))
    suites.CorruptionSuite().check_fits((32, 32, 3))
    with pytest.raises(ValueError, match="`data` must hold images"):
        suites.CorruptionSuite().check_fits((None, None, 4))
