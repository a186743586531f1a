"""Backend functions on TensorFlow."""

import tensorflow as tf


def _replica_context():
    """The replica context of a strategy with several replicas, or None."""
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return None
    return tf.distribute.get_replica_context()


def replica_id():
    """The index of this replica among all replicas, int32 scalar."""
    context = _replica_context()
    if context is None:
        return tf.constant(0, "int32")
    return tf.cast(context.replica_id_in_sync_group, "int32")


def all_reduce_sum(value):
    """The sum of `value` over all replicas; `value` itself on one replica."""
    context = _replica_context()
    if context is None:
        return value
    return context.all_reduce(tf.distribute.ReduceOp.SUM, value)


def sync_state(model):
    """Nothing to do: `fit` updates the variables of `model` in place."""


def probability():
    """TensorFlow Probability, imported when it is first asked for."""
    import tensorflow_probability as tfp

    return tfp
