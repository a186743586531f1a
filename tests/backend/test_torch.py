import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src import backend
from keras_ceb.adversarial import FastTraining
from keras_ceb.robustness.attacks import PGD
from tests import toy

pytestmark = pytest.mark.skipif(
    keras.config.backend() != "torch", reason="needs the PyTorch backend"
)


def test_a_function_runs_where_the_weights_are():
    weight = ops.ones(2)

    def function(batch, shared):
        return batch["x"] * shared["values"][0] + ops.ones(2)

    compiled = backend.compile_function(function)
    # The default device is another one: tensors of it hold no values.
    with keras.device("meta"):
        assert ops.ones(2).is_meta
        found = compiled({"x": np.ones((3, 2))}, {"values": [weight]})
        assert ops.ones(2).is_meta
    np.testing.assert_array_equal(found.numpy(), 2.0)


def test_a_function_computes_no_gradient_of_its_own():
    x = ops.ones(2).requires_grad_(True)
    found = backend.compile_function(lambda batch, shared: 2 * batch)(x, ())
    assert not found.requires_grad


@pytest.fixture
def watched():
    """A model, and the names of weights that a gradient reaches."""
    model = toy.model(eagerly=True)
    model(toy.data()[0])
    reached = []
    for weight in model.trainable_weights:
        weight.value.register_hook(
            lambda gradient, name=weight.name: reached.append(name)
        )
    return model, reached


def test_an_attack_computes_no_gradient_of_weights(watched):
    model, reached = watched
    x, y = toy.data()
    x = (x - x.min()) / (x.max() - x.min())
    found = PGD("linf", 0.1, 2)(model, x, y)
    assert np.abs(found - x).max() > 0.01
    assert not reached
    assert all(w.value.grad is None for w in model.trainable_weights)
    assert all(w.value.requires_grad for w in model.trainable_weights)


def test_adversarial_training_computes_no_gradient_of_weights(watched):
    model, reached = watched
    x, y = toy.data()
    model.compile("sgd", adversary=FastTraining("linf", 0.1, bounds=(-9, 9)))
    assert not ops.convert_to_numpy(model.adversarial_batch(x, y) == x).all()
    assert not reached
    model.train_on_batch(x, y)
    # Once each, in the step itself.
    assert sorted(reached) == sorted(w.name for w in model.trainable_weights)


@pytest.mark.parametrize(
    ("function", "cut"),
    [
        (lambda x: x * 2, False),
        (lambda x: ops.cast(ops.cast(x, "int32"), "float32"), True),
        (lambda x: x + ops.cast(ops.cast(x, "int64"), "float32"), False),
        (lambda x: ops.cast(x > 0.5, "float32"), False),
        (lambda x: ops.zeros_like(x), False),
    ],
)
def test_casts_to_integers_that_cut_the_gradient(function, cut):
    x = np.ones((1, 3), "float32")
    assert backend.integers_cut_gradient(function, x) is cut


@pytest.mark.parametrize(
    ("seed", "word"),
    [(None, None), (0, 0), (2**31 - 1, 2**31 - 1), (2**31, -(2**31))],
)
def test_seeds_are_the_bits_of_an_int32(seed, word):
    assert backend.seed_word(seed) == word
    if seed is not None:
        generator = keras.random.SeedGenerator(backend.seed_word(seed))
        (state, _) = ops.convert_to_numpy(generator.state.value)
        assert state.view("uint32") == seed


def test_a_traced_function_is_known_as_such():
    import torch

    seen = []

    def function(x):
        seen.append(backend.is_symbolic(x))
        return x + 1

    torch.compile(function, backend="eager")(ops.ones(2))
    function(ops.ones(2))
    with keras.device("meta"):
        function(ops.ones(2))
    assert seen == [True, False, True]
