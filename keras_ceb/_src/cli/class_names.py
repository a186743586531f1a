"""The classes of `--class-names`, in the order of the outputs of a model."""

import pathlib
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np


def given_names(values: Sequence[str] | None) -> list[str] | None:
    """The names of `--class-names`, where one value may be a text file."""
    if values is None:
        return None
    names = list(values)
    if len(names) == 1 and pathlib.Path(names[0]).is_file():
        try:
            text = pathlib.Path(names[0]).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(
                "`--class-names` must be names, or a text file with one name "
                f"per line. Received: {names[0]!r}, which is no text"
            ) from error
        names = [line.strip() for line in text.splitlines() if line.strip()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            "`--class-names` must be different names. Received: "
            f"{', '.join(twice)} more than once"
        )
    return names


def check_number(names: Sequence[str], num_classes: int | None) -> None:
    """Raises an error unless there is one name per class of the model."""
    if num_classes is not None and len(names) != num_classes:
        raise ValueError(
            f"`--class-names` must name the {num_classes} classes of the "
            f"model. Received: {len(names)} names"
        )


class Relabeled:
    """Batches whose classes are numbered in the order of other names.

    Args:
        data: Batches with an attribute `class_names`.
        names: The names in their new order, all of `data` among them.

    Attributes:
        class_names: `names`.
    """

    def __init__(self, data: Any, names: Sequence[str]):
        unknown = [name for name in data.class_names if name not in names]
        if unknown:
            raise ValueError(
                "`--class-names` must hold the classes of `--data`. Received: "
                f"no {', '.join(map(repr, unknown[:10]))}"
            )
        self.class_names = list(names)
        self._data = data
        self._numbers = np.array(
            [names.index(name) for name in data.class_names], "int32"
        )

    @property
    def failed(self) -> list[str]:
        """Paths that could not be read so far."""
        return list(getattr(self._data, "failed", []))

    def __iter__(self) -> Iterator[tuple[Any, np.ndarray]]:
        for batch in iter(self._data):
            x, y = batch[:2]
            yield x, self._numbers[np.asarray(y, "int64")]
