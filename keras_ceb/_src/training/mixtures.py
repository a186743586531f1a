"""Whether the data can determine a mixture."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src.targets import are_integers
from keras_ceb._src.typing import Tensor


def check_examples(model: keras.Model, targets: Tensor | None) -> None:
    """Refuses fewer examples than a marginal has components.

    Such a mixture can have a Gaussian for each example, of which it would
    learn nothing about others.

    Args:
        model: A model; one without a mixture is not checked.
        targets: All labels, as `targets.standardize` returns them, or `None`
            where they are not known, as those of a stream.

    Raises:
        ValueError: If there are fewer examples in total, or integer labels
            have fewer of a class that they have.
    """
    marginal: Any = getattr(model, "marginal", None)
    if marginal is None or marginal.components == 1 or targets is None:
        return
    counts = np.array([targets.shape[0]])
    of_which = ""
    if are_integers(targets) and marginal.num_classes > 1:
        counts = np.bincount(ops.convert_to_numpy(targets))
        counts = np.where(counts == 0, marginal.components, counts)
        of_which = f" of class {counts.argmin()}"
    if counts.min() < marginal.components:
        raise ValueError(
            "`components` must be at most the number of examples, of each "
            "class where the marginal has several: with fewer, a mixture can "
            "learn them by heart. Received: "
            f"components={marginal.components}, and {counts.min()} examples"
            f"{of_which}"
        )
