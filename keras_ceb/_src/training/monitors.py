"""Whether callbacks find in the logs what they monitor."""

from typing import Any

import keras


def check_order(callbacks: Any) -> None:
    """Raises an error if a callback monitors what a later one adds.

    A callback that adds to the logs lists the names as `adds_logs`.

    Args:
        callbacks: Those of `fit`.

    Raises:
        ValueError: If the callback that adds a value does not come first.
    """
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    earlier: list[Any] = []
    for callback in keras.tree.flatten(callbacks or []):
        for other in earlier:
            monitor = getattr(other, "monitor", None)
            if monitor in getattr(callback, "adds_logs", ()):
                adds, monitors = type(callback).__name__, type(other).__name__
                raise ValueError(
                    f"`callbacks` must hold {adds}, which adds {monitor!r} to "
                    f"the logs, before {monitors}, which monitors it. "
                    f"Received: callbacks=[..., {monitors}, ..., {adds}, ...]"
                )
        earlier.append(callback)
