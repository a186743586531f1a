"""The only room that asks which Keras backend runs.

Every function here exists once a backend, with the same name and meaning.
The rest of the package is written in `keras.ops` and calls these.
"""

import keras

if keras.config.backend() == "tensorflow":
    from keras_ceb.backend.tensorflow import all_reduce_sum
    from keras_ceb.backend.tensorflow import probability
    from keras_ceb.backend.tensorflow import replica_id
    from keras_ceb.backend.tensorflow import sync_state
elif keras.config.backend() == "jax":
    from keras_ceb.backend.jax import all_reduce_sum
    from keras_ceb.backend.jax import probability
    from keras_ceb.backend.jax import replica_id
    from keras_ceb.backend.jax import sync_state
else:
    raise ImportError(
        "`keras_ceb` runs on the Keras backends 'tensorflow' and 'jax'. Set "
        "the environment variable KERAS_BACKEND to one of them before Keras "
        f"is imported. Received: backend={keras.config.backend()!r}"
    )

__all__ = ["all_reduce_sum", "probability", "replica_id", "sync_state"]
