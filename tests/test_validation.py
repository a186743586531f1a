import inspect

import numpy as np
import pytest

import keras_ceb
from keras_ceb import backbones
from keras_ceb import data
from keras_ceb import layers
from keras_ceb import robustness
from keras_ceb._src import validation
from keras_ceb.robustness import attacks
from keras_ceb.robustness import corruptions
from tests import toy


def test_values_pass_through():
    assert validation.finite_number(np.float32(1.5), "a") == 1.5
    assert validation.positive_integer(np.int64(3), "a") == 3
    assert validation.positive_integer(3.0, "a") == 3
    assert validation.one_of("x", "a", ("x", "y")) == "x"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite(value):
    with pytest.raises(ValueError, match=r"`a` must be a finite.*Received: a="):
        validation.finite_number(value, "a")


@pytest.mark.parametrize("value", ["1", None, True, [1.0]])
def test_what_is_no_number(value):
    with pytest.raises(TypeError, match=r"`a` must be a number.*Received: a="):
        validation.finite_number(value, "a")


def test_limits_are_named():
    with pytest.raises(ValueError, match="at least 0, at most 1"):
        validation.finite_number(2, "a", minimum=0, maximum=1)
    with pytest.raises(ValueError, match="an integer of at least 2"):
        validation.positive_integer(1, "a", minimum=2)
    with pytest.raises(ValueError, match="one of 'x', 'y'"):
        validation.one_of("z", "a", ("x", "y"))


def test_pairs():
    assert validation.increasing_pair([0, np.float32(0.5)], "a") == (0.0, 0.5)
    for value in ((1, 0), (0, 0), 3, None, (0, 1, 2), "01", (0, np.nan)):
        with pytest.raises(ValueError, match="`a` must be two.*Received: a="):
            validation.increasing_pair(value, "a")


def test_any_number_lets_nan_through():
    assert np.isnan(validation.any_number(np.nan, "a"))
    for value in (True, np.True_, "1", None, np.ones(2), np.ones(1)):
        with pytest.raises(TypeError, match=r"`a` must be a number.*Received"):
            validation.any_number(value, "a")


def test_booleans():
    assert validation.boolean(np.False_, "a") is False
    assert validation.boolean(True, "a") is True
    for value in (1, 0, "yes", None):
        with pytest.raises(TypeError, match=r"`a` must be True or False.*Rec"):
            validation.boolean(value, "a")


def test_seeds():
    assert validation.integer_seed(np.int64(3)) == 3
    assert validation.integer_seed(2**32 - 1) == 2**32 - 1
    assert validation.integer_seed(2**40, "a", maximum=2**64 - 1) == 2**40
    assert validation.optional_seed(None) is None
    with pytest.raises(ValueError, match=r"`a` must be.*0 to 2\*\*64 - 1.*-1"):
        validation.integer_seed(-1, "a", maximum=2**64 - 1)


IMAGES = np.zeros((4, 4, 4, 3), "uint8")
# Every argument `seed` of the package.
SEEDED = {
    "AugmentationChain": lambda seed: data.AugmentationChain([], seed=seed),
    "AutoAugment": lambda seed: data.AutoAugment(seed=seed),
    "Cutout": lambda seed: data.Cutout(2, seed=seed),
    "HorizontalFlip": lambda seed: data.HorizontalFlip(seed=seed),
    "PadAndCrop": lambda seed: data.PadAndCrop(2, seed=seed),
    "cifar_augmentation": lambda seed: data.cifar_augmentation(seed=seed),
    "ImageDataset": lambda seed: data.ImageDataset(seed=seed),
    "ArrayDataset": lambda seed: data.ArrayDataset(
        IMAGES, np.zeros(4), 2, seed=seed
    ),
    "wrap": lambda seed: keras_ceb.wrap(toy.backbone(), 3, seed=seed),
    "StochasticEncoder": lambda seed: layers.StochasticEncoder(4, seed=seed),
    "ResNet": lambda seed: backbones.ResNet(14, 0.125, seed=seed),
    "WideResNet": lambda seed: backbones.WideResNet(10, 1, seed=seed),
    "PGD": lambda seed: attacks.PGD(seed=seed),
    "FGSM": lambda seed: attacks.FGSM(seed=seed),
    "APGD": lambda seed: attacks.APGD(seed=seed),
    "FAB": lambda seed: attacks.FAB(seed=seed),
    "FMN": lambda seed: attacks.FMN(seed=seed),
    "DDN": lambda seed: attacks.DDN(seed=seed),
    "Square": lambda seed: attacks.Square(seed=seed),
    "AutoAttack": lambda seed: attacks.AutoAttack(seed=seed),
    "preset": lambda seed: attacks.preset("cifar10-linf", seed=seed),
    "corrupt": lambda seed: corruptions.corrupt(
        np.zeros((1, 8, 8, 3), "uint8"), "brightness", 1, seed=seed
    ),
    "CorruptionSuite": lambda seed: corruptions.CorruptionSuite(seed=seed),
    "RandomCorruption": lambda seed: corruptions.RandomCorruption(seed=seed),
}


def takes_a_seed(value):
    if not callable(value) or hasattr(value, "with_traceback"):
        return False
    return "seed" in inspect.signature(value).parameters


def test_every_seed_is_listed():
    modules = (
        keras_ceb, data, layers, backbones, robustness, attacks, corruptions,
    )  # fmt: skip
    seeded = {
        name
        for module in modules
        for name in module.__all__
        if takes_a_seed(getattr(module, name))
    }
    # `EncodedImages` reads files; its own tests look at its seed. A `RhoRun` is
    # a result.
    assert seeded - {"Attack", "EncodedImages", "RhoRun"} == set(SEEDED)


@pytest.mark.parametrize("seed", [-1, 2**64, True, 1.0, 1.5, "1", [1]])
@pytest.mark.parametrize("name", SEEDED)
def test_a_seed_that_is_none(name, seed):
    with pytest.raises((TypeError, ValueError), match="`seed`.*Received: seed"):
        SEEDED[name](seed)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow_on_jax)
        if name in backbones.__all__
        else name
        for name in SEEDED
    ],
)
def test_the_largest_seed(name):
    SEEDED[name](np.int64(2**32 - 1))
    if name not in ("corrupt", "CorruptionSuite"):
        with pytest.raises(ValueError, match=r"`seed`.*2\*\*32 - 1"):
            SEEDED[name](2**32)
