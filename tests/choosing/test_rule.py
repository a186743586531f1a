import pytest

from keras_ceb._src.choosing.rule import chosen_rho
from keras_ceb._src.robustness.intervals import wilson

ACCURACIES = {5.0: 0.91, 3.0: 0.90, 1.0: 0.89, 0.0: 0.80}


@pytest.mark.parametrize(
    "num_images,expected",
    # The interval of 0.91 begins at 0.872, 0.892, 0.908 and 0.799.
    [(300, 1.0), (1200, 3.0), (100_000, 5.0), (50, 0.0)],
)
def test_ties_are_inside_the_interval(num_images, expected):
    assert chosen_rho(ACCURACIES, num_images) == expected


def test_a_tie_at_the_bound():
    low, _ = wilson(91, 100)
    assert chosen_rho({2.0: 0.91, 1.0: low}, 100) == 1.0
    assert chosen_rho({2.0: 0.91, 1.0: low - 1e-9}, 100) == 2.0


def test_less_confidence_is_fewer_ties():
    assert chosen_rho(ACCURACIES, 300, confidence=0.5) == 3.0
