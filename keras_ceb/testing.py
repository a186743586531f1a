"""Assertions for the tests of a project that trains models."""

from typing import TYPE_CHECKING

from keras_ceb._src import lazy

if TYPE_CHECKING:
    from keras_ceb._src.testing.assert_robust import assert_robust

__all__ = ["assert_robust"]

__getattr__ = lazy.attach(
    __name__, "keras_ceb._src", {"testing.assert_robust": ["assert_robust"]}
)


def __dir__() -> list[str]:
    return __all__
