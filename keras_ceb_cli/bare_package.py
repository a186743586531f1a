"""Modules of a package without what its `__init__` imports."""

import contextlib
import importlib.util
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def bare_package(name: str) -> Iterator[None]:
    """Within it, modules of a package are imported without its `__init__`.

    What was imported is forgotten afterwards, so that the package is whole
    when it is imported next. A package that is there already stays as it is.

    Args:
        name: Of the package, which is in no other.
    """
    spec = None if name in sys.modules else importlib.util.find_spec(name)
    if spec is None:
        yield
        return
    sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        yield
    finally:
        for module in list(sys.modules):
            if module == name or module.startswith(f"{name}."):
                del sys.modules[module]
