"""The target classes of targeted attacks."""

from keras import ops

from keras_ceb._src import random
from keras_ceb._src.typing import Tensor

CHOICES = ("none", "random", "least_likely", "given")

# A stream of random numbers separate from those of the starts.
_STREAM = 2**31


def random_target(y: Tensor, num_classes: int, keys: Tensor) -> Tensor:
    """A wrong class, drawn uniformly, once per image.

    Args:
        y: `[n]` labels.
        num_classes: Number of classes.
        keys: `[n, 2]` keys of the images, see `random.image_keys`.
    """
    draw = random.uniform(keys, (), _STREAM)
    offset = 1 + ops.cast(ops.floor(draw * (num_classes - 1)), "int32")
    return ops.mod(y + offset, num_classes)


def least_likely_target(logits: Tensor) -> Tensor:
    """The class with the lowest logit."""
    return ops.cast(ops.argmin(logits, axis=1), "int32")


def ranked_targets(logits: Tensor, y: Tensor) -> Tensor:
    """`[n, num_classes - 1]` wrong classes, in descending order of logits."""
    label = ops.one_hot(y, logits.shape[-1], dtype="bool")
    wrong_first = ops.where(label, -float("inf"), logits)
    order = ops.argsort(-wrong_first, axis=1)
    return ops.cast(order[:, :-1], "int32")
