import pytest

from examples.common import tables


def test_a_spread():
    assert tables.spread([0.1, 0.2, 0.6]) == "0.300 (0.100 to 0.600)"


@pytest.mark.parametrize(
    ("backend", "named"),
    [("tensorflow", "TensorFlow 2.21"), ("jax", "JAX 0.10")],
)
def test_the_origin_of_figures(backend, named):
    text = tables.origin(
        {
            "backend": backend,
            "command": "python x.py",
            "commit": "0123456789",
            "date": "2026-01-02",
            "hardware": "2 cores",
            "seconds": 3,
            "versions": {
                "keras": "3.15",
                "tensorflow": "2.21",
                "jax": "0.10",
            },
        }
    )
    assert text == (
        "`python x.py`, commit 0123456, 2026-01-02, 2 cores, 3 s; "
        f"Keras 3.15, {named}."
    )
