"""Functions that depend on the Keras backend.

Each has one implementation per backend, of the same name and meaning. The rest
of the package is written in `keras.ops` and calls these.
"""

# ruff: noqa: F403, F405

import keras

from keras_ceb._src.backend import requirements

requirements.check(keras)

# Each module has all that `__all__` lists.
if keras.config.backend() == "tensorflow":
    from keras_ceb._src.backend.tensorflow import *
elif keras.config.backend() == "jax":
    from keras_ceb._src.backend.jax import *
else:
    from keras_ceb._src.backend.torch import *

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
    "runs_eagerly",
    "seed_word",
    "serving_function",
    "step_result",
    "sync_state",
    "tfp_distributions",
    "unit_normal",
    "value_and_gradient",
    "variable_values",
]
