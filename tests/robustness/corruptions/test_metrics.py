import pytest

from keras_ceb.robustness.corruptions import metrics
from keras_ceb.robustness.corruptions.normalizers import ALEXNET
from keras_ceb.robustness.corruptions.normalizers import Normalizer

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
    with pytest.raises(ValueError, match="`clean_error` of the normalizer"):
        metrics.relative_mean_corruption_error(
            {"fog": {1: 0.5}}, 0.1, Normalizer("x", {"fog": (0.5,) * 5})
        )


@pytest.mark.parametrize("errors", [{}, {"fog": {}}])
def test_nothing_measured(errors):
    for function in (metrics.average_error, metrics.mean_corruption_error):
        with pytest.raises(ValueError, match="`errors`"):
            function(errors)
