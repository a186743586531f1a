import pytest

from keras_ceb._src.robustness.corruptions.benchmark import error_rates


def test_an_error_rate_becomes_a_float():
    assert error_rates.check_error(1, "clean_error") == 1.0
    with pytest.raises(
        ValueError, match="`clean_error` must be.*Divide percentages.*7.6"
    ):
        error_rates.check_error(7.6, "clean_error")


@pytest.mark.parametrize(
    "percentage,hint", [(1.5, 1), (100, 1), (101, 0), (-1, 0)]
)
def test_what_may_be_a_percentage_gets_a_hint(percentage, hint):
    with pytest.raises(ValueError, match="from 0 to 1") as raised:
        error_rates.check_error(percentage, "clean_error")
    assert ("Divide percentages by 100." in str(raised.value)) == hint


def test_half_an_error_rate_is_one():
    assert error_rates.check_error(0.5, "clean_error") == 0.5
    assert error_rates.check_error(0, "clean_error") == 0.0


def test_errors_name_their_corruption():
    with pytest.raises(TypeError, match=r"`errors` of 'fog' must map"):
        error_rates.checked_errors({"fog": 0.5})
    with pytest.raises(TypeError, match=r"`errors` must map"):
        error_rates.checked_row(0.5)
    # Python's `int` would take it.
    with pytest.raises((TypeError, ValueError), match="severities"):
        error_rates.checked_row({" 2": 0.5})


def test_severities_from_a_json_file_become_integers():
    assert error_rates.checked_errors({"fog": {"2": 0, 4: 0.5}}) == {
        "fog": {2: 0.0, 4: 0.5}
    }
    assert error_rates.checked_errors({}) == {}


def test_at_least_one_corruption():
    assert error_rates.checked_not_empty({"fog": {1: 0.5}})
    with pytest.raises(ValueError, match="`errors` must hold at least one"):
        error_rates.checked_not_empty({})
