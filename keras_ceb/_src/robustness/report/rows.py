"""The tables of a robustness report, and the names of attacks in them."""

import json
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from keras_ceb._src.robustness.attacks.names import distinct_names
from keras_ceb._src.robustness.certify.certified_radii import CertifiedRadii
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


def certificate_table(
    certificates: Mapping[str, CertifiedRadii],
    clean_accuracy: float,
    results: Sequence[RobustAccuracy],
) -> Table:
    """Certified accuracies, with the attacked ones in a column of their own.

    Args:
        certificates: By name, as in a `RobustnessReport`.
        clean_accuracy: Accuracy of the model without attack.
        results: All results of attacks on the model.
    """
    # An upper bound on the same robust accuracy, of the same predictions.
    attacked: dict[str, float] = {_shown(0.0): clean_accuracy}
    for result in results:
        if result.attack["norm"] == "l2":
            key = _shown(result.attack["eps"])
            least = attacked.get(key, 1.0)
            attacked[key] = min(least, result.accuracy)
    rows = []
    for name, found in certificates.items():
        about = found.certificate["space"], found.certificate["predictor"]
        comparable = about == ("input", "model")
        for figure in found.figures():
            radius = _shown(figure["radius"])
            low, high = figure["interval"]
            rows.append(
                (
                    name,
                    " of the ".join(about),
                    radius,
                    figure["accuracy"],
                    f"{low:.4f} to {high:.4f}",
                    found.abstained,
                    attacked.get(radius) if comparable else None,
                )
            )
    header = ["certificate", "space", "L2 radius", "certified accuracy"]
    header += ["interval", "abstained", "accuracy under L2 attack"]
    return Table(header, rows)


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


def _shown(radius: float) -> str:
    return f"{radius:.4g}"
