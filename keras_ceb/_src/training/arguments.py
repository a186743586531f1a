"""Arguments of Keras's methods."""

import inspect
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any


def by_name(
    method: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """The arguments that a method of a class is called with, by name.

    Args:
        method: A function whose first argument is `self`.
        args: Positional arguments, without `self`.
        kwargs: Arguments by name.

    Raises:
        TypeError: If the method does not take them.
    """
    bound = inspect.signature(method).bind(None, *args, **kwargs)
    arguments = dict(bound.arguments)
    del arguments["self"]
    arguments.update(arguments.pop("kwargs", {}))
    return arguments
