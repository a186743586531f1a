"""Functions that depend on the Keras backend.

Each has one implementation per backend, of the same name and meaning. The rest
of the package is written in `keras.ops` and calls these.
"""

import keras

from keras_ceb._src.backend import requirements

requirements.check(keras)

if keras.config.backend() == "tensorflow":
    from keras_ceb._src.backend.tensorflow import all_reduce_sum
    from keras_ceb._src.backend.tensorflow import assert_in_graph
    from keras_ceb._src.backend.tensorflow import change_batch
    from keras_ceb._src.backend.tensorflow import compile_function
    from keras_ceb._src.backend.tensorflow import double_precision
    from keras_ceb._src.backend.tensorflow import gather
    from keras_ceb._src.backend.tensorflow import has_accelerator
    from keras_ceb._src.backend.tensorflow import histogram
    from keras_ceb._src.backend.tensorflow import integers_cut_gradient
    from keras_ceb._src.backend.tensorflow import is_symbolic
    from keras_ceb._src.backend.tensorflow import jit
    from keras_ceb._src.backend.tensorflow import jpeg_codec
    from keras_ceb._src.backend.tensorflow import local_batch
    from keras_ceb._src.backend.tensorflow import needs_static_shapes
    from keras_ceb._src.backend.tensorflow import num_replicas
    from keras_ceb._src.backend.tensorflow import replica_normal
    from keras_ceb._src.backend.tensorflow import replica_seed
    from keras_ceb._src.backend.tensorflow import serving_function
    from keras_ceb._src.backend.tensorflow import step_result
    from keras_ceb._src.backend.tensorflow import sync_state
    from keras_ceb._src.backend.tensorflow import tfp_distributions
    from keras_ceb._src.backend.tensorflow import unit_normal
    from keras_ceb._src.backend.tensorflow import value_and_gradient
    from keras_ceb._src.backend.tensorflow import variable_values
else:
    from keras_ceb._src.backend.jax import all_reduce_sum
    from keras_ceb._src.backend.jax import assert_in_graph
    from keras_ceb._src.backend.jax import change_batch
    from keras_ceb._src.backend.jax import compile_function
    from keras_ceb._src.backend.jax import double_precision
    from keras_ceb._src.backend.jax import gather
    from keras_ceb._src.backend.jax import has_accelerator
    from keras_ceb._src.backend.jax import histogram
    from keras_ceb._src.backend.jax import integers_cut_gradient
    from keras_ceb._src.backend.jax import is_symbolic
    from keras_ceb._src.backend.jax import jit
    from keras_ceb._src.backend.jax import jpeg_codec
    from keras_ceb._src.backend.jax import local_batch
    from keras_ceb._src.backend.jax import needs_static_shapes
    from keras_ceb._src.backend.jax import num_replicas
    from keras_ceb._src.backend.jax import replica_normal
    from keras_ceb._src.backend.jax import replica_seed
    from keras_ceb._src.backend.jax import serving_function
    from keras_ceb._src.backend.jax import step_result
    from keras_ceb._src.backend.jax import sync_state
    from keras_ceb._src.backend.jax import tfp_distributions
    from keras_ceb._src.backend.jax import unit_normal
    from keras_ceb._src.backend.jax import value_and_gradient
    from keras_ceb._src.backend.jax import variable_values

__all__ = [
    "all_reduce_sum",
    "assert_in_graph",
    "change_batch",
    "compile_function",
    "double_precision",
    "gather",
    "has_accelerator",
    "histogram",
    "integers_cut_gradient",
    "is_symbolic",
    "jit",
    "jpeg_codec",
    "local_batch",
    "needs_static_shapes",
    "num_replicas",
    "replica_normal",
    "replica_seed",
    "serving_function",
    "step_result",
    "sync_state",
    "tfp_distributions",
    "unit_normal",
    "value_and_gradient",
    "variable_values",
]
