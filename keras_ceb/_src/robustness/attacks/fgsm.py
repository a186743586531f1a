"""The fast gradient sign method."""

import dataclasses

import keras

from keras_ceb._src.robustness.attacks.pgd import PGD


@keras.saving.register_keras_serializable(package="keras_ceb")
@dataclasses.dataclass(frozen=True)
class FGSM(PGD):
    """The fast gradient sign method: one step of length `eps` from `x`.

    In the L2 norm the step follows the direction of the gradient.

    Args:
        norm: `"linf"` or `"l2"`.
        eps: Radius of the ball, in the units of the classifier's range.
        target: See `PGD`.
        loss: The loss to maximize, see `PGD`; the original uses cross-entropy.
        samples: See `PGD`.
        seed: Integer from 0 to 2**32 - 1, the seed of every random number.
        jit_compile: Whether to compile with XLA on TensorFlow: `True`,
            `False`, or `"auto"` to do so if a GPU or TPU is visible.

    Call arguments: see `Attack`.

    Example:

    ```python
    x_adversarial = FGSM(eps=8 / 255)(model, x, y)
    ```

    Reference: Goodfellow et al., 2015, "Explaining and harnessing adversarial
    examples".
    """

    loss: str = dataclasses.field(default="cross_entropy", kw_only=True)
    # The default step size exceeds the radius: the projection shortens it.
    steps: int = dataclasses.field(default=1, init=False, repr=False)
    step_size: float | None = dataclasses.field(
        default=None, init=False, repr=False
    )
    random_start: bool = dataclasses.field(
        default=False, init=False, repr=False
    )
    restarts: int = dataclasses.field(default=1, init=False, repr=False)
    keep: str = dataclasses.field(default="last", init=False, repr=False)

    # Its step is as long as the way to any other point of the ball.
    begins = False

    @property
    def title(self) -> str:
        return "FGSM"
