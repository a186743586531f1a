import re

import pytest

from keras_ceb._src.robustness.corruptions.images import parameters


def test_every_corruption_has_five_severities_in_both_sets():
    assert len(parameters.COMMON_CORRUPTIONS) == 15
    assert len(parameters.CORRUPTIONS) == 19
    for variant in parameters.VARIANTS:
        for name in parameters.CORRUPTIONS:
            rows = {
                parameters.parameters(name, severity, variant)
                for severity in parameters.SEVERITIES
            }
            assert len(rows) == 5


def test_spot_values_of_the_generators():
    get = parameters.parameters
    assert get("shot_noise", 5) == (3,)
    assert get("elastic_transform", 3, "cifar10-c") == pytest.approx(
        (32 * 0.08, 32 * 0.06, 32 * 0.06)
    )
    assert get("motion_blur", 3) == (15, 8)
    assert get("jpeg_compression", 1, "cifar10-c") == (80,)


@pytest.mark.parametrize("severity", [0, 6, 1.0, 1.5, "1", True, None])
def test_unknown_severity(severity):
    with pytest.raises(ValueError, match=r"`severity`.*\[1, 2, 3, 4, 5\]"):
        parameters.parameters("fog", severity)


def test_unknown_name_and_variant_list_the_choices():
    with pytest.raises(ValueError, match="`name`.*gaussian_noise.*'blizzard'"):
        parameters.parameters("blizzard", 1)
    with pytest.raises(ValueError, match=re.escape("cifar10-c")):
        parameters.parameters("fog", 1, "cifar100-c")
