"""What is printed while attacks run."""

import dataclasses
import sys
import time
from collections.abc import Callable
from collections.abc import Sequence

from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.radii import NORM_NAMES
from keras_ceb._src.robustness.radii import radius_text

# Seconds between two lines where the output is no terminal.
_PAUSE = 20.0


@dataclasses.dataclass
class Work:
    """How much there is to do, from which the time to go is estimated.

    The unit is a step on an image. Attacks drop images that they have fooled,
    so the estimate is an upper bound for the later parts.

    Attributes:
        left: What was not done yet.
        done: What was done since `begin`; restored results do not count.
        begin: When the first attack began.
    """

    left: float
    done: float = 0.0
    begin: float | None = None

    def seconds_left(self, more: float, now: float) -> float | None:
        """The time to go, or `None` if nothing was done yet.

        Args:
            more: What was done since the last call of `add`.
            now: The time.
        """
        done = self.done + more
        if self.begin is None or done <= 0:
            return None
        return (now - self.begin) / done * max(0.0, self.left - more)

    def add(self, amount: float, is_restored: bool = False) -> None:
        """Counts some work as done."""
        self.left -= amount
        if not is_restored:
            self.done += amount


class AttackProgress:
    """Prints how far one attack is.

    Where the output is a terminal, it is one line that changes; elsewhere
    lines follow each other, at most one every few seconds.

    Args:
        title: Names the attack, see `title_of`.
        cost: What the attack adds to `work` for each image.
        work: `Work` of this and all later attacks; `None` if the number of
            images is not known.
        clock: Returns the time in seconds.
    """

    def __init__(
        self,
        title: str,
        cost: float,
        work: Work | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._title = title
        self._cost = cost
        self._work = work
        self._clock = clock
        self._begin = self._shown = clock()
        self._held, self._steps = 0, 1.0
        self._width = 0
        if work is not None and work.begin is None:
            work.begin = self._begin
        if not _can_rewrite():
            self._print(title)

    def skip(self, number: int) -> None:
        """Counts images as done whose results were restored."""
        if self._work is not None:
            self._work.add(self._cost * number, is_restored=True)

    def hold(self, number: int, steps: float) -> None:
        """Begins with some images.

        Args:
            number: How many.
            steps: How many steps the whole attack takes on each.
        """
        self._held, self._steps = number, steps

    def of_run(
        self, name: str, run: Run, before: float
    ) -> Callable[[int, int], None]:
        """What a run is to call with the images left and the steps taken.

        Args:
            name: Of the attack that runs.
            run: The run.
            before: The steps of the runs before it.
        """
        each = max(1, run.attack.samples)
        return lambda left, steps: self._tell(
            name, left, (before + each * steps) / self._steps
        )

    def _tell(self, name: str, left: int, share: float) -> None:
        """Tells how far the attack is with the images that are held."""
        now = self._clock()
        if not _can_rewrite() and now - self._shown < _PAUSE:
            return
        self._shown = now
        part = "" if name in self._title else f"{name} "
        text = f"{self._title}, {part}{left / self._held:.1%} left"
        if self._work is not None:
            more = self._cost * self._held * share
            to_go = self._work.seconds_left(more, now)
            if to_go is not None:
                text += f", {_time(to_go)} to go"
        self._print(text, "\r")

    def release(self) -> None:
        """Ends with the images that are held."""
        if self._work is not None:
            self._work.add(self._cost * self._held)

    def end(self, accuracy: float, num_images: int) -> None:
        """Tells the result."""
        self._print(
            f"{self._title}: accuracy {accuracy:.4f} on {num_images} images, "
            f"{_time(self._clock() - self._begin)}"
        )

    def _print(self, text: str, end: str = "\n") -> None:
        if not _can_rewrite():
            print(text, flush=True)
            return
        # Blanks over what is left of a longer text.
        print("\r" + text.ljust(self._width), end=end, flush=True)
        self._width = len(text) if end == "\r" else 0


class OverallProgress:
    """Prints how far all attacks of an evaluation are.

    Args:
        groups: The attacks in their order, each alone or at ascending radii.
        bounds: The range of the inputs.
        num_images: The number of images.
        num_classes: The number of classes of the model.
    """

    def __init__(
        self,
        groups: Sequence[Sequence[Attack]],
        bounds: tuple[float, float],
        num_images: int,
        num_classes: int,
    ):
        self._bounds = bounds
        self._costs = [
            # The larger radii of a curve cost as much, or less.
            (len(attacks), cost_of(attacks[0].runs(num_classes)))
            for attacks in groups
        ]
        total = sum(number * cost for number, cost in self._costs)
        self._work = Work(num_images * total)
        self._begun = 0

    def begin(
        self, attacks: Sequence[Attack], name: str | None = None
    ) -> AttackProgress:
        """The progress of the next of `groups`."""
        _, cost = self._costs[self._begun]
        self._begun += 1
        title = title_of(
            attacks, self._bounds, name, self._begun, len(self._costs)
        )
        return AttackProgress(title, cost, self._work)


def cost_of(runs: Sequence[Run]) -> float:
    """Steps on each image, those of several samples counted for each."""
    return float(
        sum(run.attack.steps * max(1, run.attack.samples) for run in runs)
    )


def title_of(
    attacks: Sequence[Attack],
    bounds: tuple[float, float],
    name: str | None = None,
    number: int = 1,
    total: int = 1,
) -> str:
    """Names attacks, such as `attack 3 of 14: PGD-20, L-infinity 8/255`.

    Args:
        attacks: One attack, or one at ascending radii.
        bounds: The range of the inputs.
        name: Of the attack, by default its own.
        number: Which one it is, from 1 on.
        total: Of how many.
    """
    first, last = attacks[0], attacks[-1]
    width = bounds[1] - bounds[0]
    text = radius_text(first.eps / width, first.norm)
    if len(attacks) > 1:
        text += f" to {radius_text(last.eps / width, last.norm)}"
    prefix = f"attack {number} of {total}: " if total > 1 else ""
    return f"{prefix}{name or first.name}, {NORM_NAMES[first.norm]} {text}"


def _can_rewrite() -> bool:
    """Whether a line can be replaced: on a terminal, and in a notebook."""
    return sys.stdout.isatty() or "ipykernel" in sys.modules


def _time(seconds: float) -> str:
    """Minutes and seconds, with hours if there are any."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}"
