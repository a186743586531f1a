"""Packages that only parts of `keras_ceb` need."""

import importlib
from typing import Any

# The title of a package, and the extra that installs it.
_PACKAGES = {
    "PIL": ("Pillow", "report"),
    "jinja2": ("Jinja2", "report"),
    "matplotlib": ("Matplotlib", "report"),
    "tensorflow": ("TensorFlow", "data"),
    "scipy": ("SciPy", "certify"),
    "tensorflow_datasets": ("TensorFlow Datasets", "data"),
    # With the TensorFlow backend it is a dependency, not an extra.
    "tensorflow_probability": ("TensorFlow Probability", "jax"),
}


def optional_module(name: str, purpose: str, otherwise: str = "") -> Any:
    """Imports a module, or says which extra installs it.

    Args:
        name: Full name of the module.
        purpose: What needs it, the beginning of the error text.
        otherwise: What to do without it, the end of the error text.

    Returns:
        The module.

    Raises:
        ImportError: If the package of the module is not installed.
    """
    package = name.partition(".")[0]
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package:
            raise  # The package is installed, but not what it imports.
        title, extra = _PACKAGES[package]
        text = f"{purpose} needs {title}: pip install 'keras-ceb[{extra}]'."
        raise ImportError(f"{text} {otherwise}".strip()) from error
