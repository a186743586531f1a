"""Checks of one or several certificates before any of them is computed."""

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from keras_ceb._src.robustness.certify.certificate import Certificate


def check_certificates(certificates: Any) -> list[Certificate]:
    """One or several certificates as a list; none for `None`.

    Raises:
        TypeError: If an element is not a certificate.
        ValueError: If two certificates have the same settings.
    """
    if certificates is None:
        return []
    if isinstance(certificates, Certificate):
        certificates = [certificates]
    single = isinstance(certificates, str | Mapping)
    if single or not isinstance(certificates, Iterable):
        raise TypeError(_no_certificate(certificates))
    checked: list[Certificate] = []
    for certificate in certificates:
        if not isinstance(certificate, Certificate):
            raise TypeError(_no_certificate(certificate))
        if certificate in checked:
            raise ValueError(
                "`certificates` must differ from each other in a setting: "
                "equal certificates give equal results. Received: twice "
                f"{certificate!r}"
            )
        checked.append(certificate)
    return checked


def _no_certificate(value: Any) -> str:
    hint = ""
    if isinstance(value, type) and issubclass(value, Certificate):
        hint = f" Call the class: `{value.__name__}(...)`."
    return (
        "`certificates` must be a certificate, such as "
        "`RandomizedSmoothing(sigma=0.25)`, or a sequence of certificates."
        f"{hint} Received: {value!r} of type {type(value).__name__}"
    )
