"""What every backend function promises, on the backend that runs."""

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend
from tests import toy


def test_one_replica():
    assert backend.num_replicas() == 1
    value = ops.convert_to_tensor([1.0, 2.0])
    np.testing.assert_array_equal(
        ops.convert_to_numpy(backend.all_reduce_sum(value)), [1.0, 2.0]
    )


def test_noise_has_the_shape_and_dtype_of_its_model():
    generator = keras.random.SeedGenerator(0)
    for dtype in ("float32", "float16"):
        noise = backend.replica_normal(
            ops.zeros((3, 4), dtype=dtype), generator
        )
        assert tuple(noise.shape) == (3, 4)
        assert keras.backend.standardize_dtype(noise.dtype) == dtype
    # It took one seed each time.
    assert int(ops.convert_to_numpy(generator.state.value)[1]) == 2


def test_state_is_synced_inside_fit():
    steps = []

    class Read(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            backend.sync_state(self.model)
            steps.append(int(self.model.optimizer.iterations))

    x, y = toy.data(12)
    toy.model().fit(x, y, batch_size=4, callbacks=[Read()], verbose=0)
    assert steps == [1, 2, 3]


def test_unit_normal():
    distribution = backend.unit_normal(np.zeros((2, 3), "float32"))
    ones = ops.ones((2, 3))
    log_density = ops.convert_to_numpy(distribution.log_prob(ones))
    expected = -0.5 * (3 + 3 * np.log(2 * np.pi))
    np.testing.assert_allclose(log_density, expected, rtol=1e-5)


def test_double_precision_keeps_float64():
    with backend.double_precision():
        third = ops.convert_to_tensor(np.array([1 / 3]), dtype="float64")
        assert ops.convert_to_numpy(third)[0] == 1 / 3


def test_jpeg_codec_keeps_shapes_or_says_that_there_is_none():
    images = np.full((2, 20, 24, 3), 90, "uint8")
    coded = backend.jpeg_codec(images, 80)
    if coded is None:
        assert keras.config.backend() in ("jax", "torch")
    else:
        np.testing.assert_array_equal(ops.convert_to_numpy(coded), images)


def test_values_and_gradients_in_one_pass():
    x = ops.convert_to_tensor([[1.0, 2.0], [3.0, 4.0]])

    def squares(x):
        return ops.sum(x**2, axis=1), x[:, 0]

    (value, aux), gradient = backend.value_and_gradient(squares, x)
    np.testing.assert_allclose(ops.convert_to_numpy(value), [5, 25])
    np.testing.assert_allclose(ops.convert_to_numpy(aux), [1, 3])
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), [[2, 4], [6, 8]])


def test_no_path_to_the_input_is_a_zero_gradient():
    x = ops.convert_to_tensor([[1.0, 2.0]])

    def rounded(x):
        return ops.sum(ops.round(x), axis=1), x

    _, gradient = backend.value_and_gradient(rounded, x)
    np.testing.assert_array_equal(ops.convert_to_numpy(gradient), [[0, 0]])


def test_compiled_functions_take_batches_of_any_size():
    traced = []

    def scale(batch, shared):
        traced.append(backend.is_symbolic(batch["x"]))
        return batch["x"] * shared["factor"]

    compiled = backend.compile_function(scale)
    for size, factor in ((3, 2.0), (3, 5.0), (4, 7.0)):
        x = np.ones((size, 2), "float32")
        found = compiled({"x": x}, {"factor": np.float32(factor)})
        np.testing.assert_array_equal(ops.convert_to_numpy(found), factor * x)
    if keras.config.backend() == "torch":
        assert traced == [False] * 3
        return
    assert all(traced)
    # Another value never compiles again, another size only where it must.
    assert len(traced) == (2 if backend.needs_static_shapes(False) else 1)
    assert not backend.is_symbolic(ops.convert_to_tensor(1.0))


def test_histogram_counts_each_row():
    values = np.random.default_rng(0).integers(0, 9, (5, 40)).astype("int32")
    values[0] = 8
    found = ops.convert_to_numpy(backend.histogram(values, 10))
    expected = [np.bincount(row, minlength=10) for row in values]
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.int32


def test_gather_takes_rows_in_order_and_again():
    values = np.random.default_rng(0).normal(size=(4, 3, 2)).astype("float32")
    index = np.array([[3, 0], [3, 2], [1, 1]], "int32")
    found = ops.convert_to_numpy(backend.gather(values, index))
    np.testing.assert_array_equal(found, values[index])


def test_jit_compiles_once_a_shape():
    traced = []

    def rows_of_histogram(values, index):
        traced.append(backend.is_symbolic(values))
        return backend.gather(backend.histogram(values, 4), index)

    compiled = backend.jit(rows_of_histogram)
    for size in (2, 2, 3):
        values = np.arange(size * 6, dtype="int32").reshape(size, 6) % 4
        index = np.array([1, 0, 1], "int32")
        expected = [np.bincount(values[row], minlength=4) for row in index]
        found = ops.convert_to_numpy(
            compiled(
                ops.convert_to_tensor(values), ops.convert_to_tensor(index)
            )
        )
        np.testing.assert_array_equal(found, expected)
    eager = keras.config.backend() == "torch"
    assert traced == ([False] * 3 if eager else [True, True])
