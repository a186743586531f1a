"""Certificates: radii within which no input has another class."""

from typing import TYPE_CHECKING

from keras_ceb._src import lazy

if TYPE_CHECKING:
    from keras_ceb._src.robustness.certify.certificate import Certificate
    from keras_ceb._src.robustness.certify.certified_radii import CertifiedRadii
    from keras_ceb._src.robustness.certify.encoding import EncodingCertificate
    from keras_ceb._src.robustness.certify.lipschitz import LipschitzCertificate
    from keras_ceb._src.robustness.certify.lipschitz_constant import (
        lipschitz_constant,
    )
    from keras_ceb._src.robustness.certify.randomized_smoothing import (
        RandomizedSmoothing,
    )

__all__ = [
    "Certificate",
    "CertifiedRadii",
    "EncodingCertificate",
    "LipschitzCertificate",
    "RandomizedSmoothing",
    "lipschitz_constant",
]

__getattr__ = lazy.attach(
    __name__,
    "keras_ceb._src.robustness.certify",
    {
        "certificate": ["Certificate"],
        "certified_radii": ["CertifiedRadii"],
        "encoding": ["EncodingCertificate"],
        "lipschitz": ["LipschitzCertificate"],
        "lipschitz_constant": ["lipschitz_constant"],
        "randomized_smoothing": ["RandomizedSmoothing"],
    },
)


def __dir__() -> list[str]:
    return __all__
