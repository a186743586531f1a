"""The layers of a CEB classifier, for use in any Keras model."""

from keras_ceb._src.layers.class_conditional_marginal import (
    ClassConditionalMarginal,
)
from keras_ceb._src.layers.consistent_classifier import ConsistentClassifier
from keras_ceb._src.layers.pooled_backbone import PooledBackbone
from keras_ceb._src.layers.stochastic_encoder import StochasticEncoder

__all__ = [
    "ClassConditionalMarginal",
    "ConsistentClassifier",
    "PooledBackbone",
    "StochasticEncoder",
]


def __dir__() -> list[str]:
    return __all__
