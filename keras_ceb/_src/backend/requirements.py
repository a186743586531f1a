"""Which versions of Keras and of its backends the package runs on."""

import re
import sys
from typing import Any

# The oldest versions that work; `make test-oldest` runs on them, and
# pyproject.toml requires them.
KERAS = "3.10"
BACKENDS = {"tensorflow": "2.18", "jax": "0.8", "torch": "2.6"}
_TITLES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


def check(keras: Any) -> None:
    """Checks that the package runs here, before anything else is tried.

    Args:
        keras: The module `keras`.

    Raises:
        ImportError: If Keras or its backend is not supported.
    """
    _check_version("Keras", keras.__version__, KERAS)
    backend = keras.config.backend()
    if backend not in BACKENDS:
        raise ImportError(
            "`keras_ceb` runs on the Keras backends 'tensorflow', 'jax' and "
            "'torch'. Set the environment variable KERAS_BACKEND to one of "
            f"them before Keras is imported. Received: backend={backend!r}"
        )
    # Keras has imported its backend.
    version = sys.modules[backend].__version__
    _check_version(_TITLES[backend], version, BACKENDS[backend])


def _check_version(title: str, version: str, oldest: str) -> None:
    if _numbers(version) < _numbers(oldest):
        raise ImportError(
            f"`keras_ceb` needs {title} {oldest} or later. "
            f"Received: {title} {version}"
        )


def _numbers(version: str) -> list[int]:
    """The leading numbers of a version: [2, 18, 0] for 2.18.0rc1."""
    leading = re.match(r"\d+(\.\d+)*", version)
    return [int(part) for part in leading[0].split(".")] if leading else []
