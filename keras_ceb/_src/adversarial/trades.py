"""Adversarial training on the divergence of predictions, after Zhang et al."""

import dataclasses
from collections.abc import Callable

import keras
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.adversarial.adversary import Adversary
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import positive_integer

# The standard deviation of the start, as a share of the range of the input.
# At the clean input itself the divergence has no gradient.
START = 1e-3


def divergence(clean_logits: Tensor, logits: Tensor) -> Tensor:
    """KL(c(.|x) || c(.|x')) of each image, in nats, from the logits of both.

    Args:
        clean_logits: Logits of x, `[batch, num_classes]`.
        logits: Logits of x', `[batch, num_classes]`.

    Returns:
        `[batch]`, float32.
    """
    clean = ops.log_softmax(ops.cast(clean_logits, "float32"), axis=-1)
    other = ops.log_softmax(ops.cast(logits, "float32"), axis=-1)
    probabilities = ops.exp(clean)
    # A class of probability 0 adds nothing, even if its logits are infinite.
    ratio = ops.where(probabilities == 0.0, 0.0, clean - other)
    return ops.sum(probabilities * ratio, axis=-1)


@keras.saving.register_keras_serializable(package="keras_ceb")
@dataclasses.dataclass(frozen=True)
class TRADES(Adversary):
    """Trains on clean images, and to predict the same for adversarial ones.

    The loss of an example is its objective on the clean image x plus
    `beta` KL(c(.|f(x)) || c(.|f(x'))). The attack looks for the x' with the
    largest divergence, from a start next to x: Gaussian noise, with a
    standard deviation of 0.001 of the range of the input.

    - Both predictions are those of the means f(x) and f(x'), as at test time:
      with a sample of the encoder in each, the divergence would be that of
      the noise. The objective has its sample as always, and the residual
      information is that of clean images.
    - x' passes through the model in training mode a second time, so that
      BatchNorm's moving averages see clean and adversarial images.
    - The divergence needs no labels: soft labels enter the objective alone.
      `sample_weight` multiplies the whole loss of an example.
    - Metrics are those of clean images. Of the logs, `loss` includes the
      divergence and the others do not; in evaluation there is none.
    - It is added by `fit` and `train_on_batch`; in a custom loop,
      `compute_loss` is the objective alone.

    A step costs about twelve plain ones. The authors report 56.43 % in
    their evaluation on CIFAR-10 at 0.031 (WRN-34-10, weight decay 2e-4, 76
    epochs); RobustBench measured 84.92 % on clean images and 53.08 % under
    AutoAttack.

    Args:
        norm: `"linf"` or `"l2"`; the figures are of L-infinity.
        eps: Radius of the ball, in the units of the input.
        beta: Weight of the divergence in the loss, larger than 0; multiplies
            no other term.
        steps: Number of steps of the attack.
        step_size: Length of a step, in the units of the input. `None` takes
            `eps / 4`; the authors take 0.007 at 0.031.
        bounds: Pair of numbers, the range of the input.
        seed: Integer seed, from 0 to 2**32 - 1, of the random starts, or
            `None` for a random one.
        warmup_steps: See `Adversary`.
        start_step: See `Adversary`. Before it the loss has no divergence.
        clean_fraction: Must be 0: each image is trained on as it is already.

    Example:

    ```python
    adversary = keras_ceb.adversarial.TRADES("linf", eps=8 / 255)
    model.compile("sgd", metrics=["accuracy"], adversary=adversary)
    model.fit(x, y)
    ```

    Reference: [Zhang et al., 2019](https://arxiv.org/abs/1901.08573).
    """

    beta: float = 6.0
    steps: int = 10
    step_size: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set("beta", finite_number(self.beta, "beta", minimum=0.0))
        if self.beta == 0.0:
            raise ValueError(
                "`beta` must be larger than 0: without the divergence, "
                "training is plain. Received: beta=0.0"
            )
        self._set("steps", positive_integer(self.steps, "steps"))
        self._check_step_size(self.step_size)
        if self.clean_fraction:
            raise ValueError(
                "`clean_fraction` must be 0 for TRADES, which trains on every "
                "image as it is, too; `beta` weighs the two. Received: "
                f"clean_fraction={self.clean_fraction}"
            )

    @property
    def divergence_weight(self) -> float:
        return self.beta

    def perturb(
        self,
        x: Tensor,
        gradient: Callable[[Tensor], Tensor],
        keys: Tensor,
        scale: Tensor = 1.0,
    ) -> Tensor:
        width = self.bounds[1] - self.bounds[0]
        start = x + START * width * random.normal(keys, x.shape[1:])
        return self._ascend(
            start, x, gradient, scale, self.steps, self.step_size
        )
