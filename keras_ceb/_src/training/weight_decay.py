"""Weight decay as TensorFlow's reference ResNet has it: part of the loss."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_ceb._src.typing import Tensor


def decayed_variables(model: keras.Model) -> list[Tensor]:
    """The trainable variables of `model` except those of BatchNorm.

    Kernels and biases, and the means of a marginal, which the reference
    decays like any other variable (Listings 2 and 3 add them to it).
    """
    exempt = {
        id(variable)
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization)
        for variable in layer.trainable_variables
    }
    return [v for v in model.trainable_variables if id(v) not in exempt]


def l2_loss(variables: Sequence[Tensor]) -> Tensor:
    """Half the sum of squares of all numbers in `variables`, float32 scalar.

    The half is that of `tf.nn.l2_loss`; `keras.regularizers.L2` has none.
    """
    squares = [
        ops.sum(ops.square(ops.cast(variable, "float32")))
        for variable in variables
    ]
    return 0.5 * sum(squares)
