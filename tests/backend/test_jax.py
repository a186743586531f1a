import keras
import numpy as np
import pytest

from keras_ceb import backend

pytestmark = pytest.mark.skipif(
    keras.config.backend() != "jax", reason="needs the JAX backend"
)


def test_optimizer_step_is_an_argument_of_the_compiled_step():
    import jax

    optimizer = keras.optimizers.SGD()
    optimizer.build([])

    @jax.jit
    def step(optimizer_variables):
        state = (None, None, optimizer_variables, None)
        return backend.optimizer_step(optimizer, (state, None))

    values = [v.value for v in optimizer.variables]
    index = [v.path for v in optimizer.variables].index(
        optimizer.iterations.path
    )
    for expected in (0, 5):
        values[index] = np.asarray(expected, values[index].dtype)
        assert int(step(values)) == expected
