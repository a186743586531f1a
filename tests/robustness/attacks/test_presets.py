import pytest

from keras_ceb.robustness.attacks import preset


@pytest.mark.parametrize(
    "name,eps,step,target",
    [
        ("cifar10-linf", 8 / 255, None, "none"),
        ("cifar10-l2", 100 / 255, None, "none"),
        ("imagenet-linf", 16 / 255, 2 / 255, "random"),
        ("imagenet-l2", 16.0, 2.0, "random"),
    ],
)
def test_settings_of_the_paper(name, eps, step, target):
    attack = preset(name)
    assert attack.steps == 20
    assert attack.eps == pytest.approx(eps)
    assert attack.step_size == (step and pytest.approx(step))
    assert (attack.norm, attack.target) == (name.split("-")[1], target)


def test_radii_follow_the_range():
    assert preset("cifar10-linf", bounds=(0, 255)).eps == pytest.approx(8)
    attack = preset("imagenet-linf", bounds=(-1, 1))
    assert attack.eps == pytest.approx(32 / 255)
    assert attack.step_size == pytest.approx(4 / 255)


def test_unknown_name():
    with pytest.raises(ValueError, match="`name` must be one of"):
        preset("mnist-linf")
