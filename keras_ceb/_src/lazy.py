"""Public modules whose contents are imported when they are first used."""

import importlib
import sys
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any


def attach(
    module: str,
    source: str,
    names: Mapping[str, Sequence[str]],
    submodules: Sequence[str] = (),
) -> Callable[[str], Any]:
    """The `__getattr__` of a module, see PEP 562.

    Not for layers and other classes that a `.keras` file may name: Keras loads
    such a file only if they are registered, hence imported.

    Args:
        module: Full name of the module.
        source: Full name of the package that defines what it exports.
        names: What each module of that package defines, by its name in the
            package.
        submodules: Names of the submodules of `module`.

    Returns:
        A function, which the module is to call `__getattr__`.
    """
    sources = {
        name: f"{source}.{path}"
        for path, defined in names.items()
        for name in defined
    }

    def module_getattr(name: str) -> Any:
        if name in submodules:
            return importlib.import_module(f"{module}.{name}")
        if name not in sources:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(sources[name]), name)
        # Python asks only for what the module does not have yet.
        setattr(sys.modules[module], name, value)
        return value

    return module_getattr
