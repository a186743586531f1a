"""The noise goes on where it was when the weights were saved."""

import keras
import numpy as np
from keras import ops

import keras_ceb
from keras_ceb._src.saving import seed_states
from tests import toy


def dropout_model(seed):
    # Without a seed, Keras's dropout draws from PyTorch's own generator, whose
    # state no file holds.
    own = seed if keras.config.backend() == "torch" else None
    layers = [keras.layers.Dense(8), keras.layers.Dropout(0.5, seed=own)]
    backbone = keras.Sequential([keras.Input((5,)), *layers])
    return keras_ceb.wrap(backbone, 3, seed=seed)


def sample(model, x):
    return ops.convert_to_numpy(model(x, training=True))


def test_noise_and_dropout_go_on(tmp_path):
    x, _ = toy.data()
    model, other = dropout_model(0), dropout_model(5)
    first = sample(model, x)
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    after = sample(other, x)
    np.testing.assert_array_equal(after, sample(model, x))
    assert not np.array_equal(after, first)


def test_files_of_keras_own_making_load(tmp_path):
    x, _ = toy.data()
    model = dropout_model(0)
    model.save_weights(tmp_path / "model.weights.h5")
    states = [state.numpy() for state in seed_states.of_model(model)]
    # The encoder and the dropout have one each.
    assert len(states) == 2
    store = {}
    keras.Model.save_own_variables(model, store)
    sample(model, x)
    moved = [state.numpy() for state in seed_states.of_model(model)]
    model.load_own_variables(store)
    for state, kept in zip(seed_states.of_model(model), moved, strict=True):
        np.testing.assert_array_equal(state.numpy(), kept)
