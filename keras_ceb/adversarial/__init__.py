"""Adversarial training: what `CEBModel.compile(adversary=...)` takes."""

from keras_ceb.adversarial.adversary import Adversary
from keras_ceb.adversarial.fast_training import FastTraining
from keras_ceb.adversarial.pgd_training import PGDTraining

__all__ = ["Adversary", "FastTraining", "PGDTraining"]
