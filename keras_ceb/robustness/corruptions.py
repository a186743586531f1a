"""The Common Corruptions of ImageNet-C and CIFAR-10-C.

`corrupt` applies any of the 19 corruptions to a batch of images of any size,
at the severities of either set, reproducibly from a seed. All of them compile
with XLA on TensorFlow and JAX, also inside `tf.data`, and need neither
ImageMagick nor OpenCV. Only the following runs on the host:

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

from typing import TYPE_CHECKING

from keras_ceb._src import lazy

if TYPE_CHECKING:
    from keras_ceb._src.robustness.corruptions.benchmark.cifar_files import (
        load_cifar_c,
    )
    from keras_ceb._src.robustness.corruptions.benchmark.corruption_folder import (  # noqa: E501
        CorruptionFolder,
    )
    from keras_ceb._src.robustness.corruptions.benchmark.corruption_report import (  # noqa: E501
        CorruptionReport,
    )
    from keras_ceb._src.robustness.corruptions.benchmark.evaluate import (
        evaluate_corruptions,
    )
    from keras_ceb._src.robustness.corruptions.benchmark.evaluate_sets import (
        evaluate_corrupted_sets,
    )
    from keras_ceb._src.robustness.corruptions.benchmark.imagenet_subsets import (  # noqa: E501
        IMAGENET_SUBSETS,
    )
    from keras_ceb._src.robustness.corruptions.benchmark.imagenet_subsets import (  # noqa: E501
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
    from keras_ceb._src.robustness.corruptions.images.corruption import (
        SEVERITIES,
    )
    from keras_ceb._src.robustness.corruptions.images.corruption import VARIANTS
    from keras_ceb._src.robustness.corruptions.images.frost_textures import (
        FrostTexturesNotFound,
    )
    from keras_ceb._src.robustness.corruptions.images.frost_textures import (
        load_textures,
    )
    from keras_ceb._src.robustness.corruptions.images.names import (
        COMMON_CORRUPTIONS,
    )
    from keras_ceb._src.robustness.corruptions.images.names import CORRUPTIONS
    from keras_ceb._src.robustness.corruptions.images.names import (
        EXTRA_CORRUPTIONS,
    )
    from keras_ceb._src.robustness.corruptions.images.random_corruption import (
        RandomCorruption,
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

__getattr__ = lazy.attach(
    __name__,
    "keras_ceb._src.robustness.corruptions",
    {
        "benchmark.cifar_files": ["load_cifar_c"],
        "benchmark.corruption_folder": ["CorruptionFolder"],
        "benchmark.corruption_report": ["CorruptionReport"],
        "benchmark.evaluate": ["evaluate_corruptions"],
        "benchmark.evaluate_sets": ["evaluate_corrupted_sets"],
        "benchmark.imagenet_subsets": ["IMAGENET_SUBSETS", "subset_correct"],
        "benchmark.metrics": [
            "average_error",
            "mean_corruption_error",
            "relative_mean_corruption_error",
        ],
        "benchmark.normalizers": ["Normalizer", "load_normalizer"],
        "benchmark.official": ["OFFICIAL_SETS", "load_official"],
        "benchmark.plotting": ["plot_over_rho", "plot_severities"],
        "benchmark.suite": ["CorruptionSuite"],
        "images.corrupt": ["corrupt"],
        "images.corruption": ["SEVERITIES", "VARIANTS"],
        "images.frost_textures": ["FrostTexturesNotFound", "load_textures"],
        "images.random_corruption": ["RandomCorruption"],
        "images.names": [
            "COMMON_CORRUPTIONS",
            "CORRUPTIONS",
            "EXTRA_CORRUPTIONS",
        ],
    },
)


def __dir__() -> list[str]:
    return __all__
