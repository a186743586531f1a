"""Foolbox and ART attack a CEB model as they attack any Keras model."""

import pathlib
import sys

import numpy as np
import pytest

FOLDER = pathlib.Path(__file__).parents[3] / "examples" / "interoperation"

pytestmark = pytest.mark.tf_only


@pytest.fixture(scope="module")
def digits():
    sys.path.insert(0, str(FOLDER))
    from digits_model import trained_digits_model

    yield trained_digits_model(epochs=5, test_size=64)
    sys.path.remove(str(FOLDER))


def test_foolbox(digits):
    foolbox = pytest.importorskip("foolbox")
    import tensorflow as tf
    from foolbox_attack import foolbox_labels
    from foolbox_attack import foolbox_model

    model, x, y = digits
    wrapped = foolbox_model(model)
    assert foolbox.utils.accuracy(
        wrapped, tf.constant(x), foolbox_labels(y)
    ) == pytest.approx(np.mean(model.predict(x, verbose=0).argmax(1) == y))
    attack = foolbox.attacks.LinfPGD(steps=5)
    _, adversarial, fooled = attack(
        wrapped, tf.constant(x), foolbox_labels(y), epsilons=0.2
    )
    logits = model.predict(adversarial.numpy(), verbose=0)
    np.testing.assert_array_equal(logits.argmax(axis=1) != y, fooled.numpy())
    clean = np.mean(model.predict(x, verbose=0).argmax(axis=1) != y)
    assert np.mean(fooled.numpy()) > clean + 0.1


def test_art(digits):
    pytest.importorskip("art")
    from art.attacks.evasion import ProjectedGradientDescentTensorFlowV2
    from art_attack import art_classifier

    model, x, y = digits
    attack = ProjectedGradientDescentTensorFlowV2(
        art_classifier(model, x.shape[1:], 10),
        eps=0.2,
        eps_step=0.06,
        max_iter=5,
        verbose=False,
    )
    adversarial = attack.generate(x, y)
    assert np.abs(adversarial - x).max() <= 0.2 + 1e-6
    logits = model.predict(adversarial, verbose=0)
    clean = np.mean(model.predict(x, verbose=0).argmax(axis=1) != y)
    assert np.mean(logits.argmax(axis=1) != y) > clean + 0.1
