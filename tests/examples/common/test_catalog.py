import dataclasses

import pytest

from examples.common.catalog import Catalog


@dataclasses.dataclass(frozen=True)
class Experiment:
    rho: float = 1.0


@dataclasses.dataclass(frozen=True)
class Preset:
    epochs: int = 3
    images: int = 9
    batches: int = 2


CATALOG = Catalog(
    {"a": Experiment(), "b": Experiment(2.0)},
    {"long": Preset()},
    measured=("images", "batches"),
)


def test_settings_are_what_training_depends_on():
    assert CATALOG.settings("b", "long") == {
        "experiment": "b",
        "preset": "long",
        "rho": 2.0,
        "epochs": 3,
    }


def test_names():
    assert CATALOG.experiment("a") == Experiment()
    assert CATALOG.preset("long") == Preset()
    with pytest.raises(ValueError, match="`experiment` must be one of a, b"):
        CATALOG.experiment("c")
    with pytest.raises(ValueError, match="`preset` must be one of long"):
        CATALOG.settings("a", "short")
