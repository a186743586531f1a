"""Checks of one or several attacks before any of them runs."""

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from keras_ceb._src.robustness.attacks.attack import Attack


def check_attacks(attacks: Any, name: str = "attacks") -> list[Attack]:
    """One or several attacks as a list.

    Args:
        attacks: `Attack`, or an iterable of them, which may be empty.
        name: Name of the argument, for errors.

    Raises:
        TypeError: If an element is not an attack.
        ValueError: If an attack needs given targets, or two attacks have the
            same settings.
    """
    if isinstance(attacks, Attack):
        attacks = [attacks]
    if isinstance(attacks, str | Mapping) or not isinstance(attacks, Iterable):
        raise TypeError(_no_attack(name, attacks))
    checked: list[Attack] = []
    for attack in attacks:
        if not isinstance(attack, Attack):
            raise TypeError(_no_attack(name, attack))
        if attack.target == "given":
            raise ValueError(
                f"`{name}` must choose its targets itself, `target='random'` "
                "or `'least_likely'`, as no given targets can be passed here. "
                f"Received: {_described(attack)} with target='given'"
            )
        if attack in checked:
            raise ValueError(
                f"`{name}` must differ from each other in a setting: equal "
                "attacks give equal results. Received: twice "
                f"{_described(attack)}"
            )
        checked.append(attack)
    return checked


def _no_attack(name: str, value: Any) -> str:
    hint = ""
    if isinstance(value, type) and issubclass(value, Attack):
        hint = f" Call the class: `{value.__name__}()`."
    elif isinstance(value, list | tuple):
        hint = " Put attacks that belong together into an `Ensemble`."
    elif isinstance(value, str):
        hint = " An attack is an object, not its name."
    return (
        f"`{name}` must be an attack, such as `PGD('linf', eps=8 / 255)`, or "
        f"a sequence of attacks.{hint} Received: {value!r} of type "
        f"{type(value).__name__}"
    )


def _described(attack: Attack) -> str:
    return f"{attack.name} ({attack.norm}, eps {attack.eps:.4g})"
