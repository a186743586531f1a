"""The mean of a loss over a batch that several replicas share."""

from keras import ops

from keras_ceb import backend


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
