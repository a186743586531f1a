"""The time that a study has left, over all of its calls."""

import json
import time

from examples.common import workdir


class Clock:
    """The time that is left to this call and to the study.

    A call that was killed counts as long as it last said that it lived.

    Args:
        folder: The study's folder.
        minutes: For the whole study.
        call_minutes: For this call, or `None` for all that is left.
        start: When this call began, as `time.time()` says; `None` for now.
    """

    def __init__(self, folder, minutes, call_minutes=None, start=None):
        self.file = folder / "clock.json"
        self.start = time.time() if start is None else start
        calls = self._calls()
        before = sum(v for k, v in calls.items() if k != self._key)
        self.end = self.start + 60 * minutes - before
        self.call_end = self.end
        if call_minutes is not None:
            self.call_end = min(self.end, self.start + 60 * call_minutes)

    @property
    def _key(self):
        return f"{self.start:.3f}"

    def _calls(self):
        try:
            return json.loads(self.file.read_text())["calls"]
        except FileNotFoundError:
            return {}

    def tick(self):
        """Says that this call still runs."""
        calls = self._calls()
        calls[self._key] = round(time.time() - self.start, 1)
        workdir.write(self.file, {"calls": calls})

    def left(self):
        """Seconds that are left to the study."""
        return self.end - time.time()

    def left_to_call(self):
        """Seconds that are left to this call."""
        return self.call_end - time.time()
