import pytest

from examples.cifar10 import adversaries
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


def test_unknown_names_list_the_known_ones():
    with pytest.raises(ValueError, match="`adversary`.*madry, fast.*'other'"):
        adversaries.build("other", 0.1, 0)
