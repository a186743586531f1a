"""`CEBModel`: a classifier that is trained with the CEB objective."""

from typing import Any

import keras
from keras import ops

from keras_ceb._src import objective as terms
from keras_ceb._src.layers import backbone_inputs
from keras_ceb._src.layers.class_conditional_marginal import (
    ClassConditionalMarginal,
)
from keras_ceb._src.layers.consistent_classifier import ConsistentClassifier
from keras_ceb._src.layers.pooled_backbone import PooledBackbone
from keras_ceb._src.layers.stochastic_encoder import StochasticEncoder
from keras_ceb._src.saving import hdf5
from keras_ceb._src.saving.revived import revived
from keras_ceb._src.schedules import default
from keras_ceb._src.schedules.schedule import Schedule
from keras_ceb._src.training import forward_pass
from keras_ceb._src.training import metrics as metric_lib
from keras_ceb._src.training.encodings import EncodingModel
from keras_ceb._src.training.forward_pass import Encoded
from keras_ceb._src.training.objective_loss import check_trainer
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import positive_integer

OBJECTIVES = ("ceb", "vib", "xent")


@keras.saving.register_keras_serializable(package="keras_ceb")
class CEBModel(EncodingModel):
    """A backbone, a stochastic encoder and a classifier, trained with CEB.

    `keras_ceb.wrap` builds one from a backbone; the constructor takes custom
    layers. The objective is built in, so `compile` takes no `loss`. In the
    paper's symbols the loss of an example is

        CEB:   -log c(y|z) + exp(-rho) log e(z|x) / b(z|y)     (equation 6)
        VIB:   -log c(y|z) + sigma(-rho) log e(z|x) / q(z)     (equation 7)
        xent:  -log c(y|f(x)), the deterministic baseline

    in nats, with one sample z = f(x) + eps in training and z = f(x) at test
    time, where the residual information is its closed form; with learned
    covariances it is that in training too, and with mixtures a bound at test
    time (`ClassConditionalMarginal.residual_information`). `fit` logs

        loss         the objective, weight decay and regularization losses
        hyz          -log c(y|z)
        rex          residual information: the log-ratio above, not weighted
        rho          its value at the last step
        target_loss  the objective at the rho that the schedule ends at
        accuracy     if `compile` was given `metrics=["accuracy"]`

    and their `val_` forms, all weighted like the loss, so that in each log
    loss = hyz + exp(-rho) rex + regularization wherever rho is constant.
    `loss` rises while rho falls: callbacks that look for the best epoch monitor
    `val_target_loss` or an accuracy. Under VIB, `rex` is measured against the
    unconditional marginal, a looser bound on the same quantity (section 2.1).
    The deterministic baseline logs `loss`, `hyz` and the accuracy.

    rho follows the training steps of the model: it continues after another
    `compile` and in a model loaded from a file; `restart_schedule` starts it
    again. In a custom loop, each `compute_loss` of a pass with
    `training=True` is a step.

    Call arguments:
        inputs: Whatever the backbone takes.
        training: In training, logits come from a sample of the encoding; at
            test time (`predict`, `evaluate`) from its mean, with no noise.

    Labels are integers in 0..num_classes-1, `[batch]` or `[batch, 1]`, or
    target probabilities, `[batch, num_classes]` (one-hot, label smoothing,
    MixUp, CutMix): `hyz` is then the cross-entropy with these probabilities,
    and b(z|y) has the mean sum_y p(y) mu_y.

    Args:
        backbone: A Keras model that maps inputs to features of rank 2 to 5;
            see `PooledBackbone`.
        encoder: A `StochasticEncoder`.
        classifier: A layer that maps encodings `[batch, z_dim]` to logits
            `[batch, num_classes]`, such as `Dense` or `ConsistentClassifier`.
        marginal: A `ClassConditionalMarginal`: with a row for each class
            (CEB), with one row (VIB), or `None` for the baseline. `None`
            also selects the marginal of a `ConsistentClassifier`.
        num_classes: Number of classes.
        objective: `"ceb"`, `"vib"` or `"xent"`.
        rho: A number, for the default schedule that ends there, or a
            schedule from `keras_ceb.schedules`.
        weight_decay: Adds `weight_decay` times half the sum of squares of
            the trainable weights to the loss; see `keras_ceb.wrap`.
        **kwargs: Those of `keras.Model`: `name`, `dtype`, `trainable`.

    Output shape:
        Logits, `[batch, num_classes]`, float32.

    Example:

    ```python
    model = keras_ceb.wrap(backbone, num_classes=10, rho=3.0)
    model.compile("adam", metrics=["accuracy"])
    model.fit(x, y, epochs=10)
    logits = model.predict(x)
    ```

    Reference: Fischer and Alemi (2020), https://arxiv.org/abs/2002.05380;
    Alemi et al. (2017) for VIB.
    """

    def __init__(
        self,
        backbone: keras.layers.Layer,
        encoder: StochasticEncoder,
        classifier: keras.layers.Layer,
        marginal: ClassConditionalMarginal | None = None,
        *,
        num_classes: int,
        objective: str = "ceb",
        rho: float | Schedule = 3.0,
        weight_decay: float = 0.0,
        **kwargs: Any,
    ):
        pooled = PooledBackbone(backbone, name="backbone")
        num_classes = positive_integer(num_classes, "num_classes")
        one_of(objective, "objective", OBJECTIVES)
        schedule = default.get(rho, num_classes)
        # The backbone's policy decides whether the loss is scaled (float16).
        kwargs.setdefault("dtype", backbone.dtype_policy)
        super().__init__(
            num_classes,
            schedule if objective != "xent" else None,
            finite_number(weight_decay, "weight_decay", minimum=0.0),
            **kwargs,
        )
        if objective == "xent" and encoder.covariance != "unit":
            raise ValueError(
                "`encoder` must have the covariance 'unit' under the objective "
                "'xent', which does not sample: its scales would not be "
                f"trained. Received: covariance={encoder.covariance!r}"
            )
        self.objective = objective
        self.rho = rho
        self.schedule = schedule
        self.pooled_backbone = pooled
        self.encoder = encoder
        if isinstance(classifier, ConsistentClassifier):
            marginal = marginal or classifier.marginal
        self.marginal = marginal
        self.classifier = classifier
        self.hyz_tracker = metric_lib.TrackedMean(name="hyz")
        if self.has_bottleneck:
            self.rex_tracker = metric_lib.TrackedMean(name="rex")
            self.rho_tracker = metric_lib.Latest(name="rho")
            self.target_tracker = metric_lib.TrackedMean(name="target_loss")
        inputs = backbone_inputs.declared(backbone)
        if inputs is not None:
            # So that it can be summarized, saved and exported before any data.
            self(inputs)

    @property
    def backbone(self) -> keras.layers.Layer:
        """The backbone, as it was given."""
        return self.pooled_backbone.backbone

    def build(self, input_shape: Any) -> None:
        self.pooled_backbone.build(input_shape)
        feature_shape = self.pooled_backbone.compute_output_shape(input_shape)
        # A layer that was revived from a file is built already.
        if not self.encoder.built:
            self.encoder.build(feature_shape)
        z_shape = self.encoder.compute_output_shape(feature_shape)
        if self.marginal is not None and not self.marginal.built:
            if self.marginal.z_dim is None:
                self.marginal.z_dim = z_shape[-1]
            self.marginal.build((None,))
        if not self.classifier.built:
            self.classifier.build(z_shape)
        logits_shape = self.classifier.compute_output_shape(z_shape)
        if tuple(logits_shape)[1:] != (self.num_classes,):
            raise ValueError(
                "`classifier` must return logits of shape [batch, "
                f"{self.num_classes}]. Received: {tuple(logits_shape)}"
            )
        self.built = True

    def call(self, inputs: Tensors, training: bool | None = None) -> Tensor:
        check_trainer(self)
        features = self.pooled_backbone(inputs, training=training)
        z = mean = self.encoder.mean(features)
        scale = self.encoder.scale(features)
        noise = None
        if training and self.has_bottleneck:
            noise = self.encoder.noise(mean)
            z = self.encoder.sample(mean, noise, scale)
        encoded = Encoded(self.classifier(z), mean, noise, scale)
        return forward_pass.remember(encoded)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shape = input_shape
        for layer in (self.pooled_backbone, self.encoder, self.classifier):
            shape = layer.compute_output_shape(shape)
        return tuple(shape)

    def _objective(
        self, encoded: Encoded, targets: Tensor, weight: Tensor
    ) -> Tensor:
        """The objective of each example; updates its metrics.

        Args:
            encoded: What `forward_pass` returns.
            targets: Labels, as `targets.standardize` returns them.
            weight: Weights of the examples in the metrics, `[batch]`.

        Returns:
            Nats, `[batch]`, not weighted.

        Reference: equations 6 and 7; the baseline has the first term alone.
        """
        hyz = terms.classification_entropy(encoded.logits, targets)
        self.hyz_tracker.track(weight * hyz)
        if not self.has_bottleneck:
            return hyz
        rex = self._residual_information(encoded, targets)
        loss = terms.vib_loss if self.objective == "vib" else terms.ceb_loss
        rho = ops.convert_to_tensor(self.current_rho)
        self.rex_tracker.track(weight * rex)
        self.rho_tracker.track(rho)
        self.target_tracker.track(weight * loss(hyz, rex, self.schedule.rho))
        return loss(hyz, rex, rho)

    def get_config(self) -> Config:
        hdf5.refuse_hdf5_config(self)
        serialize = keras.saving.serialize_keras_object
        consistent = isinstance(self.classifier, ConsistentClassifier)
        return {
            "name": self.name,
            "trainable": self.trainable,
            "backbone": serialize(self.backbone),
            "encoder": serialize(self.encoder),
            "classifier": serialize(self.classifier),
            "marginal": None if consistent else serialize(self.marginal),
            "num_classes": self.num_classes,
            "objective": self.objective,
            "rho": serialize(self.rho),
            "weight_decay": self.weight_decay,
        }

    @classmethod
    def from_config(
        cls, config: Config, custom_objects: Config | None = None
    ) -> "CEBModel":
        return cls(**revived(config, custom_objects))
