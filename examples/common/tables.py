"""Cells and captions of the tables of results."""

import numpy as np

_BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


def origin(run):
    """Where figures came from, in a sentence.

    Args:
        run: What `provenance.run` returned.
    """
    backend = run["backend"]
    return (
        f"`{run['command']}`, commit {run['commit'][:7]}, "
        f"{run['date']}, {run['hardware']}, "
        f"{run['seconds']} s; Keras {run['versions']['keras']}, "
        f"{_BACKENDS[backend]} {run['versions'][backend]}."
    )


def spread(values):
    """Mean and, behind it, the lowest and highest value."""
    return (
        f"{np.mean(values):.3f} ({np.min(values):.3f} to {np.max(values):.3f})"
    )
