"""The schedule that a plain number selects."""

from keras_ceb._src.schedules.jump_start import JumpStart
from keras_ceb._src.schedules.schedule import Schedule


def get(rho: float | Schedule, num_classes: int) -> Schedule:
    """The schedule that an argument `rho` selects.

    Args:
        rho: A `Schedule`, or a finite number.
        num_classes: Number of classes.

    Returns:
        The `Schedule`: the same, or the default one that ends at the number.

    Raises:
        TypeError: If `rho` is neither.
        ValueError: If it is a number that is not finite.
    """
    return rho if isinstance(rho, Schedule) else default(rho, num_classes)


def default(rho: float, num_classes: int) -> JumpStart:
    """The schedule that a plain number selects: jump-start, in steps.

    rho stays at 10, where there is almost no bottleneck, until the running
    training accuracy has passed a threshold above chance. Then it moves
    linearly to the target over 500 training steps. The threshold is one ninth
    of the way from chance to 1: the paper's 20 % for ten classes.
    `results/README.md` compares it with other choices.

    Args:
        rho: Value at the end.
        num_classes: Number of classes.

    Returns:
        A `JumpStart`.
    """
    chance = 1.0 / num_classes
    return JumpStart(
        rho,
        steps_per_epoch=500,
        warmup_epochs=0.0,
        start=10.0,
        threshold=chance + (1.0 - chance) / 9.0,
    )
