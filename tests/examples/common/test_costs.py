import keras
from keras import layers

from examples.common import costs


def test_multiplications_are_those_of_kernels_at_all_places():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(5, 3, strides=2, padding="same")(inputs)
    x = layers.Flatten()(layers.BatchNormalization()(x))
    network = keras.Model(inputs, layers.Dense(7)(x))
    # At 4 x 4 places 3 x 3 kernels from 3 to 5 channels; 80 features to 7.
    assert costs.macs(network) == 16 * 9 * 3 * 5 + 80 * 7
