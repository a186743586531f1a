"""What the package exports."""

import importlib
import inspect

MODULES = (
    "keras_ceb",
    "keras_ceb.adversarial",
    "keras_ceb.backbones",
    "keras_ceb.callbacks",
    "keras_ceb.data",
    "keras_ceb.layers",
    "keras_ceb.objective",
    "keras_ceb.robustness",
    "keras_ceb.robustness.attacks",
    "keras_ceb.robustness.certify",
    "keras_ceb.robustness.corruptions",
    "keras_ceb.robustness.ood",
    "keras_ceb.robustness.selective",
    "keras_ceb.schedules",
    "keras_ceb.testing",
)


def public_names(module):
    """The public names of a module."""
    module = importlib.import_module(module)
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
    ]


def public_objects():
    """Every public class and function, `{full name: object}`, each once."""
    found = {}
    for module in MODULES:
        for name in public_names(module):
            value = getattr(importlib.import_module(module), name)
            if inspect.isclass(value) or inspect.isfunction(value):
                found.setdefault(value, f"{module}.{name}")
    return {name: value for value, name in found.items()}


def own_functions(value):
    """A public function, or the constructor and methods of a public class.

    Methods that a base class has too keep the signature of that.
    """
    if inspect.isfunction(value):
        return [value]
    found = []
    for name, member in vars(value).items():
        function = getattr(member, "__func__", getattr(member, "fget", member))
        inherited = any(hasattr(base, name) for base in value.__mro__[1:])
        public = not name.startswith("_") and not inherited
        if inspect.isfunction(function) and (public or name == "__init__"):
            found.append(function)
    return found
