"""Certificates: radii within which no input has another class."""

from typing import TYPE_CHECKING

from keras_ceb._src import lazy

if TYPE_CHECKING:
    from keras_ceb._src.robustness.certify.certified_radii import CertifiedRadii
    from keras_ceb._src.robustness.certify.encoding import encoding_radius
    from keras_ceb._src.robustness.certify.randomized_smoothing import (
        RandomizedSmoothing,
    )

__all__ = [
    "CertifiedRadii",
    "RandomizedSmoothing",
    "encoding_radius",
]

__getattr__ = lazy.attach(
    __name__,
    "keras_ceb._src.robustness.certify",
    {
        "certified_radii": ["CertifiedRadii"],
        "encoding": ["encoding_radius"],
        "randomized_smoothing": ["RandomizedSmoothing"],
    },
)


def __dir__() -> list[str]:
    return __all__
