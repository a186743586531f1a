"""Reference errors that corruption errors are divided by."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_ceb._src.robustness.corruptions.benchmark.error_rates import (
    check_error,
)
from keras_ceb._src.robustness.corruptions.images.corruption import SEVERITIES
from keras_ceb._src.robustness.corruptions.images.corruption import (
    check_severity,
)
from keras_ceb._src.robustness.corruptions.images.names import (
    COMMON_CORRUPTIONS,
)
from keras_ceb._src.robustness.corruptions.images.names import CORRUPTIONS
from keras_ceb._src.validation import any_number


@dataclasses.dataclass(frozen=True)
class Normalizer:
    """The errors of a reference model.

    Args:
        name: Name of the reference in results.
        errors: Error rates by corruption, 0 to 1: one for each severity, or a
            single mean. Zero is rejected, since errors are divided by them.
        clean_error: Error rate on clean images, for the relative mCE.
        source: Where the numbers come from.

    Example:

    ```python
    reference = Normalizer("mine", {"fog": [0.1, 0.2, 0.3, 0.4, 0.5]})
    ```
    """

    name: str
    errors: Mapping[str, Sequence[float]]
    clean_error: float | None = None
    source: str = ""

    def __post_init__(self) -> None:
        errors = {
            name: _checked_rates(name, rates)
            for name, rates in self.errors.items()
        }
        object.__setattr__(self, "errors", errors)
        if self.clean_error is not None:
            check_error(self.clean_error, "clean_error")

    def total(
        self, corruption: str, severities: Sequence[int] = (1, 2, 3, 4, 5)
    ) -> float:
        """The sum of the errors of a corruption over `severities`.

        Raises:
            ValueError: If the corruption is missing, or only its mean over
                all severities is known and others are requested.
        """
        if corruption not in self.errors:
            raise ValueError(
                "`normalizer` must have an error for each corruption. "
                f"Received: normalizer {self.name!r}, which lacks "
                f"{corruption!r} and has {sorted(self.errors)}"
            )
        errors = self.errors[corruption]
        severities = [check_severity(s) for s in severities]
        if len(errors) == len(SEVERITIES):
            return sum(errors[severity - 1] for severity in severities)
        if sorted(severities) != list(SEVERITIES):
            raise ValueError(
                f"`severities` must be 1 to 5 for {corruption!r}, for which "
                f"`normalizer` {self.name!r} has only the mean error. "
                f"Received: severities={severities}"
            )
        return len(severities) * errors[0]


def _checked_rates(name: str, rates: Any) -> tuple[float, ...]:
    """One or five error rates of a reference, by which errors are divided."""
    several = isinstance(rates, list | tuple | np.ndarray)
    values = [any_number(r, "errors") for r in (rates if several else [rates])]
    if len(values) not in (1, 5) or not all(0 < v <= 1 for v in values):
        raise ValueError(
            "`errors` of a normalizer must hold one or five error rates in "
            f"(0, 1] for each corruption. Received: {name}={values}"
        )
    return tuple(values)


ALEXNET = Normalizer(
    "alexnet",
    {
        "gaussian_noise": (0.69528, 0.82542, 0.93554, 0.98138, 0.99452),
        "shot_noise": (0.71224, 0.85108, 0.93574, 0.98182, 0.99146),
        "impulse_noise": (0.78374, 0.89808, 0.94870, 0.98720, 0.99548),
        "defocus_blur": (0.65624, 0.73202, 0.85036, 0.91364, 0.94714),
        "glass_blur": (0.64308, 0.75054, 0.88806, 0.91622, 0.93344),
        "motion_blur": (0.58430, 0.70048, 0.82108, 0.89750, 0.92638),
        "zoom_blur": (0.70008, 0.76992, 0.80784, 0.84198, 0.87198),
        "snow": (0.71726, 0.88392, 0.86468, 0.91870, 0.94952),
        "frost": (0.61390, 0.79734, 0.88790, 0.89942, 0.93430),
        "fog": (0.67474, 0.76050, 0.84378, 0.87260, 0.94500),
        "brightness": (0.45140, 0.48502, 0.54048, 0.62166, 0.72440),
        "contrast": (0.64548, 0.76150, 0.88874, 0.97760, 0.99270),
        "elastic_transform": (0.52596, 0.70116, 0.55686, 0.64076, 0.80554),
        "pixelate": (0.52218, 0.54620, 0.73728, 0.87092, 0.91262),
        "jpeg_compression": (0.51002, 0.54718, 0.57294, 0.65458, 0.74778),
    },
    clean_error=0.43478,
    source=(
        "torchvision alexnet-owt-4df8aa71 on the released JPEG ImageNet-C, "
        "github.com/hendrycks/robustness issue 10; clean error by torchvision"
    ),
)

WRN_28_10_STANDARD = Normalizer(
    "wrn-28-10-standard",
    {
        name: (error,)
        for name, error in zip(
            COMMON_CORRUPTIONS,
            (
                0.5297,
                0.4122,
                0.4470,
                0.1851,
                0.4900,
                0.2228,
                0.2440,
                0.1811,
                0.2496,
                0.1121,
                0.0672,
                0.1739,
                0.1622,
                0.2802,
                0.2244,
            ),
            strict=True,
        )
    },
    source="RobustBench, CIFAR-10-C, model Standard (WRN-28-10)",
)

NORMALIZERS = {
    reference.name: reference for reference in (ALEXNET, WRN_28_10_STANDARD)
}
"""References by name. AlexNet is for ImageNet-C, the other for CIFAR-10-C."""


def load_normalizer(source: Any) -> Normalizer:
    """A normalizer by name, from a file, or as it is.

    Args:
        source: A `Normalizer`; a name of `NORMALIZERS`; or the path of a JSON
            file, `{"name": ..., "errors": {corruption: [five error rates]},
            "clean_error": ...}`, the last one optional.

    Raises:
        ValueError: If the name is unknown or numbers are not error rates.
    """
    if isinstance(source, Normalizer):
        return source
    if isinstance(source, str) and source in NORMALIZERS:
        return NORMALIZERS[source]
    known = isinstance(source, str | pathlib.Path)
    path = pathlib.Path(source) if known else pathlib.Path()
    if not path.is_file():
        raise ValueError(
            f"`normalizer` must be one of {sorted(NORMALIZERS)}, a JSON file "
            f"or a `Normalizer`. Received: normalizer={str(source)!r}"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["errors"].items()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            "`normalizer` files must hold JSON with `errors` by corruption. "
            f"Received: normalizer={str(source)!r}, which holds something else"
        ) from error
    unknown = set(content["errors"]) - set(CORRUPTIONS)
    if unknown:
        raise ValueError(
            "`normalizer` files must hold one or five error rates for known "
            f"corruptions, {list(CORRUPTIONS)}. Received: "
            f"{sorted(unknown)}"
        )
    return Normalizer(
        content.get("name", path.stem),
        content["errors"],
        content.get("clean_error"),
        str(content.get("source", path.name)),
    )
