"""What a traced attack can query of a model."""

from collections.abc import Callable

from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors


class Oracle:
    """The logits and input gradients of a model, for a traced attack.

    Args:
        function: `ModelFunction`.
        values: Its variable values.
        seed: Integer scalar, the seed of noise at test time.
        samples: Number of draws of that noise over which logits and
            gradients are averaged (expectation over transformation).
    """

    def __init__(
        self,
        function: ModelFunction,
        values: Tensors,
        seed: Tensor,
        samples: int = 1,
    ):
        self._function = function
        self._values = values
        self._seed = seed
        self._samples = samples

    def _sample(self, x: Tensor, query: Tensor, sample: Tensor) -> Tensor:
        # Leaves 64 counters per call, for layers that draw several times.
        counter = (query * self._samples + sample) * 64
        return self._function.logits(x, self._values, (self._seed, counter))

    def logits(self, x: Tensor, query: Tensor) -> Tensor:
        """Logits of `x`; `query` is the number of the call, an int32 scalar."""
        if self._samples == 1:
            return self._sample(x, query, 0)

        def add(sample: Tensor, total: Tensor) -> Tensor:
            return total + self._sample(x, query, sample)

        first = self._sample(x, query, 0)
        total = ops.fori_loop(1, self._samples, add, first)
        return total / self._samples

    def gradient(
        self, x: Tensor, query: Tensor, loss: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Loss, logits and the gradient of the loss with respect to `x`.

        Args:
            x: `[n, ...]` images.
            query: The number of the call, an int32 scalar.
            loss: Function from logits to `[n]` losses.
        """

        def sample_gradient(sample: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            def function(x: Tensor) -> tuple[Tensor, Tensor]:
                logits = self._sample(x, query, sample)
                return loss(logits), logits

            (value, logits), gradient = backend.value_and_gradient(function, x)
            return value, logits, gradient

        if self._samples == 1:
            return sample_gradient(0)

        def add(sample: Tensor, total: Tensors) -> Tensors:
            drawn = sample_gradient(sample)
            return tuple(t + d for t, d in zip(total, drawn, strict=True))

        total = ops.fori_loop(1, self._samples, add, sample_gradient(0))
        value, logits, gradient = total
        n = self._samples
        return value / n, logits / n, gradient / n
