import keras
import numpy as np
import pytest

import keras_ceb
from keras_ceb._src.robustness import arguments
from tests import toy


def test_radii_are_sorted_and_there_once():
    radii = arguments.check_radii((3, 1.0, 1, np.float32(2)), "l2", (0.0, 4.0))
    assert radii == [1.0, 2.0, 3.0]
    assert arguments.check_radii(0.5, "linf", (0.0, 1.0)) == [0.5]
    assert arguments.check_radii(np.array([2, 1]), "l2", (0.0, 1.0)) == [1, 2]
    assert arguments.check_radii([], "l2", (0.0, 1.0)) == []
    assert arguments.check_radii(4, "linf", (0.0, 255.0)) == [4.0]


@pytest.mark.parametrize(
    "norm,eps,error,message",
    [
        ("linf", 4, ValueError, "`eps` must not be larger than the range"),
        ("linf", [0.1, 1.5], ValueError, "`eps` must not be larger"),
        ("l2", -1, ValueError, "`eps` must be finite and not negative"),
        ("l2", [1, float("nan")], ValueError, "`eps` must be finite"),
        ("l2", float("inf"), ValueError, "`eps` must be finite"),
        ("l2", "4", TypeError, "`eps` must be a number.*'4'"),
        ("l2", ["4"], TypeError, "`eps` must be a number.*'4'"),
        ("l2", None, TypeError, "`eps` must be a number.*None"),
        ("l2", True, TypeError, "`eps` must be a number.*True"),
        ("l2", {"a": 1}, TypeError, "`eps` must be a number"),
        ("l2", {1, 2}, TypeError, "`eps` must be a number"),
        ("l2", [[1]], TypeError, "`eps` must be a number"),
    ],
)
def test_radii_that_are_none(norm, eps, error, message):
    with pytest.raises(error, match=message):
        arguments.check_radii(eps, norm, (0.0, 1.0))


class Subclassed(keras.Model):
    def call(self, x):
        return x


def test_shapes_that_are_known():
    x, y = np.zeros((4, 8, 6, 3)), np.zeros(4)
    fixed = keras.Sequential(
        [keras.Input((8, 6, 3)), keras.layers.Flatten(), keras.layers.Dense(5)]
    )
    anything = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(1),
        ]
    )
    shape, classes = arguments.known_shape, arguments.known_classes
    assert shape(fixed, iter([])) == (8, 6, 3)
    assert shape(anything, (x, y)) == (8, 6, 3)
    assert shape(anything, iter([])) == (None, None, 3)
    assert shape(Subclassed(), (x, y)) == (8, 6, 3)
    assert shape(Subclassed(), ([1, 2], y)) is None
    assert shape(Subclassed(), iter([])) is None
    assert classes(fixed, None) == 5
    # One output may stand for two classes.
    assert classes(anything, None) is None
    assert classes(Subclassed(), (8, 6, 3)) is None
    ceb = keras_ceb.wrap(toy.backbone(), 3)
    assert shape(ceb, iter([])) == (5,)
    assert classes(ceb, (5,)) == 3
