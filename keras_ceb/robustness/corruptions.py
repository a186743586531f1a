"""The Common Corruptions of ImageNet-C and CIFAR-10-C.

`corrupt` applies any of the 19 corruptions to a batch of images of any size,
at the severities of either set, reproducibly from a seed. All of them compile
with XLA on both backends, also inside `tf.data`, and need neither ImageMagick
nor OpenCV. Only the following runs on the host:

- JPEG of large NumPy images on a machine without an accelerator, where a
  codec is faster than the compiled arithmetic and gives the same images;
- reading frost's photographs, the released folders and .npy files.

`glass_blur` computes in float64 (which TPUs emulate) to be exact.

`evaluate_corruptions` measures a classifier on images that it corrupts itself,
`evaluate_corrupted_sets` on the official ones, read by `load_official`,
`CorruptionFolder` or `load_cifar_c`. For comparison with published numbers,
use the released files: the released ImageNet-C was saved as JPEG, which alone
costs a few percent of accuracy.

`RandomCorruption` is a layer for augmentation. A corruption that a model was
trained on is no longer a test of it.
"""

from keras_ceb._src.robustness.corruptions.benchmark.cifar_files import (
    load_cifar_c,
)
from keras_ceb._src.robustness.corruptions.benchmark.corruption_folder import (
    CorruptionFolder,
)
from keras_ceb._src.robustness.corruptions.benchmark.corruption_report import (
    CorruptionReport,
)
from keras_ceb._src.robustness.corruptions.benchmark.evaluate import (
    evaluate_corruptions,
)
from keras_ceb._src.robustness.corruptions.benchmark.evaluate_sets import (
    evaluate_corrupted_sets,
)
from keras_ceb._src.robustness.corruptions.benchmark.imagenet_subsets import (
    IMAGENET_SUBSETS,
)
from keras_ceb._src.robustness.corruptions.benchmark.imagenet_subsets import (
    subset_correct,
)
from keras_ceb._src.robustness.corruptions.benchmark.metrics import (
    average_error,
)
from keras_ceb._src.robustness.corruptions.benchmark.metrics import (
    mean_corruption_error,
)
from keras_ceb._src.robustness.corruptions.benchmark.metrics import (
    relative_mean_corruption_error,
)
from keras_ceb._src.robustness.corruptions.benchmark.normalizers import (
    Normalizer,
)
from keras_ceb._src.robustness.corruptions.benchmark.normalizers import (
    load_normalizer,
)
from keras_ceb._src.robustness.corruptions.benchmark.official import (
    OFFICIAL_SETS,
)
from keras_ceb._src.robustness.corruptions.benchmark.official import (
    load_official,
)
from keras_ceb._src.robustness.corruptions.benchmark.plotting import (
    plot_over_rho,
)
from keras_ceb._src.robustness.corruptions.benchmark.plotting import (
    plot_severities,
)
from keras_ceb._src.robustness.corruptions.benchmark.suite import (
    CorruptionSuite,
)
from keras_ceb._src.robustness.corruptions.images.corrupt import corrupt
from keras_ceb._src.robustness.corruptions.images.corruption import SEVERITIES
from keras_ceb._src.robustness.corruptions.images.corruption import VARIANTS
from keras_ceb._src.robustness.corruptions.images.frost_textures import (
    FrostTexturesNotFound,
)
from keras_ceb._src.robustness.corruptions.images.frost_textures import (
    load_textures,
)
from keras_ceb._src.robustness.corruptions.images.random_corruption import (
    RandomCorruption,
)
from keras_ceb._src.robustness.corruptions.images.registry import (
    COMMON_CORRUPTIONS,
)
from keras_ceb._src.robustness.corruptions.images.registry import CORRUPTIONS
from keras_ceb._src.robustness.corruptions.images.registry import (
    EXTRA_CORRUPTIONS,
)

__all__ = [
    "COMMON_CORRUPTIONS",
    "CORRUPTIONS",
    "EXTRA_CORRUPTIONS",
    "IMAGENET_SUBSETS",
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


def __dir__() -> list[str]:
    return __all__
