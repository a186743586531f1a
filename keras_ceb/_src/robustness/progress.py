"""A progress bar over images."""

from collections.abc import Callable

import keras


class Progress:
    """A progress bar over the images that are no longer under attack."""

    def __init__(self, target: int | None, verbose: int):
        self._bar = keras.utils.Progbar(
            target, verbose=verbose, unit_name="image"
        )
        self._done = 0

    def part(self, stop: int) -> Callable[[int], None]:
        """A callback for how many of the first `stop` images are attacked."""
        return lambda attacked: self(stop - attacked)

    def __call__(self, done: int, accuracy: float | None = None) -> None:
        # A later run may attack images that were counted as done before.
        self._done = max(self._done, done)
        values = [] if accuracy is None else [("robust_accuracy", accuracy)]
        self._bar.stateful_metrics.add("robust_accuracy")
        if self._done:
            self._bar.update(self._done, values, finalize=False)

    def end(self, done: int) -> None:
        self._bar.update(done, finalize=True)
