import pytest

from examples.common import adversaries
from keras_ceb import adversarial


def test_no_adversary_for_clean_images():
    assert adversaries.build(None, 0.1, 0) is None


def test_madry_takes_the_papers_seven_steps():
    found = adversaries.build("madry", 8 / 255, 3)
    assert isinstance(found, adversarial.PGDTraining)
    assert (found.norm, found.eps, found.steps) == ("linf", 8 / 255, 7)
    assert (found.random_start, found.seed) == (True, 3)


def test_fast_takes_one_step_from_noise_that_is_not_clipped():
    found = adversaries.build("fast", 4 / 255, 3)
    assert found == adversarial.FastTraining(
        "linf", 4 / 255, noise="unclipped", seed=3
    )
    assert adversaries.fast(4 / 255, 3, "ball").noise == "ball"


def test_trades_weighs_the_divergence_as_its_authors_do():
    found = adversaries.build("trades", 8 / 255, 3)
    assert isinstance(found, adversarial.TRADES)
    assert (found.norm, found.eps, found.seed) == ("linf", 8 / 255, 3)
    assert (found.beta, found.steps) == (6.0, 10)


def test_unknown_names_list_the_known_ones():
    known = "`adversary`.*madry, fast, trades.*'other'"
    with pytest.raises(ValueError, match=known):
        adversaries.build("other", 0.1, 0)


@pytest.mark.parametrize("name", ["madry", "trades"])
def test_attacks_of_several_steps_take_as_many_as_asked_for(name):
    assert adversaries.build(name, 0.1, 0, steps=3).steps == 3


def test_fast_takes_one_step_whatever_the_others_take():
    found = adversaries.build("fast", 0.1, 0, steps=3)
    assert found == adversaries.build("fast", 0.1, 0)
