"""The Common Corruptions of ImageNet-C and CIFAR-10-C."""

from keras_ceb.robustness.corruptions.apply import corrupt
from keras_ceb.robustness.corruptions.cifar_files import load_cifar_c
from keras_ceb.robustness.corruptions.corruption_folder import CorruptionFolder
from keras_ceb.robustness.corruptions.corruption_report import CorruptionReport
from keras_ceb.robustness.corruptions.evaluate import evaluate_corrupted_sets
from keras_ceb.robustness.corruptions.evaluate import evaluate_corruptions
from keras_ceb.robustness.corruptions.frost_textures import (
    FrostTexturesNotFound,
)
from keras_ceb.robustness.corruptions.frost_textures import load_textures
from keras_ceb.robustness.corruptions.imagenet_subsets import subset_correct
from keras_ceb.robustness.corruptions.metrics import average_error
from keras_ceb.robustness.corruptions.metrics import mean_corruption_error
from keras_ceb.robustness.corruptions.metrics import (
    relative_mean_corruption_error,
)
from keras_ceb.robustness.corruptions.normalizers import Normalizer
from keras_ceb.robustness.corruptions.normalizers import load_normalizer
from keras_ceb.robustness.corruptions.official import OFFICIAL_SETS
from keras_ceb.robustness.corruptions.official import load_official
from keras_ceb.robustness.corruptions.parameters import COMMON_CORRUPTIONS
from keras_ceb.robustness.corruptions.parameters import CORRUPTIONS
from keras_ceb.robustness.corruptions.parameters import EXTRA_CORRUPTIONS
from keras_ceb.robustness.corruptions.parameters import SEVERITIES
from keras_ceb.robustness.corruptions.parameters import VARIANTS
from keras_ceb.robustness.corruptions.plotting import plot_over_rho
from keras_ceb.robustness.corruptions.plotting import plot_severities
from keras_ceb.robustness.corruptions.random_corruption import RandomCorruption
from keras_ceb.robustness.corruptions.suite import CorruptionSuite

__all__ = [
    "COMMON_CORRUPTIONS",
    "CORRUPTIONS",
    "EXTRA_CORRUPTIONS",
    "OFFICIAL_SETS",
    "SEVERITIES",
    "VARIANTS",
    "CorruptionFolder",
    "CorruptionReport",
    "CorruptionSuite",
    "FrostTexturesNotFound",
    "Normalizer",
    "RandomCorruption",
    "average_error",
    "corrupt",
    "evaluate_corrupted_sets",
    "evaluate_corruptions",
    "load_cifar_c",
    "load_normalizer",
    "load_official",
    "load_textures",
    "mean_corruption_error",
    "plot_over_rho",
    "plot_severities",
    "relative_mean_corruption_error",
    "subset_correct",
]
