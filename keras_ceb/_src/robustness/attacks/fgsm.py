"""The fast gradient sign method."""

from keras_ceb._src.robustness.attacks.pgd import PGD


class FGSM(PGD):
    """The fast gradient sign method: one step of length `eps` from `x`.

    In the L2 norm the step follows the direction of the gradient.

    Args:
        norm: `"linf"` or `"l2"`.
        eps: Radius of the ball, in the units of the input.
        target: See `PGD`.
        loss: What is raised, see `PGD`; the original takes cross-entropy.
        samples: See `PGD`.
        bounds: Pair of numbers, the range of the input.
        seed: Integer from 0 to 2**32 - 1, the seed of every random number.
        jit_compile: Whether to compile with XLA on TensorFlow; see `Attack`.

    Call arguments: see `Attack`.

    Example:

    ```python
    x_adversarial = FGSM(eps=8 / 255)(model, x, y)
    ```

    Reference: Goodfellow et al., 2015, "Explaining and harnessing adversarial
    examples".
    """

    def __init__(
        self,
        norm: str = "linf",
        eps: float = 8 / 255,
        *,
        target: str = "none",
        loss: str = "cross_entropy",
        samples: int = 1,
        bounds: tuple[float, float] = (0.0, 1.0),
        seed: int = 0,
        jit_compile: bool | str = "auto",
    ):
        # The default step is longer than the radius: the projection cuts it.
        super().__init__(
            norm,
            eps,
            steps=1,
            random_start=False,
            target=target,
            loss=loss,
            samples=samples,
            keep="last",
            bounds=bounds,
            seed=seed,
            jit_compile=jit_compile,
        )

    @property
    def name(self) -> str:
        return "FGSM"
