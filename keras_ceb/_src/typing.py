"""Names for types that Keras does not export."""

from typing import Any
from typing import TypeAlias

# A tensor or variable of the backend that runs, or a NumPy array.
Tensor: TypeAlias = Any
# A tensor, or a list, tuple or dictionary of tensors.
Tensors: TypeAlias = Any
# The shape of a tensor, the batch first; `None` is a size that is not known.
Shape: TypeAlias = tuple[int | None, ...]
# What `get_config` returns: names of arguments, and values for JSON.
Config: TypeAlias = dict[str, Any]
# A `tf.data.Dataset`, without an import of TensorFlow.
Dataset: TypeAlias = Any
# The metrics of a step or an epoch, by name.
Logs: TypeAlias = dict[str, Any]
