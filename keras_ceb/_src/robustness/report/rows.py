"""The tables of a robustness report, and the names of attacks in them."""

import json
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from keras_ceb._src.robustness.attacks.names import distinct_names
from keras_ceb._src.robustness.result import RobustAccuracy
from keras_ceb._src.tables import Table


def clean_table(clean: Mapping[str, Any]) -> Table:
    """Accuracy and calibration without an attack.

    Args:
        clean: As in a `RobustnessReport`.
    """
    rows = [
        ("images", clean["num_images"]),
        ("accuracy", clean["accuracy"]),
        ("negative log-likelihood, nats", clean["nll"]),
        ("Brier score", clean["brier"]),
        ("expected calibration error", clean["ece"]),
    ]
    for answers, nats in (clean["residual_information"] or {}).items():
        rows.append(
            (
                f"residual information, {answers} answers, nats",
                "none" if nats is None else nats,
            )
        )
    return Table(["", ""], rows)


def attack_table(results: Sequence[RobustAccuracy]) -> Table:
    """The accuracy under each attack, with its confidence interval."""
    rows = []
    for name, result in zip(names_of(results), results, strict=True):
        low, high = result.interval
        rows.append(
            (
                name,
                result.attack["norm"],
                f"{result.attack['eps']:.4g}",
                result.accuracy,
                f"{low:.4f} to {high:.4f}",
            )
        )
    return Table(["attack", "norm", "eps", "accuracy", "interval"], rows)


def names_of(results: Sequence[RobustAccuracy]) -> list[str]:
    """The name of the attack of each result, unique within a table.

    An attack that occurs twice, because it is also a point of a curve, has
    the same name both times.
    """
    keys = [settings_of(result) for result in results]
    configs = {
        key: result.attack for key, result in zip(keys, results, strict=True)
    }
    names = dict(
        zip(configs, distinct_names(list(configs.values())), strict=True)
    )
    return [names[key] for key in keys]


def settings_of(result: RobustAccuracy) -> str:
    """The settings of the attack of a result, as text that identifies it."""
    return json.dumps(result.attack, sort_keys=True, default=str)
