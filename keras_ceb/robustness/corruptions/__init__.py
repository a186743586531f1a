"""The Common Corruptions of ImageNet-C and CIFAR-10-C."""

from keras_ceb.robustness.corruptions.apply import corrupt
from keras_ceb.robustness.corruptions.frost_textures import (
    FrostTexturesNotFound,
)
from keras_ceb.robustness.corruptions.frost_textures import load_textures
from keras_ceb.robustness.corruptions.parameters import COMMON_CORRUPTIONS
from keras_ceb.robustness.corruptions.parameters import CORRUPTIONS
from keras_ceb.robustness.corruptions.parameters import EXTRA_CORRUPTIONS
from keras_ceb.robustness.corruptions.parameters import SEVERITIES
from keras_ceb.robustness.corruptions.parameters import VARIANTS

__all__ = [
    "COMMON_CORRUPTIONS",
    "CORRUPTIONS",
    "EXTRA_CORRUPTIONS",
    "SEVERITIES",
    "VARIANTS",
    "FrostTexturesNotFound",
    "corrupt",
    "load_textures",
]
