"""The runs of an attack on one batch so far, in a file to resume from."""

import hashlib
import json
import pathlib
import time
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.saving.paths import UNREADABLE
from keras_ceb._src.saving.paths import write_arrays

# Seconds between two writes, and how many times as long as a write takes.
_PAUSE = 5.0
_SHARE = 20


class Unfinished:
    """What the runs of an attack have found on one batch so far.

    The file belongs to one batch at a time: what it holds of another one, of
    other images, of another model or of other runs is never read.

    Args:
        path: The checkpoint of the whole attack, beside which the file lies.
        model: The `model_digest` of the model.
    """

    def __init__(self, path: pathlib.Path, model: str = ""):
        self._model = model
        self._path = path.with_name(f"{path.stem}-runs.npz")
        self._key = ""
        self._due = time.monotonic() + _PAUSE

    def restore(
        self,
        runs: Sequence[Run],
        held: Mapping[str, np.ndarray],
        right: np.ndarray,
        bounds: tuple[float, float],
    ) -> dict[str, np.ndarray]:
        """What `save` wrote last for a batch, or nothing.

        Args:
            runs: The runs of the attack.
            held: The images, see `StepAttack`.
            right: `[n]` booleans, which of them to attack.
            bounds: The range of the images.
        """
        arrays = {**held, "right": right}
        self._key = _key(self._model, runs, arrays, bounds)
        if not self._path.exists():
            return {}
        try:
            with np.load(self._path, allow_pickle=False) as file:
                if str(file["key"]) != self._key:
                    return {}
                return {name: file[name] for name in file.files}
        except UNREADABLE as error:
            raise ValueError(
                "`checkpoint` must lie beside no file of the name "
                f"{str(self._path)!r} that `robust_accuracy` did not write. "
                "Received: a different file or a corrupt one; delete it to "
                "start the batch again"
            ) from error

    def save(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Writes the file atomically, unless it was written a moment ago.

        Args:
            arrays: What the runs have found on the batch of `restore`.
        """
        begin = time.monotonic()
        if begin < self._due:
            return
        write_arrays(self._path, {**arrays, "key": np.array(self._key)})
        end = time.monotonic()
        self._due = end + max(_PAUSE, _SHARE * (end - begin))

    def remove(self) -> None:
        """Removes the file, once the results of the batch are elsewhere."""
        # Otherwise it was never looked at, and may be of something else.
        if self._key:
            self._path.unlink(missing_ok=True)


def _key(
    model: str,
    runs: Sequence[Run],
    arrays: Mapping[str, np.ndarray],
    bounds: tuple[float, float],
) -> str:
    """A hash of a model, of runs and of the images that they attack."""
    settings = [
        [
            run.attack.describe(),
            run.number,
            run.target_rank,
            run.begins,
            run.saves_effort,
        ]
        for run in runs
    ]
    digest = hashlib.sha256()
    text = json.dumps([model, settings, bounds], default=str)
    digest.update(text.encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
