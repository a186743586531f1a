"""Names of attacks, unique within a table."""

import collections
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

# Settings with their own columns in tables, which names leave out.
COLUMNS = ("norm", "eps")


def with_settings(title: str, settings: Mapping[str, Any]) -> str:
    """A title with settings: `"PGD-20 (loss dlr, seed 1)"`."""
    text = ", ".join(f"{key} {_text(value)}" for key, value in settings.items())
    return _joined(title, text)


def distinct_names(
    configs: Sequence[Mapping[str, Any]], columns: Sequence[str] = COLUMNS
) -> list[str]:
    """A unique name for each attack.

    The name of an attack includes each setting that is not the default. Names
    that are still equal, because a number was rounded or because an attack
    was run twice, are numbered.

    Args:
        configs: Results of `attack.describe()`.
        columns: Settings that have their own columns. Attacks that differ in
            these may have the same name.
    """
    keys = [_key(config, columns) for config in configs]
    total = collections.Counter(keys)
    seen: collections.Counter[tuple[str, ...]] = collections.Counter()
    names = []
    for config, key in zip(configs, keys, strict=True):
        name = str(config["name"])
        if total[key] > 1:
            seen[key] += 1
            name = _joined(name, f"no. {seen[key]}")
        names.append(name)
    return names


def _key(config: Mapping[str, Any], columns: Sequence[str]) -> tuple[str, ...]:
    shown = (config.get(column) for column in columns)
    # As a table shows them: radii that round to the same text are equal.
    return (
        str(config["name"]),
        *(f"{v:.4g}" if isinstance(v, float) else str(v) for v in shown),
    )


def _joined(name: str, text: str) -> str:
    if not text:
        return name
    if name.endswith(")"):
        return f"{name[:-1]}, {text})"
    return f"{name} ({text})"


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
