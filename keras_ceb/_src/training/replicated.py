"""Training on several replicas of a `tf.distribute` strategy."""

from keras import ops

from keras_ceb._src import backend


class Replicated:
    """Mixin of a Keras model for what Keras's steps lack under a strategy."""

    def train_step(self, *args):
        """One step of training; Keras calls it with a batch."""
        return backend.step_result(super().train_step(*args))

    def test_step(self, *args):
        """One step of evaluation; Keras calls it with a batch."""
        return backend.step_result(super().test_step(*args))

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        # Keras's TensorFlow trainer builds a model from the mean of a batch
        # over the replicas. That fails with several workers, and where the
        # first batch is split unevenly; a part of it has the shapes as well.
        if iterator is not None and self._distribute_strategy is not None:
            iterator, data_batch = None, backend.local_batch(self, iterator)
        super()._maybe_symbolic_build(iterator, data_batch)


def distributed_mean(losses):
    """This replica's share of the mean of `losses` over the global batch.

    Keras adds up the gradients of the replicas, and logs the mean of their
    values times the number of replicas, weighted by their batch sizes. The
    first wants sum / global batch size, the second mean / replicas, which
    differ where the batch was split unevenly. So the value is the one and
    the gradient the other.
    """
    total = ops.sum(losses)
    count = ops.cast(ops.shape(losses)[0], "float32")
    if backend.num_replicas() == 1:
        return total / count
    share = total / backend.all_reduce_sum(count)
    logged = total / ops.maximum(count, 1.0) / backend.num_replicas()
    return share + ops.stop_gradient(logged - share)
