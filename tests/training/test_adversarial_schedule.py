"""When the adversary attacks, and which images."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src.training import adversarial
from keras_ceb.adversarial import TRADES
from keras_ceb.adversarial import FastTraining
from keras_ceb.adversarial import PGDTraining
from tests.training.adversarial_models import EPS
from tests.training.adversarial_models import assert_same_state
from tests.training.adversarial_models import build
from tests.training.adversarial_models import images
from tests.training.adversarial_models import train


@pytest.mark.parametrize("kind", [FastTraining, PGDTraining, TRADES])
def test_the_attack_begins_and_warms_up(kind):
    x, y = images()
    x = 0.3 + 0.4 * x
    model = build(kind("linf", EPS, start_step=2, warmup_steps=4))
    model.classifier.kernel.assign(50.0 * model.classifier.kernel)
    for step, share in ((0, 0.0), (1, 0.0), (2, 0.0), (3, 0.25), (9, 1.0)):
        model.optimizer.iterations.assign(step)
        moved = ops.convert_to_numpy(model.adversarial_batch(x, y)) - x
        farthest = np.abs(moved).max()
        np.testing.assert_allclose(farthest, share * EPS, atol=1e-6)


def test_steps_are_those_of_the_optimizer():
    """Compiled, two batches per step and two steps per execution."""
    x, y = images()
    options = {"rho": 1.0}

    def optimizer():
        return keras.optimizers.SGD(0.5, gradient_accumulation_steps=2)

    model = build(
        FastTraining("linf", EPS, noise=None, start_step=1, warmup_steps=2),
        **options,
    )
    # Keras takes one step per execution on PyTorch.
    steps = 1 if keras.config.backend() == "torch" else 2
    model.compile(
        optimizer(), adversary=model.adversary, steps_per_execution=steps
    )
    train(model, x, y, batch_size=4)
    by_hand = build(**options)
    by_hand.compile(optimizer(), run_eagerly=True)
    for index, share in enumerate((0, 0, 0, 0, 0.5, 0.5, 1, 1)):
        part = slice(4 * index, 4 * index + 4)
        attack = FastTraining("linf", share * EPS, noise=None)
        adversarial.set_adversary(by_hand, attack)
        by_hand.train_on_batch(x[part], y[part])
    assert_same_state(model.get_weights(), by_hand.get_weights())


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.5, 0.7, 1.0])
def test_which_images_stay_clean(fraction):
    found = ops.convert_to_numpy(
        adversarial.stays_clean(np.arange(1000), fraction)
    )
    count = np.cumsum(found)
    assert np.abs(count - fraction * np.arange(1, 1001)).max() < 1.0
    assert count[99] == round(100 * fraction)


def test_a_share_stays_clean():
    x, y = images()
    model = build(FastTraining("linf", EPS, noise=None, clean_fraction=0.25))
    found = ops.convert_to_numpy(model.adversarial_batch(x, y))
    clean = (found == x).all(axis=-1)
    np.testing.assert_array_equal(np.flatnonzero(clean), np.arange(3, 32, 4))
