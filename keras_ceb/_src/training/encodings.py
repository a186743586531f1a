"""What a `CEBModel` says of encodings: means, distributions, information."""

from typing import Any

import keras
from keras import ops

from keras_ceb._src import uncertainty
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
        uncertainty.check_bottleneck(self, "encoder_distribution")
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
        uncertainty.check_bottleneck(self, "residual_information")
        targets = self._labels.check(y)
        return self._residual_information(self._encoded(x), targets)

    def log_density(self, x: Tensors) -> Tensor:
        """log sum_y p(y) b(z|y) at the mean encodings of one batch.

        Under VIB, log q(z). p(y) is the `class_prior` of the classifier or
        uniform.

        Args:
            x: A batch of inputs, arrays or tensors.

        Returns:
            Nats, `[batch]`, float32 tensor.

        Raises:
            ValueError: If the objective is `"xent"`, which has no marginal.
        """
        uncertainty.check_bottleneck(self, "log_density")
        return uncertainty.log_density(self, self.encode(x))

    def ood_score(self, x: Tensors) -> Tensor:
        """`-log_density(x)`: large for inputs unlike the training data.

        Args:
            x: A batch of inputs, arrays or tensors.
        """
        return -self.log_density(x)

    def predict_with_uncertainty(
        self, x: Tensors, batch_size: int = 32
    ) -> uncertainty.Prediction:
        """A `Prediction` of many inputs, in batches.

        Args:
            x: Inputs, arrays or tensors of as many rows.
            batch_size: Number of inputs per call of the model.
        """
        return uncertainty.predict(self, x, batch_size)

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
        return self.forward_pass(
            keras.tree.map_structure(ops.convert_to_tensor, x)
        )
