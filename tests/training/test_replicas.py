"""Shares of a loss; `tests/test_distribution.py` has whole steps."""

import numpy as np
import pytest
from keras import ops

from keras_ceb._src.training.replicas import distributed_mean
from tests import toy


def test_one_replica_takes_the_mean():
    losses = ops.convert_to_tensor([1.0, 2.0, 6.0])
    assert float(ops.convert_to_numpy(distributed_mean(losses))) == 3.0


@pytest.mark.tf_only
def test_values_and_gradients_of_uneven_replicas():
    import tensorflow as tf

    replicas = toy.strategy()
    parts = [[1.0, 2.0, 3.0], [10.0]]

    @tf.function
    def run():
        def on_replica(values):
            with tf.GradientTape() as tape:
                tape.watch(values)
                loss = distributed_mean(values)
            return loss, tape.gradient(loss, values)

        values = replicas.experimental_distribute_values_from_function(
            lambda context: tf.constant(parts[context.replica_id_in_sync_group])
        )
        return replicas.run(on_replica, args=(values,))

    losses, gradients = map(replicas.experimental_local_results, run())
    # Each example weighs a fourth, whichever replica it is on.
    for gradient in gradients:
        np.testing.assert_allclose(gradient, 0.25)
    # Keras logs value * replicas, weighted by the size of each part.
    shares = zip(losses, parts, strict=True)
    logged = sum(2 * float(loss) * len(part) for loss, part in shares) / 4
    assert logged == pytest.approx(np.mean([1.0, 2.0, 3.0, 10.0]))
