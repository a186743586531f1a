"""The result of an attack on a data set so far, and its checkpoint."""

import json
import pathlib
from typing import Any

import numpy as np

from keras_ceb._src.robustness.checkpoint import check_not_fewer
from keras_ceb._src.robustness.checkpoint import check_same_images
from keras_ceb._src.robustness.checkpoint import digests
from keras_ceb._src.robustness.model_digest import check_same_model
from keras_ceb._src.robustness.result import Example
from keras_ceb._src.robustness.result import RobustAccuracy
from keras_ceb._src.saving.paths import UNREADABLE
from keras_ceb._src.saving.paths import write_arrays


class Findings:
    """A `RobustAccuracy` that grows batch by batch and can be saved.

    Args:
        attack: Settings of the attack, see `RobustAccuracy`.
        num_examples: Number of adversarial examples to keep.
        confidence: Confidence of the interval.
        known: Whether to hash the images, to recognize them on resuming.

    Attributes:
        result: The `RobustAccuracy` of the images so far.
    """

    def __init__(
        self,
        attack: dict[str, Any],
        num_examples: int = 0,
        confidence: float = 0.95,
        known: bool = False,
    ):
        none = np.zeros(0, bool)
        self.result = RobustAccuracy(
            attack, none, none, {}, confidence=confidence
        )
        self._num_examples = num_examples
        self._known = known
        # How many images are still classified correctly after each attack.
        self._right_after: dict[str, int] = {}
        self._digests = np.zeros(0, "S8")
        self._model = ""

    @property
    def num_images(self) -> int:
        return len(self.result.clean)

    def unseen(self, held: dict[str, Any]) -> dict[str, Any]:
        """The rows of `held` that are not part of the result yet.

        Args:
            held: See `add`.

        Raises:
            ValueError: If the other rows are not the images of the restored
                file.
        """
        seen = held["index"] < self.num_images
        if self._known:
            known = self._digests[held["index"][seen]]
            x, y = held["x"][seen], held["y"][seen]
            check_same_images(known, x, y, int(held["index"][0]))
        return {k: v[~seen] for k, v in held.items()}

    def check_model(self, model: str) -> None:
        """Notes the `model_digest` of the model.

        Raises:
            ValueError: If the restored file is of another one.
        """
        check_same_model(self._model, model)
        self._model = model

    def check_complete(self, num_images: int) -> None:
        """Raises an error if `data` has fewer images than the restored file."""
        check_not_fewer(num_images, self.num_images)

    def add(
        self, held: dict[str, Any], right: np.ndarray, state: dict[str, Any]
    ) -> None:
        """Adds the results of the next images.

        Args:
            held: The images `x`, labels `y` and indices `index`.
            right: `[n]` booleans, classified correctly without attack.
            state: `robust` (`[n]` booleans, still classified correctly under
                attack), `misled` (`[n]` booleans, whose adversarial examples
                are known), the points `x`, their `loss`, and `after`, the
                number of images still classified correctly, by name of the
                attack.
        """
        result = self.result
        result.clean = np.concatenate([result.clean, right])
        result.robust = np.concatenate([result.robust, state["robust"]])
        if self._known:
            new = digests(held["x"], held["y"])
            self._digests = np.concatenate([self._digests, new])
        for name, count in state["after"].items():
            self._right_after[name] = self._right_after.get(name, 0) + count
        self._update_shares()
        fooled = np.flatnonzero(state["misled"])
        strongest = fooled[np.argsort(-state["loss"][fooled], kind="stable")]
        for i in strongest[: self._num_examples]:
            result.examples.append(
                Example(
                    int(held["index"][i]),
                    int(held["y"][i]),
                    held["x"][i].copy(),
                    state["x"][i].copy(),
                    float(state["loss"][i]),
                )
            )
        result.examples.sort(key=lambda e: (-e.loss, e.index))
        del result.examples[self._num_examples :]

    def _update_shares(self) -> None:
        self.result.after = {
            name: count / self.num_images
            for name, count in self._right_after.items()
        }

    def save(self, path: str | pathlib.Path) -> None:
        """Writes the file atomically."""
        examples = self.result.examples
        notes = {
            "config": self._settings(),
            "model": self._model,
            "after": self._right_after,
            "examples": [[e.index, e.label, e.loss] for e in examples],
        }
        pictures = [(e.clean, e.adversarial) for e in examples]
        write_arrays(
            path,
            {
                "clean": self.result.clean,
                "robust": self.result.robust,
                "digests": self._digests,
                "notes": np.array(json.dumps(notes)),
                "pictures": np.array(pictures),
            },
        )

    def restore(self, path: str | pathlib.Path) -> None:
        """Restores the result from a file, if it exists."""
        path = pathlib.Path(path)
        if not path.exists():
            return
        try:
            with np.load(path, allow_pickle=False) as file:
                notes = json.loads(str(file["notes"]))
                clean, robust = file["clean"], file["robust"]
                pictures = file["pictures"]
                restored = file["digests"]
        except UNREADABLE as error:
            raise ValueError(
                "`checkpoint` must be a file that `robust_accuracy` wrote, or "
                f"a new one. Received: checkpoint={str(path)!r}, which is "
                "a different file or corrupt; delete it to start again"
            ) from error
        if notes["config"] != self._settings():
            raise ValueError(
                "`checkpoint` must be of the same attack with the same "
                f"settings. Received: checkpoint={str(path)!r}, which is of "
                f"{notes['config']}"
            )
        self._model = notes.get("model", "")
        self.result.clean, self.result.robust = clean, robust
        self._right_after = notes["after"]
        self._update_shares()
        self._digests = restored
        self._known = len(restored) == len(clean)
        self.result.examples = [
            Example(index, label, pair[0], pair[1], loss)
            for (index, label, loss), pair in zip(
                notes["examples"], pictures, strict=True
            )
        ]

    def _settings(self) -> str:
        return json.dumps(self.result.attack, sort_keys=True, default=str)
