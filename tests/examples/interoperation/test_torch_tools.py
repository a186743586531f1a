"""The tools of PyTorch attack a CEB model, which is an `nn.Module` there."""

import pathlib
import sys

import keras
import numpy as np
import pytest

from keras_ceb.robustness.attacks import APGD
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
