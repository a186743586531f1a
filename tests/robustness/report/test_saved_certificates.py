import copy

import numpy as np
import pytest

from keras_ceb._src.robustness.certify.certified_radii import CertifiedRadii
from keras_ceb._src.robustness.report.saved_certificates import (
    certified_from_plain,
)
from keras_ceb._src.robustness.report.saved_certificates import (
    certified_to_plain,
)


def make_certified(counts=None):
    return CertifiedRadii(
        {
            "name": "smoothing",
            "space": "input",
            "predictor": "smoothed model",
            "bounds": (0.0, 1.0),
            "sigma": 0.25,
        },
        predicted=np.int32([1, 2, 0, -1]),
        labels=np.int32([1, 2, 1, 0]),
        radii=np.array([0.5, np.inf, 0.9, 0.0]),
        counts=counts,
        seconds=1.5,
        table_radii=(0.0, 0.5),
    )


@pytest.mark.parametrize("counts", [None, np.int32([9, 10, 8, 5])])
def test_everything_comes_back(counts):
    found = make_certified(counts)
    plain = certified_to_plain(found)
    back = certified_from_plain(copy.deepcopy(plain))
    assert back.certificate == found.certificate
    for name in ("predicted", "labels", "radii", "counts"):
        value, expected = getattr(back, name), getattr(found, name)
        np.testing.assert_array_equal(value, expected)
        assert name == "counts" or value.dtype == expected.dtype
    assert certified_to_plain(back) == plain
    assert plain["accuracy"][1]["accuracy"] == 0.25 and plain["seconds"] == 1.5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_images", 5),
        ("num_images", "4"),
        ("abstained", 0.5),
        ("accuracy", [{"radius": 0.0, "accuracy": 1.0}]),
        ("confidence", 1.0),
        ("seconds", float("nan")),
        ("seconds", -1.0),
        ("predicted", "labels"),
        ("radii", "labels"),
    ],
)
def test_damage(name, value):
    plain = certified_to_plain(make_certified())
    plain[name] = plain[value] if value == "labels" else value
    with pytest.raises(ValueError):
        certified_from_plain(plain)


@pytest.mark.parametrize("name", ["name", "space", "predictor"])
def test_a_certificate_of_an_unknown_kind(name):
    plain = certified_to_plain(make_certified())
    plain["certificate"] = {**plain["certificate"], name: 3}
    with pytest.raises(ValueError, match=f"a certificate with {name} 3"):
        certified_from_plain(plain)
