import numpy as np

from keras_ceb._src.robustness import held_batches
from keras_ceb._src.robustness.audit.sample import Sample
from keras_ceb.robustness import Classifier
from keras_ceb.robustness.attacks import PGD


def sample_on_a_line(linear):
    """Inputs in one dimension, where the classes meet at 0.5."""
    model = linear([[1.0, -1.0]], bias=[-0.5, 0.5])
    x = np.linspace(0, 1, 12, dtype="float32")[:, None]
    y = (x[:, 0] < 0.5).astype("int32")
    # The first is wrong without attack.
    y[0] = 0
    return Sample(Classifier(model), x, y, "linf", 0.2)


def test_images_that_stay_right(linear):
    sample = sample_on_a_line(linear)
    right = np.arange(12) > 0
    np.testing.assert_array_equal(sample.right, right)
    far = np.abs(sample.x[:, 0] - 0.5) > 0.2
    np.testing.assert_array_equal(sample.under_pgd, right & far)
    np.testing.assert_array_equal(sample.under_white_box, right & far)
    some = np.array([0, 1, 5, 11])
    robust = sample.run(PGD(eps=0.2), some)
    np.testing.assert_array_equal(np.flatnonzero(robust), [1, 11])
    assert not sample.run(PGD(eps=0.2), np.zeros(0, int)).any()


def test_predictions_without_attack_are_computed_once(linear, monkeypatch):
    sample = sample_on_a_line(linear)
    assert sample.right.sum() == 11
    monkeypatch.setattr(held_batches, "logits_of", None)
    assert sample.run(PGD(eps=0.0)).sum() == 11


def test_pgd_reaches_across_the_ball(linear):
    sample = sample_on_a_line(linear)
    attack = sample.pgd(steps=10, seed=3)
    assert attack == PGD("linf", 0.2, 10, step_size=0.05, seed=3)
    assert sample.pgd(0.4).step_size == 0.025
