"""What a `CEBModel` says of encodings: means, distributions, information."""

from typing import Any

import keras
from keras import ops

from keras_ceb._src.layers.class_conditional_marginal import (
    ClassConditionalMarginal,
)
from keras_ceb._src.layers.stochastic_encoder import StochasticEncoder
from keras_ceb._src.training.forward_pass import Encoded
from keras_ceb._src.training.objective_model import ObjectiveModel
from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors


class EncodingModel(ObjectiveModel):
    """Base of a model with an encoder and a marginal.

    A subclass sets the attributes below.
    """

    objective: str
    encoder: StochasticEncoder
    marginal: ClassConditionalMarginal | None

    def encode(self, x: Tensors) -> Tensor:
        """The mean encodings f(x) of one batch.

        Args:
            x: A batch of inputs, arrays or tensors.

        Returns:
            `[batch, z_dim]`, float32 tensor.
        """
        return self._encoded(x).mean

    def encoder_distribution(self, x: Tensors) -> Any:
        """e(z|x) of one batch, as a TensorFlow Probability object.

        Args:
            x: A batch of inputs, arrays or tensors.

        Returns:
            A `MultivariateNormalDiag` of batch shape `[batch]` and event
            shape `[z_dim]`; on JAX, that of TensorFlow Probability's JAX
            substrate.

        Raises:
            ValueError: If the objective is `"xent"`, whose encoding is
                deterministic.
        """
        self._check_bottleneck("encoder_distribution")
        encoded = self._encoded(x)
        return self.encoder.distribution(encoded.mean, encoded.scale)

    def residual_information(self, x: Tensors, y: Any) -> Tensor:
        """Residual information of each example of one batch.

        The closed form of `rex`, the divergence of e(z|x) from the marginal
        of the label, 1/2 |f(x) - mu_y|^2 for unit variances: no noise, so the
        same input gives the same number. For a marginal of several components
        it is an upper bound; see
        `ClassConditionalMarginal.residual_information`.

        Args:
            x: A batch of inputs, arrays or tensors.
            y: Their labels; see the class.

        Returns:
            Nats, `[batch]`, float32 tensor.

        Raises:
            ValueError: If the objective is `"xent"`, whose encoding is
                deterministic and has no finite residual information, or a
                label is invalid.
        """
        self._check_bottleneck("residual_information")
        targets = self._labels.check(y)
        return self._residual_information(self._encoded(x), targets)

    def _residual_information(
        self, encoded: Encoded, targets: Tensor
    ) -> Tensor:
        """`rex` of each example, under VIB against the one marginal."""
        marginal: Any = self.marginal
        _, mean, noise, scale = encoded
        labels = None if self.objective == "vib" else targets
        return marginal.residual_information(labels, mean, scale, noise)

    @property
    def has_bottleneck(self) -> bool:
        """Whether the objective has a residual information term."""
        return self.objective != "xent"

    def _encoded(self, x: Tensors) -> Encoded:
        return self.forward(keras.tree.map_structure(ops.convert_to_tensor, x))

    def _check_bottleneck(self, method: str) -> None:
        if not self.has_bottleneck:
            raise ValueError(
                f"`objective` must not be 'xent' for `{method}`, "
                "which needs a stochastic encoder. Received: objective='xent'"
            )
