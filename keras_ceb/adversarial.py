"""Adversaries for training, which `CEBModel.compile(adversary=...)` takes."""

from keras_ceb._src.adversarial.adversary import Adversary
from keras_ceb._src.adversarial.fast_training import FastTraining
from keras_ceb._src.adversarial.pgd_training import PGDTraining
from keras_ceb._src.adversarial.trades import TRADES

__all__ = ["TRADES", "Adversary", "FastTraining", "PGDTraining"]


def __dir__() -> list[str]:
    return __all__
