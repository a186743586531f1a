"""Names of attacks, distinct within one table."""

import collections
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

# Tables have columns for these; a name need not say them.
COLUMNS = ("norm", "eps")

_MISSING = object()


def distinct_names(
    configs: Sequence[Mapping[str, Any]], columns: Sequence[str] = COLUMNS
) -> list[str]:
    """A name for each attack, no two of them alike.

    An attack keeps its own name where no other has it. Others are told apart
    by the settings in which they differ, `PGD-20 (loss margin)`, and numbered
    where that is not enough.

    Args:
        configs: The settings of each attack, as `attack.get_config()` gives
            them.
        columns: Settings that the reader sees beside the name. Attacks that
            differ in these may share a name.
    """
    groups = collections.defaultdict(list)
    for place, config in enumerate(configs):
        groups[_key(config, columns)].append(place)
    names = [str(config["name"]) for config in configs]
    for places in groups.values():
        group = [configs[place] for place in places]
        for place, name in zip(places, _within(group), strict=True):
            names[place] = name
    return names


def _key(config: Mapping[str, Any], columns: Sequence[str]) -> tuple:
    shown = (config.get(column) for column in columns)
    # As a table shows them: radii that round to the same text are alike.
    return (
        str(config["name"]),
        *(f"{v:.4g}" if isinstance(v, float) else str(v) for v in shown),
    )


def _within(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of attacks that all have the same one."""
    keys = dict.fromkeys(key for config in configs for key in config)
    differing = [
        key
        for key in keys
        if len({repr(config.get(key, _MISSING)) for config in configs}) > 1
    ]
    names = [
        _joined(
            str(config["name"]),
            ", ".join(
                f"{key} {_text(config[key])}"
                for key in differing
                if key in config and _is_plain(config[key])
            ),
        )
        for config in configs
    ]
    total = collections.Counter(names)
    seen: collections.Counter = collections.Counter()
    for place, name in enumerate(names):
        if total[name] > 1:
            seen[name] += 1
            names[place] = _joined(name, f"no. {seen[name]}")
    return names


def _joined(name: str, text: str) -> str:
    if not text:
        return name
    if name.endswith(")"):
        return f"{name[:-1]}, {text})"
    return f"{name} ({text})"


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | bool | int | float)


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
