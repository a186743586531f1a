import keras
import numpy as np
import pytest

from keras_ceb import backend
from tests import toy

pytestmark = pytest.mark.tf_only


@pytest.fixture
def replicas():
    import tensorflow as tf

    return tf.distribute.MirroredStrategy(
        ["CPU:0", "CPU:1"],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )


def test_sums_and_identities_of_replicas(replicas):
    import tensorflow as tf

    from keras_ceb.backend.tensorflow import replica_id

    @tf.function
    def run():
        def on_replica():
            index = replica_id()
            return index, backend.all_reduce_sum(tf.cast(index + 1, "float32"))

        return replicas.run(on_replica)

    indices, sums = (replicas.experimental_local_results(v) for v in run())
    assert [int(i) for i in indices] == [0, 1]
    assert [float(s) for s in sums] == [3.0, 3.0]


def test_optimizer_step_is_read_from_the_optimizer():
    optimizer = keras.optimizers.SGD()
    optimizer.build([])
    optimizer.iterations.assign(7)
    assert int(backend.optimizer_step(optimizer, None)) == 7


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
