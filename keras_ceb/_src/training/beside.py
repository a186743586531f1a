"""Values that are kept with a tensor."""

import collections
import weakref
from collections.abc import Callable
from typing import Any

from keras_ceb._src.typing import Tensor

# Where tensors take no attributes (JAX's tracers), the last few are kept. More
# than a step needs, and few enough that a finished trace is not kept for long.
_KEPT = 16


class Beside:
    """Keeps one value with a tensor, for as long as the tensor exists.

    Args:
        attribute: Name of the attribute that holds the value, where tensors
            take attributes.
    """

    def __init__(self, attribute: str):
        self._attribute = attribute
        self._kept: collections.OrderedDict[
            int, tuple[Callable[[], Tensor], Any]
        ] = collections.OrderedDict()

    def keep(self, tensor: Tensor, value: Any) -> None:
        """Keeps `value` with `tensor`, in place of an earlier one."""
        try:
            setattr(tensor, self._attribute, value)
            return
        except AttributeError:
            pass
        key = id(tensor)
        reference = weakref.ref(tensor, lambda _: self._kept.pop(key, None))
        self._kept[key] = (reference, value)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def __len__(self) -> int:
        """How many values are kept for tensors without attributes."""
        return len(self._kept)

    def find(self, tensor: Any) -> Any:
        """What is kept with `tensor`, or `None`."""
        found = getattr(tensor, self._attribute, None)
        if found is not None or id(tensor) not in self._kept:
            return found
        reference, value = self._kept[id(tensor)]
        return value if reference() is tensor else None
