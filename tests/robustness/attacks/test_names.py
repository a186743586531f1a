import pytest

from keras_ceb._src.robustness.attacks.names import distinct_names
from keras_ceb.robustness.attacks import APGD
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Ensemble
from keras_ceb.robustness.attacks import Square


def names(*attacks):
    return distinct_names([attack.get_config() for attack in attacks])


def test_names_that_differ_stay():
    assert names(PGD(), PGD(steps=5), Square()) == ["PGD-20", "PGD-5", "Square"]
    # Tables have columns for these.
    assert names(PGD(eps=0.1), PGD(eps=0.2), PGD("l2", 0.1)) == ["PGD-20"] * 3


@pytest.mark.parametrize(
    "first,second,expected",
    [
        ({}, {"loss": "dlr"}, ["(loss margin)", "(loss dlr)"]),
        ({}, {"keep": "last"}, ["(keep best)", "(keep last)"]),
        ({}, {"seed": 1}, ["(seed 0)", "(seed 1)"]),
        ({}, {"restarts": 2}, ["(restarts 1)", "(restarts 2)"]),
        ({}, {"samples": 2}, ["(samples 1)", "(samples 2)"]),
        (
            {"step_size": 0.01},
            {"random_start": False},
            [
                "(step_size 0.01, random_start True)",
                "(step_size None, random_start False)",
            ],
        ),
        ({"eps": 0.1}, {"eps": 0.1 + 1e-6}, ["(eps 0.1)", "(eps 0.100001)"]),
    ],
)
def test_settings_tell_two_of_one_name_apart(first, second, expected):
    expected = [f"PGD-20 {text}" for text in expected]
    assert names(PGD(**first), PGD(**second)) == expected
    # The rest of the table keeps its names.
    assert names(Square(), PGD(**first), PGD(**second))[0] == "Square"


def test_a_suffix_joins_the_one_that_is_there():
    first, second = PGD(target="random"), PGD(target="random", loss="dlr")
    assert names(first, second) == [
        "PGD-20 (random target, loss margin)",
        "PGD-20 (random target, loss dlr)",
    ]
    three = names(PGD(seed=1), PGD(seed=2), PGD(seed=2, loss="dlr"))
    assert three == [
        "PGD-20 (seed 1, loss margin)",
        "PGD-20 (seed 2, loss margin)",
        "PGD-20 (seed 2, loss dlr)",
    ]


def test_numbers_where_settings_are_not_enough():
    assert names(PGD(), PGD()) == ["PGD-20 (no. 1)", "PGD-20 (no. 2)"]
    # Their parts differ, which no short text says.
    one = Ensemble([APGD(), Square(queries=10)])
    two = Ensemble([APGD(), Square(queries=20)])
    assert names(one, two) == [
        "APGD-CE + Square (no. 1)",
        "APGD-CE + Square (no. 2)",
    ]


def test_parts_of_an_ensemble():
    ensemble = Ensemble([PGD(), PGD(loss="cross_entropy")])
    assert ensemble.name == "PGD-20 (loss margin) + PGD-20 (loss cross_entropy)"
    assert Ensemble([PGD(), Square()]).name == "PGD-20 + Square"
