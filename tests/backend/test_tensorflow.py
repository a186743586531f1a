import numpy as np
import pytest

from keras_ceb._src import backend
from tests import toy

pytestmark = pytest.mark.tf_only


@pytest.fixture
def replicas():

    return toy.strategy()


def test_sums_and_identities_of_replicas(replicas):
    import tensorflow as tf

    from keras_ceb._src.backend.tensorflow import replica_id

    @tf.function
    def run():
        def on_replica():
            index = replica_id()
            return index, backend.all_reduce_sum(tf.cast(index + 1, "float32"))

        return replicas.run(on_replica)

    indices, sums = (replicas.experimental_local_results(v) for v in run())
    assert [int(i) for i in indices] == [0, 1]
    assert [float(s) for s in sums] == [3.0, 3.0]


def test_local_batch_is_a_part_of_the_first_batch(replicas):
    import tensorflow as tf

    x, y = toy.data(7)
    with replicas.scope():
        model = toy.model()
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(7)
    distributed = replicas.experimental_distribute_dataset(data)
    part = backend.local_batch(model, [(0, 1, iter(distributed))])
    np.testing.assert_array_equal(part[0], x[:4])
    np.testing.assert_array_equal(part[1], y[:4])


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_compiled_function_shares_its_batch_among_replicas(
    replicas, jit_compile
):
    import tensorflow as tf

    sizes = []

    def function(batch, shared):
        sizes.append(batch["x"].shape[0])
        return {"sum": batch["x"] + shared["one"], "twice": 2 * batch["y"]}

    compiled = backend.compile_function(function, jit_compile)
    batch = {"x": np.arange(5.0), "y": np.arange(10).reshape(5, 2)}
    with replicas.scope():
        result = compiled(batch, {"one": np.float64(1)})
        assert backend.needs_static_shapes(False)
    assert not backend.needs_static_shapes(False)
    # Five are six, the last one repeated, in halves.
    assert set(sizes) == {3}
    np.testing.assert_array_equal(result["sum"], np.arange(5.0) + 1)
    np.testing.assert_array_equal(result["twice"], 2 * batch["y"])
    # The same function outside of the strategy.
    result = compiled(batch, {"one": np.float64(1)})
    np.testing.assert_array_equal(result["sum"], np.arange(5.0) + 1)
    assert isinstance(result["sum"], tf.Tensor)


def test_assertions_stop_a_graph_and_show_what_they_saw():
    import tensorflow as tf

    @tf.function
    def run(x):
        backend.assert_in_graph(x < 3, "`x` must be small. Received:", [x])
        return x + 1

    assert int(run(tf.constant(2))) == 3
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"small.*\[4\]"):
        run(tf.constant(4))
