import collections

import pytest

from keras_ceb._src.robustness.corruptions.images import registry
from keras_ceb._src.robustness.corruptions.images.corruption import SEVERITIES
from keras_ceb._src.robustness.corruptions.images.corruption import VARIANTS
from keras_ceb._src.robustness.corruptions.images.names import (
    COMMON_CORRUPTIONS,
)
from keras_ceb._src.robustness.corruptions.images.names import CORRUPTIONS
from keras_ceb._src.robustness.corruptions.images.names import EXTRA_CORRUPTIONS


def test_every_corruption_has_five_severities_in_both_sets():
    assert tuple(registry.BY_NAME) == CORRUPTIONS
    for corruption in registry.BY_NAME.values():
        assert tuple(corruption.parameters) == VARIANTS
        for variant in VARIANTS:
            assert len(corruption.parameters[variant]) == 5
            rows = {corruption.parameters_at(s, variant) for s in SEVERITIES}
            assert len(rows) == 5


def test_random_streams_are_distinct_and_numbered_in_that_order():
    records = registry.BY_NAME.values()
    assert [record.number for record in records] == list(range(19))
    salts = [record.salt(s) for record in records for s in SEVERITIES]
    assert len(set(salts)) == len(salts) == 95


def test_categories_are_those_of_the_paper():
    def count(names):
        return collections.Counter(
            record.category
            for record in registry.BY_NAME.values()
            if record.name in names
        )

    assert count(COMMON_CORRUPTIONS) == {
        "noise": 3,
        "blur": 4,
        "weather": 4,
        "digital": 4,
    }
    assert count(EXTRA_CORRUPTIONS) == {
        "noise": 1,
        "blur": 1,
        "weather": 1,
        "digital": 1,
    }


def test_spot_values_of_the_generators():
    def get(name, severity, variant="imagenet-c"):
        return registry.corruption(name).parameters_at(severity, variant)

    assert get("shot_noise", 5) == (3,)
    assert get("elastic_transform", 3, "cifar10-c") == pytest.approx(
        (32 * 0.08, 32 * 0.06, 32 * 0.06)
    )
    assert get("motion_blur", 3) == (15, 8)
    assert get("jpeg_compression", 1, "cifar10-c") == (80,)


def test_an_unknown_name():
    with pytest.raises(ValueError, match="`name` must be.*'blizzard'"):
        registry.corruption("blizzard")
