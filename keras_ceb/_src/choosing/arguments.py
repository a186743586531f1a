"""Checks of the arguments of `choose_rho`, before the first step."""

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_ceb._src.model import CEBModel
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import integer_seed

# Arguments of `fit` that `choose_rho` gives itself.
_OWN = ("x", "y", "sample_weight", "validation_data", "initial_epoch")


def check_rhos(rhos: Any) -> list[float]:
    """`rhos` as floats, if they are finite and descend."""
    if isinstance(rhos, str | Mapping) or np.ndim(rhos) != 1:
        raise TypeError(
            "`rhos` must be a sequence of numbers. "
            f"Received: rhos={rhos!r} of type {type(rhos).__name__}"
        )
    if not len(rhos):
        raise ValueError("`rhos` must hold at least one number. Received: []")
    numbers = [finite_number(rho, "rhos") for rho in rhos]
    if any(a <= b for a, b in itertools.pairwise(numbers)):
        raise ValueError(
            "`rhos` must be in descending order, the weakest bottleneck first, "
            f"and none of them repeated. Received: rhos={rhos!r}"
        )
    return numbers


def check_seeds(seeds: Any) -> list[int]:
    """`seeds` as integers, if none is repeated."""
    if isinstance(seeds, str) or np.ndim(seeds) != 1 or not len(seeds):
        raise TypeError(
            "`seeds` must be a sequence of at least one integer. "
            f"Received: seeds={seeds!r}"
        )
    checked = [integer_seed(seed, "seeds") for seed in seeds]
    if len(set(checked)) < len(checked):
        raise ValueError(
            "`seeds` must differ from each other: equal seeds train equal "
            f"models. Received: seeds={seeds!r}"
        )
    return checked


def check_fit(fit: Any) -> dict[str, Any]:
    """`fit` as a dict, without what `choose_rho` gives itself."""
    if fit is None:
        return {}
    if not isinstance(fit, Mapping):
        raise TypeError(
            "`fit` must map names of arguments of `fit` to their values. "
            f"Received: fit={fit!r} of type {type(fit).__name__}"
        )
    own = [name for name in _OWN if name in fit]
    if own:
        raise ValueError(
            f"`fit` must not hold {', '.join(own)}, which `choose_rho` gives "
            f"itself. Received: fit with the keys {sorted(fit)}"
        )
    return dict(fit)


def check_data(data: Any, name: str) -> None:
    """Raises an error on data that cannot be read once per model."""
    once = hasattr(data, "__next__") and not hasattr(data, "__getitem__")
    if once or data is None:
        raise TypeError(
            f"`{name}` must be arrays or a data set that can be read again "
            "for each model, which a generator is not. "
            f"Received: {name}={data!r}"
        )
    if isinstance(data, tuple) and len(data) not in (2, 3):
        raise ValueError(
            f"`{name}` must be a tuple `(x, y)` or `(x, y, sample_weight)`, "
            f"or a data set. Received: a tuple of length {len(data)}"
        )


def check_model(model: Any, rho: float) -> None:
    """Raises an error unless `build(rho)` returned what it must.

    Args:
        model: What it returned.
        rho: What it was called with.
    """
    if not isinstance(model, CEBModel):
        raise TypeError(
            "`build` must return a `CEBModel`, as `keras_ceb.wrap` does. "
            f"Received: build({rho:g})={model!r} of type "
            f"{type(model).__name__}"
        )
    if model.objective != "ceb":
        raise ValueError(
            "`build` must return a model with objective='ceb', whose rho is "
            f"to be chosen. Received: objective={model.objective!r}"
        )
    if model.schedule.rho != rho:
        raise ValueError(
            "`build` must give its model the rho that it is called with. "
            f"Received: build({rho:g}) with rho={model.schedule.rho:g}"
        )
    if not model.compiled:
        raise ValueError(
            "`build` must return a compiled model: call `model.compile(..., "
            "metrics=['accuracy'])` in it. Received: a model that is not"
        )
