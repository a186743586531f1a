"""What every layer must be able to do; each layer's test calls it."""

import keras
import numpy as np
from keras import ops


def run_layer_checks(layer, call, output_shape, num_weights):
    """Configuration, shapes, dtypes and weights of a layer.

    Args:
        layer: The layer, not built.
        call: Maps a layer to its output on some batch.
        output_shape: Shape of that output.
        num_weights: Number of weights once built.
    """
    output = call(layer)
    assert tuple(output.shape) == output_shape
    assert keras.backend.standardize_dtype(output.dtype) == "float32"
    assert len(layer.weights) == num_weights
    assert all(weight.dtype == "float32" for weight in layer.weights)

    config = keras.saving.serialize_keras_object(layer)
    revived = keras.saving.deserialize_keras_object(config)
    assert revived.get_config().keys() == layer.get_config().keys()
    call(revived)
    revived.set_weights(layer.get_weights())
    np.testing.assert_array_equal(
        ops.convert_to_numpy(call(revived)), ops.convert_to_numpy(output)
    )
