"""Training on several replicas of a `tf.distribute` strategy."""

from typing import Any

import keras
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.typing import Tensor


def distributed_mean(losses: Tensor) -> Tensor:
    """This replica's share of the mean of `losses` over the global batch.

    Keras adds up the gradients of the replicas, and logs the mean of their
    values times the number of replicas, weighted by their batch sizes. The
    first wants sum / global batch size, the second mean / replicas, which
    differ where the batch was split unevenly. So the value is the one and
    the gradient the other.

    Args:
        losses: Of the examples of this replica, `[batch]`.

    Returns:
        A scalar.
    """
    total = ops.sum(losses)
    count = ops.cast(ops.shape(losses)[0], "float32")
    if backend.num_replicas() == 1:
        return total / count
    share = total / backend.all_reduce_sum(count)
    logged = total / ops.maximum(count, 1.0) / backend.num_replicas()
    return share + ops.stop_gradient(logged - share)


def distributed_share(value: Tensor) -> Tensor:
    """This replica's share of a value that all replicas compute alike."""
    # The gradients of the replicas are added up.
    return value / backend.num_replicas()


def batch_to_build_from(
    model: keras.Model, iterator: Any, batch: Any
) -> tuple[Any, Any]:
    """The iterator and the batch that Keras is to build a model from.

    Keras's TensorFlow trainer builds a model from the mean of a batch over the
    replicas. That fails with several workers, and where the first batch is
    split unevenly; a part of it has the shapes as well.
    """
    if iterator is not None and model._distribute_strategy is not None:
        return None, backend.local_batch(model, iterator)
    return iterator, batch
