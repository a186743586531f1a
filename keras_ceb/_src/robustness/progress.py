"""A progress bar over images."""

import keras


class Progress:
    """A progress bar over the images that are done."""

    def __init__(self, target: int | None, verbose: int):
        self._bar = keras.utils.Progbar(
            target, verbose=verbose, unit_name="image"
        )

    def __call__(self, done: int) -> None:
        self._bar.update(done, finalize=False)

    def end(self, done: int) -> None:
        self._bar.update(done, finalize=True)
