"""Values that are kept with tensors."""

import gc
import weakref

import keras
from keras import ops

from keras_ceb._src.training.beside import Beside


class Value:
    pass


def test_a_tensor_has_its_value_as_long_as_it_exists():
    beside, others = Beside("_kept_a"), Beside("_kept_b")
    one, other = ops.ones(3), ops.ones(3)
    value = Value()
    beside.keep(one, value)
    assert beside.find(one) is value
    assert beside.find(other) is None
    assert others.find(one) is None
    assert beside.find({"x": one}) is None
    gone = weakref.ref(value)
    del one, value
    gc.collect()
    assert gone() is None


def test_in_a_traced_function():
    beside = Beside("_kept_c")
    found = []

    def function(x):
        first, second = x + 1, x + 2
        beside.keep(first, "first")
        beside.keep(second, "second")
        beside.keep(second, "last")
        found.append([beside.find(t) for t in (first, second, x)])
        return first

    if keras.backend.backend() == "jax":
        import jax

        jax.jit(function)(ops.ones(2))
    elif keras.backend.backend() == "torch":
        import torch

        torch.compile(function, backend="eager")(ops.ones(2))
    else:
        import tensorflow as tf

        tf.function(function)(ops.ones(2))
    assert found == [["first", "last", None]]
