import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness.model_function import ModelFunction


def test_logits_of_probabilities_are_their_logarithm():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Softmax()(inputs))
    classifier = ModelFunction(model, from_logits=False)
    x = np.float32([[1, 2, 3], [200, 0, 0]])
    logits = classifier.logits(x, classifier.values(), (0, 0))
    logits = ops.convert_to_numpy(logits)
    np.testing.assert_allclose(np.diff(logits[0]), [1, 1], rtol=1e-5)
    assert np.isfinite(logits).all()


def test_runs_in_inference_mode_in_float32():
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.9)])
    model.add(keras.layers.Dense(2))
    classifier = ModelFunction(model)
    x = np.ones((2, 4), "float32")
    first = classifier.logits(x, classifier.values(), (0, 0))
    again = classifier.logits(x, classifier.values(), (1, 7))
    assert keras.backend.standardize_dtype(first.dtype) == "float32"
    np.testing.assert_array_equal(
        ops.convert_to_numpy(first), ops.convert_to_numpy(again)
    )


def test_outputs_that_are_no_logits():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, {"logits": keras.layers.Identity()(inputs)})
    classifier = ModelFunction(model)
    with pytest.raises(ValueError, match="must return one tensor of logits"):
        classifier.logits(np.ones((1, 3)), classifier.values(), (0, 0))


def test_no_two_layers_draw_the_same_noise():
    class Noise(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.seed_generator = keras.random.SeedGenerator(3)

        def call(self, x):
            return keras.random.normal(ops.shape(x), seed=self.seed_generator)

    inputs = keras.Input((4,))
    difference = Noise()(inputs) - Noise()(inputs)
    # Held here: the function has a weak reference only.
    model = keras.Model(inputs, difference)
    function = ModelFunction(model)
    x = np.zeros((2, 4), "float32")
    found = function.logits(x, function.values(), (0, 0))
    assert np.abs(ops.convert_to_numpy(found)).min() > 1e-4
