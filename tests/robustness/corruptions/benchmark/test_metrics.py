import json

import numpy as np
import pytest

from keras_ceb._src.robustness.corruptions.benchmark import error_rates
from keras_ceb._src.robustness.corruptions.benchmark import metrics
from keras_ceb._src.robustness.corruptions.benchmark.normalizers import ALEXNET
from keras_ceb._src.robustness.corruptions.benchmark.normalizers import (
    Normalizer,
)

# The legible errors of ResNet50x2, cCEB, in table 1 of the paper, percent.
PAPER_ROW = {
    "shot_noise": 53.8,
    "impulse_noise": 59.2,
    "defocus_blur": 59.5,
    "glass_blur": 62.8,
    "motion_blur": 58.3,
    "zoom_blur": 60.0,
    "snow": 61.4,
    "fog": 46.8,
    "brightness": 28.2,
    "contrast": 52.3,
    "elastic_transform": 51.3,
    "pixelate": 36.2,
    "jpeg_compression": 38.5,
}
PAPER_AVERAGE = 51.9
PAPER_MCE = 65.5


def flat(means):
    return {name: {s: e for s in range(1, 6)} for name, e in means.items()}


@pytest.mark.parametrize("gauss", [45.0, 51.0, 55.1, 60.0])
def test_the_paper_s_row_gives_the_paper_s_mce(gauss):
    # Two errors cannot be read; the printed average fixes their sum, and
    # AlexNet is about as bad on both, so their split hardly matters.
    missing = 15 * PAPER_AVERAGE - sum(PAPER_ROW.values())
    assert missing == pytest.approx(110.2)
    row = {
        **PAPER_ROW,
        "gaussian_noise": gauss,
        "frost": missing - gauss,
    }
    errors = flat({name: error / 100 for name, error in row.items()})
    assert metrics.average_error(errors) == pytest.approx(0.519)
    assert 100 * metrics.mean_corruption_error(errors) == pytest.approx(
        PAPER_MCE, abs=0.15
    )


def test_the_reference_itself_has_an_mce_of_one():
    errors = {
        name: dict(enumerate(row, 1)) for name, row in ALEXNET.errors.items()
    }
    assert metrics.mean_corruption_error(errors) == pytest.approx(1)
    assert metrics.relative_mean_corruption_error(
        errors, ALEXNET.clean_error
    ) == pytest.approx(1)


def test_by_hand_with_two_corruptions():
    errors = {
        "fog": {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4, 5: 0.5},
        "snow": {1: 0.2, 2: 0.2, 3: 0.2, 4: 0.2, 5: 0.2},
    }
    reference = Normalizer(
        "hand", {"fog": (0.5,) * 5, "snow": (0.8,) * 5}, clean_error=0.3
    )
    assert metrics.corruption_error(errors["fog"]) == pytest.approx(0.3)
    assert metrics.average_error(errors) == pytest.approx(0.25)
    assert metrics.mean_corruption_error(errors, reference) == pytest.approx(
        (1.5 / 2.5 + 1.0 / 4.0) / 2
    )
    assert metrics.relative_mean_corruption_error(
        errors, 0.1, reference
    ) == pytest.approx(((1.5 - 0.5) / (2.5 - 1.5) + (1 - 0.5) / (4 - 1.5)) / 2)


def test_some_severities_are_compared_with_the_same_ones():
    errors = {"fog": {2: 0.4, 4: 0.6}}
    expected = 1.0 / (0.76050 + 0.87260)
    assert metrics.mean_corruption_error(errors) == pytest.approx(expected)


def test_a_normalizer_that_lacks_a_corruption():
    with pytest.raises(ValueError, match="lacks.*'spatter'"):
        metrics.mean_corruption_error({"spatter": {1: 0.5}})


def test_relative_mce_needs_a_clean_error():
    with pytest.raises(
        ValueError, match="`normalizer` must have a `clean_error`"
    ):
        metrics.relative_mean_corruption_error(
            {"fog": {1: 0.5}}, 0.1, Normalizer("x", {"fog": (0.5,) * 5})
        )


@pytest.mark.parametrize("errors", [{}, {"fog": {}}])
def test_nothing_measured(errors):
    for function in (metrics.average_error, metrics.mean_corruption_error):
        with pytest.raises(ValueError, match="`errors`"):
            function(errors)


ERRORS = {
    "fog": {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4, 5: 0.5},
    "snow": {2: 0.2, 4: 0.6},
}
ALL = [
    metrics.average_error,
    metrics.mean_corruption_error,
    lambda errors: metrics.relative_mean_corruption_error(errors, 0.05),
]


@pytest.mark.parametrize("function", ALL)
def test_errors_that_were_a_file(function):
    content = json.loads(json.dumps(ERRORS))
    assert list(content["snow"]) == ["2", "4"]
    assert function(content) == pytest.approx(function(ERRORS), rel=1e-15)
    numpy_keys = {
        name: {np.int64(s): np.float32(e) for s, e in row.items()}
        for name, row in ERRORS.items()
    }
    assert function(numpy_keys) == pytest.approx(function(ERRORS), rel=1e-6)
    row = metrics.corruption_error(content["fog"])
    assert row == pytest.approx(0.3)


@pytest.mark.parametrize("function", [*ALL, error_rates.checked_errors])
@pytest.mark.parametrize(
    "row,error,message",
    [
        ({0: 0.1}, ValueError, "severities from 1 to 5.*0"),
        ({6: 0.1}, ValueError, "severities from 1 to 5.*6"),
        ({"0": 0.1}, ValueError, "severities from 1 to 5.*'0'"),
        ({"01": 0.1}, ValueError, "severities from 1 to 5.*'01'"),
        ({"mean": 0.1}, ValueError, "severities from 1 to 5.*'mean'"),
        ({True: 0.1}, ValueError, "severities from 1 to 5.*True"),
        ({1.0: 0.1}, ValueError, "severities from 1 to 5.*1.0"),
        ({None: 0.1}, ValueError, "severities from 1 to 5.*None"),
        ({1: 0.1, "1": 0.2}, ValueError, "each severity once"),
        ({1: float("nan")}, ValueError, "a fraction from 0 to 1.*nan"),
        ({1: float("inf")}, ValueError, "a fraction from 0 to 1.*inf"),
        ({1: -0.1}, ValueError, "a fraction from 0 to 1.*-0.1"),
        ({1: 53.8}, ValueError, "Divide percentages by 100.*53.8"),
        ({1: 1.01}, ValueError, "Divide percentages by 100.*1.01"),
        ({1: "0.5"}, TypeError, "must be a number.*'0.5'"),
        ({1: None}, TypeError, "must be a number.*None"),
        ({1: True}, TypeError, "must be a number.*True"),
        ({}, ValueError, "at least one severity"),
        ([0.1, 0.2, 0.3, 0.4, 0.5], TypeError, "map severities"),
        (0.1, TypeError, "map severities"),
    ],
)
def test_numbers_that_are_no_errors(function, row, error, message):
    with pytest.raises(error, match=f"`errors.*{message}"):
        function({"fog": {1: 0.5}, "snow": row})


def test_a_mapping_of_mappings():
    for function in ALL:
        with pytest.raises(TypeError, match="`errors` must map corruptions"):
            function([0.1, 0.2])


@pytest.mark.parametrize("clean", [7.6, -0.1, float("nan")])
def test_a_clean_error_that_is_none(clean):
    with pytest.raises(ValueError, match="`clean_error` must be an error rate"):
        metrics.relative_mean_corruption_error(ERRORS, clean)


def test_a_reference_that_no_corruption_hurts():
    reference = Normalizer("x", {"fog": (0.2,) * 5}, clean_error=0.2)
    with pytest.raises(ValueError, match="`normalizer` must make more errors"):
        metrics.relative_mean_corruption_error(
            {"fog": {1: 0.5}}, 0.1, reference
        )
