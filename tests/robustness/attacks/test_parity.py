"""Our attacks against those of other libraries, on the same trained model."""

import keras
import numpy as np
import pytest

from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import APGD
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Square

pytestmark = pytest.mark.tf_only


def foolbox_pgd(model, x, y, norm, eps, step, steps):
    foolbox = pytest.importorskip("foolbox")
    import tensorflow as tf

    attacks = foolbox.attacks
    kind = attacks.LinfPGD if norm == "linf" else attacks.L2PGD
    attack = kind(abs_stepsize=step, steps=steps, random_start=False)
    wrapped = foolbox.TensorFlowModel(model, bounds=(0, 1))
    labels = tf.constant(y, "int64")
    _, found, _ = attack(wrapped, tf.constant(x), labels, epsilons=eps)
    return found.numpy()


def art_classifier(model, x):
    pytest.importorskip("art")
    from art.estimators.classification import TensorFlowV2Classifier

    return TensorFlowV2Classifier(
        model=model,
        nb_classes=10,
        input_shape=x.shape[1:],
        loss_object=keras.losses.SparseCategoricalCrossentropy(
            from_logits=True
        ),
        clip_values=(0, 1),
    )


def art_pgd(model, x, y, norm, eps, step, steps):
    classifier = art_classifier(model, x)
    from art.attacks.evasion import ProjectedGradientDescentTensorFlowV2

    order = np.inf if norm == "linf" else 2
    attack = ProjectedGradientDescentTensorFlowV2(
        classifier, order, eps, step, max_iter=steps, verbose=False
    )
    return attack.generate(x, y)


@pytest.mark.parametrize(
    "peer,norm,eps",
    [
        (foolbox_pgd, "linf", 0.1),
        (foolbox_pgd, "l2", 0.5),
        # In L2, ART clips before it projects, and differs by that.
        (art_pgd, "linf", 0.1),
    ],
)
def test_pgd_gives_the_same_images(digits, peer, norm, eps):
    model, x, y = digits
    x, y = x[:32], y[:32]
    step = 4 / 3 * eps / 10
    expected = peer(model, x, y, norm, eps, step, 10)
    attack = PGD(
        norm, eps, 10, step_size=step, random_start=False, loss="cross_entropy",
        keep="last",
    )  # fmt: skip
    np.testing.assert_allclose(attack(model, x, y), expected, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("norm,eps", [("linf", 0.08), ("l2", 0.4)])
@pytest.mark.parametrize("kind", ["apgd-ce", "apgd-dlr", "square"])
def test_robust_accuracy_is_not_above_that_of_art(digits, kind, norm, eps):
    model, x, y = digits
    classifier = art_classifier(model, x)
    from art.attacks import evasion

    order = np.inf if norm == "linf" else 2
    if kind == "square":
        theirs = evasion.SquareAttack(
            classifier, norm=order, eps=eps, max_iter=1000, verbose=False
        )
        ours = Square(norm, eps, 1000)
    else:
        loss = "cross_entropy" if kind == "apgd-ce" else "dlr"
        theirs = evasion.AutoProjectedGradientDescent(
            classifier,
            order,
            eps,
            2 * eps,
            100,
            nb_random_init=1,
            loss_type=(
                "cross_entropy"
                if kind == "apgd-ce"
                else "difference_logits_ratio"
            ),
            verbose=False,
        )
        ours = APGD(norm, eps, loss=loss)
    found = theirs.generate(x, y)
    # ART's L2 Square divides by zero on images of 8 x 8.
    broken = np.isnan(found).any(axis=(1, 2, 3))
    found[broken] = x[broken]
    logits = model.predict(found, verbose=0)
    clean = model.predict(x, verbose=0).argmax(axis=1) == y
    expected = np.mean(clean & (logits.argmax(axis=1) == y))
    result = robust_accuracy(model, (x, y), ours, verbose=0)
    # One point; ART may be weaker by more, but not stronger.
    assert result.accuracy <= expected + 0.01
