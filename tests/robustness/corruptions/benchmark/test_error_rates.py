import pytest

from keras_ceb._src.robustness.corruptions.benchmark import error_rates


def test_an_error_rate_becomes_a_float():
    assert error_rates.check_error(1, "clean_error") == 1.0
    with pytest.raises(
        ValueError, match="`clean_error` must be.*Divide percentages.*7.6"
    ):
        error_rates.check_error(7.6, "clean_error")


def test_severities_from_a_json_file_become_integers():
    assert error_rates.checked_errors({"fog": {"2": 0, 4: 0.5}}) == {
        "fog": {2: 0.0, 4: 0.5}
    }
    assert error_rates.checked_errors({}) == {}


def test_at_least_one_corruption():
    assert error_rates.checked_not_empty({"fog": {1: 0.5}})
    with pytest.raises(ValueError, match="`errors` must hold at least one"):
        error_rates.checked_not_empty({})
