"""Backend functions on JAX.

Under `keras.distribution` a training step sees the global batch, so there is
one logical replica however many devices share the work.
"""

import numpy as np


def replica_id():
    """The index of this replica: 0, for the batch that JAX sees is global."""
    return np.int32(0)


def all_reduce_sum(value):
    """`value` itself: it was computed from the global batch."""
    return value


def sync_state(model):
    """Writes the state that `fit` carries back to the variables of `model`."""
    model.jax_state_sync()


def probability():
    """TensorFlow Probability's JAX substrate, imported when first asked for."""
    from tensorflow_probability.substrates import jax as tfp

    return tfp
