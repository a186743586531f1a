"""What an attack on a data set has found so far, and its file."""

import dataclasses
import hashlib
import json
import os
import pathlib
import zipfile
from typing import Any

import numpy as np


@dataclasses.dataclass
class Example:
    """A fooled image, for the pictures of a report.

    Attributes:
        index: Its number in the data set.
        label: Its class.
        clean: The image, `[...]` float32.
        adversarial: What fooled the model.
        loss: The loss of the attack there.
    """

    index: int
    label: int
    clean: np.ndarray
    adversarial: np.ndarray
    loss: float


class Findings:
    """Per-image results of an attack, image after image.

    Args:
        config: The settings of the attack.
        num_examples: How many fooled images to keep.
        known: Whether to know the images again, for a file to go on from.
    """

    def __init__(
        self,
        config: dict[str, Any],
        num_examples: int = 0,
        known: bool = False,
    ):
        self.config = config
        self.clean = np.zeros(0, bool)
        self.robust = np.zeros(0, bool)
        self.after: dict[str, int] = {}
        self.examples: list[Example] = []
        self._num_examples = num_examples
        self._known = known
        self._digests = np.zeros(0, "S8")

    @property
    def num_images(self) -> int:
        return len(self.clean)

    @property
    def accuracy(self) -> float:
        return float(self.robust.mean())

    def unseen(self, held: dict[str, Any]) -> dict[str, Any]:
        """The rows of `held` that come after what has been found so far.

        Args:
            held: See `add`.

        Raises:
            ValueError: If the rows before are of other images than those of
                the file that was restored.
        """
        seen = held["index"] < self.num_images
        known = self._digests[held["index"][seen]] if self._known else ()
        if len(known) and np.any(known != _digests(held, seen)):
            raise ValueError(
                "`data` must give the images of the call that wrote "
                "`checkpoint`, in the same order; build it with "
                "`shuffle=False`. Received: other images among "
                f"{held['index'][0]}..{held['index'][seen][-1]}"
            )
        return {k: v[~seen] for k, v in held.items()}

    def add(
        self, held: dict[str, Any], right: np.ndarray, state: dict[str, Any]
    ) -> None:
        """Takes the next images into account.

        Args:
            held: The images `x`, labels `y` and numbers `index`.
            right: `[n]` booleans, right without attack.
            state: `stands` (`[n]` booleans, right under attack), the points
                `x`, their `loss`, and `after`, counts by the attack's name.
        """
        self.clean = np.concatenate([self.clean, right])
        self.robust = np.concatenate([self.robust, state["stands"]])
        if self._known:
            new = _digests(held, np.ones(len(right), bool))
            self._digests = np.concatenate([self._digests, new])
        for name, count in state["after"].items():
            self.after[name] = self.after.get(name, 0) + count
        fooled = np.flatnonzero(right & ~state["stands"])
        loudest = fooled[np.argsort(-state["loss"][fooled], kind="stable")]
        for i in loudest[: self._num_examples]:
            self.examples.append(
                Example(
                    int(held["index"][i]),
                    int(held["y"][i]),
                    held["x"][i].copy(),
                    state["x"][i].copy(),
                    float(state["loss"][i]),
                )
            )
        self.examples.sort(key=lambda e: (-e.loss, e.index))
        del self.examples[self._num_examples :]

    def save(self, path: str | pathlib.Path) -> None:
        """Writes the file at once or not at all."""
        path = pathlib.Path(path)
        part = path.with_name(path.name + ".part")
        notes = {
            "config": self._settings(),
            "after": self.after,
            "examples": [[e.index, e.label, e.loss] for e in self.examples],
        }
        pictures = [(e.clean, e.adversarial) for e in self.examples]
        with open(part, "wb") as file:
            np.savez(
                file,
                clean=self.clean,
                robust=self.robust,
                digests=self._digests,
                notes=np.array(json.dumps(notes)),
                pictures=np.array(pictures),
            )
        os.replace(part, path)

    def restore(self, path: str | pathlib.Path) -> None:
        """Goes on from a file, if there is one."""
        path = pathlib.Path(path)
        if not path.exists():
            return
        try:
            with np.load(path, allow_pickle=False) as file:
                notes = json.loads(str(file["notes"]))
                clean, robust = file["clean"], file["robust"]
                pictures = file["pictures"]
                # A file of an older version has none.
                digests = (
                    file["digests"] if "digests" in file else self._digests
                )
        except (IndexError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise ValueError(
                "`checkpoint` must be a file that `robust_accuracy` wrote, or "
                f"a new one. Received: checkpoint={str(path)!r}, which is "
                "something else or broken; remove it to start anew"
            ) from error
        if notes["config"] != self._settings():
            raise ValueError(
                "`checkpoint` must be of the same attack with the same "
                f"settings. Received: checkpoint={str(path)!r}, which is of "
                f"{notes['config']}"
            )
        self.clean, self.robust, self.after = clean, robust, notes["after"]
        self._digests = digests
        self._known = len(digests) == len(clean)
        self.examples = [
            Example(index, label, pair[0], pair[1], loss)
            for (index, label, loss), pair in zip(
                notes["examples"], pictures, strict=True
            )
        ]

    def _settings(self) -> str:
        return json.dumps(self.config, sort_keys=True, default=str)


def _digests(held: dict[str, Any], rows: np.ndarray) -> np.ndarray:
    """A hash of each of the chosen images with its label, `[n]` bytes."""
    return np.array(
        [
            hashlib.blake2b(
                x.tobytes() + y.tobytes(), digest_size=4
            ).hexdigest()
            for x, y in zip(held["x"][rows], held["y"][rows], strict=True)
        ],
        "S8",
    )
