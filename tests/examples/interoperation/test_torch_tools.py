"""The tools of PyTorch attack a CEB model, which is an `nn.Module` there."""

import pathlib
import sys

import keras
import numpy as np
import pytest

from keras_ceb.robustness import minimal_distance
from keras_ceb.robustness.attacks import APGD
from keras_ceb.robustness.attacks import DDN
from keras_ceb.robustness.attacks import PGD

FOLDER = pathlib.Path(__file__).parents[3] / "examples" / "interoperation"

pytestmark = pytest.mark.skipif(
    keras.config.backend() != "torch", reason="needs the PyTorch backend"
)
# APGD on the cross-entropy alone, as the whole would take minutes.
SHORT = {"version": "custom", "attacks": ["apgd-ce"]}


@pytest.fixture(scope="module")
def digits():
    sys.path.insert(0, str(FOLDER))
    from digits_model import trained_digits_model

    yield trained_digits_model(epochs=5, test_size=64)
    sys.path.remove(str(FOLDER))


def right(model, x, y):
    return model.predict(x, verbose=0).argmax(axis=1) == y


def test_the_original_autoattack_agrees_with_ours(digits):
    pytest.importorskip("pyautoattack")
    from autoattack_original import original_autoattack

    model, x, y = digits
    adversarial, withstands = original_autoattack(model, x, y, 0.1, **SHORT)
    np.testing.assert_array_equal(right(model, adversarial, y), withstands)
    assert np.abs(adversarial - x).max() <= 0.1 + 1e-6
    ours = right(model, APGD("linf", 0.1)(model, x, y), y)
    # Of 64 images, at most one where the random starts decide.
    assert np.sum(ours != withstands) <= 1
    assert 0 < np.mean(withstands) < np.mean(right(model, x, y)) - 0.1


def test_the_protocol_of_robustbench(digits):
    pytest.importorskip("pyautoattack")
    from robustbench_protocol import admissible
    from robustbench_protocol import protocol

    model, x, y = digits
    clean, robust = protocol(model, x, y, 0.1, **SHORT)
    assert clean == pytest.approx(np.mean(right(model, x, y)))
    assert 0 < robust < clean - 0.1
    rounded = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Lambda(keras.ops.round), model]
    )
    assert not admissible(rounded, x, y)


def test_the_harness_of_attackbench(digits):
    pytest.importorskip("attackbench")
    pytest.importorskip("torchattacks")
    from attackbench_harness import benchmarked
    from attackbench_harness import pgd_l2

    model, x, y = digits
    found = benchmarked(model, x, y, pgd_l2)
    np.testing.assert_array_equal(found["correct"], right(model, x, y))
    assert not any(found["batch_failures"])
    distances = np.array(found["distances"]["l2"])
    withstands = right(model, PGD("l2", 2.0, 40)(model, x, y), y)
    # Those that our attack misleads in the ball, theirs does in it too.
    assert np.mean(np.isfinite(distances) == ~withstands) > 0.9
    assert np.median(distances) <= 2.0 + 1e-6


def test_the_closest_points_of_adv_lib(digits):
    pytest.importorskip("adv_lib.attacks", exc_type=ImportError)
    from adv_lib_attack import closest_points

    model, x, y = digits
    at_first = right(model, x, y)
    found = closest_points(model, x, y, steps=50, levels=None)
    np.testing.assert_array_equal(found[~at_first], x[~at_first])
    assert not right(model, found, y).any()
    theirs = np.linalg.norm((found - x).reshape(len(x), -1), axis=1)
    # The published algorithm: cross-entropy in all steps.
    attack = DDN(steps=50, loss="log_odds")
    ours = minimal_distance(model, (x, y), attack, verbose=0).values
    assert np.median(ours) == pytest.approx(np.median(theirs), rel=0.01)


def test_an_attack_of_secml_torch(digits):
    pytest.importorskip("secmlt.adv.evasion.pgd", exc_type=ImportError)
    from secml_attack import adversarial_images
    from secml_attack import pgd

    model, x, y = digits
    found = adversarial_images(model, x, y, pgd(0.1), batch_size=40)
    assert found.shape == x.shape and np.abs(found - x).max() <= 0.1 + 1e-6
    ours = right(model, PGD("linf", 0.1)(model, x, y), y)
    theirs = right(model, found, y)
    # Theirs climbs on the cross-entropy, ours on the margin.
    assert abs(np.mean(theirs) - np.mean(ours)) < 0.15
    assert np.mean(theirs) < np.mean(right(model, x, y)) - 0.1


def test_our_attacks_on_a_module_of_pytorch(digits):
    from torch_module import ChannelsFirst
    from torch_module import as_keras

    model, x, y = digits
    module = as_keras(ChannelsFirst(model), (1, 8, 8), 10)
    assert not module.weights
    attack = PGD("linf", 0.1, 3)
    np.testing.assert_allclose(
        attack(module, x, y), attack(model, x, y), atol=1e-6
    )
