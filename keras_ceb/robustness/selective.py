"""Selective prediction: accuracy where a model answers only some inputs."""

from typing import TYPE_CHECKING

from keras_ceb._src import lazy

if TYPE_CHECKING:
    from keras_ceb._src.robustness.selective.curve import accuracy_at
    from keras_ceb._src.robustness.selective.curve import accuracy_curve
    from keras_ceb._src.robustness.selective.curve import aurc
    from keras_ceb._src.robustness.selective.curve import excess_aurc
    from keras_ceb._src.robustness.selective.selective_report import (
        SelectiveReport,
    )

__all__ = [
    "SelectiveReport",
    "accuracy_at",
    "accuracy_curve",
    "aurc",
    "excess_aurc",
]

__getattr__ = lazy.attach(
    __name__,
    "keras_ceb._src.robustness.selective",
    {
        "curve": ["accuracy_at", "accuracy_curve", "aurc", "excess_aurc"],
        "selective_report": ["SelectiveReport"],
    },
)


def __dir__() -> list[str]:
    return __all__
