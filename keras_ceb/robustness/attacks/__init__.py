"""Adversarial attacks on any Keras classifier that returns logits."""

from keras_ceb.robustness.attacks.attack import Attack
from keras_ceb.robustness.attacks.pgd import PGD

__all__ = ["PGD", "Attack"]
