"""`CEBModel`: a classifier that is trained with the CEB objective."""

from typing import Any

import keras
from keras import ops

from keras_ceb._src import backbone_inputs
from keras_ceb._src import backend
from keras_ceb._src import objective as terms
from keras_ceb._src import schedules
from keras_ceb._src.adversarial.adversary import Adversary
from keras_ceb._src.layers.class_conditional_marginal import (
    ClassConditionalMarginal,
)
from keras_ceb._src.layers.consistent_classifier import ConsistentClassifier
from keras_ceb._src.layers.pooled_backbone import PooledBackbone
from keras_ceb._src.layers.stochastic_encoder import StochasticEncoder
from keras_ceb._src.saving import hdf5
from keras_ceb._src.saving.exporting import Exported
from keras_ceb._src.saving.seed_states import SeedStatesSaved
from keras_ceb._src.training import forward_pass
from keras_ceb._src.training import labels
from keras_ceb._src.training import metrics as metric_lib
from keras_ceb._src.training.adversarial import AdversariallyTrained
from keras_ceb._src.training.forward_pass import PassesKept
from keras_ceb._src.training.label_guard import LabelGuarded
from keras_ceb._src.training.objective_loss import ObjectiveAsLoss
from keras_ceb._src.training.replicated import Replicated
from keras_ceb._src.training.replicated import distributed_mean
from keras_ceb._src.training.scheduled import Scheduled
from keras_ceb._src.training.weight_decay import decayed_variables
from keras_ceb._src.training.weight_decay import l2_loss
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import one_of

OBJECTIVES = ("ceb", "vib", "xent")


@keras.saving.register_keras_serializable(package="keras_ceb")
class CEBModel(  # type: ignore[misc]  # The `fit` of a mixin calls the next.
    LabelGuarded,
    Scheduled,
    Replicated,
    AdversariallyTrained,
    SeedStatesSaved,
    PassesKept,
    Exported,
    ObjectiveAsLoss,
    hdf5.KerasFileSaved,
    keras.Model,
):
    """A backbone, a stochastic encoder and a classifier, trained with CEB.

    `keras_ceb.wrap` builds one from a backbone; the constructor is for those
    who bring layers of their own. The objective is built in, so `compile`
    takes no `loss`. In the paper's symbols the loss of an example is

        CEB:   -log c(y|z) + exp(-rho) log e(z|x) / b(z|y)     (equation 6)
        VIB:   -log c(y|z) + sigma(-rho) log e(z|x) / q(z)     (equation 7)
        xent:  -log c(y|f(x)), the deterministic baseline

    in nats, with one sample z = f(x) + eps in training and z = f(x) at test
    time, where the residual information is its closed form. `fit` logs

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

    rho follows the training steps of the model, whatever optimizer takes them:
    another `compile` goes on where rho is, and so does a model from a file.
    `restart_schedule` begins anew. In a training loop of your own, each
    `compute_loss` of a forward pass with `training=True` is a step.

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
            also stands for the marginal of a `ConsistentClassifier`.
        num_classes: Number of classes.
        objective: `"ceb"`, `"vib"` or `"xent"`.
        rho: A number, for the default schedule that ends there, or a
            schedule from `keras_ceb.schedules`.
        weight_decay: Adds `weight_decay` times half the sum of squares of
            the trainable weights to the loss; see `keras_ceb.wrap`.
        name: Name of the model.

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
        rho: float | schedules.Schedule = 3.0,
        weight_decay: float = 0.0,
        name: str | None = None,
        **kwargs: Any,
    ):
        pooled = PooledBackbone(backbone, name="backbone")
        # The backbone's policy decides whether the loss is scaled (float16).
        kwargs.setdefault("dtype", backbone.dtype_policy)
        super().__init__(name=name, autocast=False, **kwargs)
        self.num_classes = num_classes
        self.objective = one_of(objective, "objective", OBJECTIVES)
        self.rho = rho
        self.schedule = schedules.get(rho, num_classes)
        self.weight_decay = finite_number(
            weight_decay, "weight_decay", minimum=0.0
        )
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
            self.add_schedule_state()
        inputs = backbone_inputs.declared(backbone)
        if inputs is not None:
            # So that it can be summarized, saved and exported before any data.
            self(inputs)

    @property
    def backbone(self) -> keras.layers.Layer:
        """The backbone, as it was given."""
        return self.pooled_backbone.backbone

    @property
    def has_bottleneck(self) -> bool:
        """Whether the objective has a residual information term."""
        return self.objective != "xent"

    def build(self, input_shape):
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
        self.built = True

    def call(self, inputs, training=None):
        self.check_trainer()
        features = self.pooled_backbone(inputs, training=training)
        mean = self.encoder.mean(features)
        noise = None
        z = mean
        if training and self.has_bottleneck:
            noise = self.encoder.noise(mean)
            z = mean + noise
        logits = self.classifier(z)
        forward_pass.remember(logits, forward_pass.ForwardPass(mean, noise))
        return logits

    def compute_output_shape(self, input_shape):
        shape = input_shape
        for layer in (self.pooled_backbone, self.encoder, self.classifier):
            shape = layer.compute_output_shape(shape)
        return shape

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The objective's mean over the batch, and the metrics beside it.

        Args:
            x: Inputs, where `y_pred` is `None`: runs a forward pass.
            y: Labels.
            y_pred: The tensor that the model returned, or what `forward` did.
            sample_weight: Weights of the examples, `[batch]`.
            training: Whether this is a training step. One with a forward pass
                in training mode moves rho.

        Returns:
            The loss, nats, float32 scalar. Under a `tf.distribute` strategy,
            this replica's share of it: the shares add up to the mean over
            the global batch, however unevenly that was split.

        Raises:
            ValueError: If the encoding behind `y_pred` is not known.
        """
        if y_pred is None:
            y_pred = self.forward(x, training)
        logits, found = forward_pass.find(y_pred, self.has_bottleneck)
        with found.state_of(self):
            return self._loss(logits, found, y, sample_weight, training)

    def _loss(self, logits, found, y, sample_weight, training):
        targets = labels.standardize(y, self.num_classes)
        mask = labels.valid(targets, self.num_classes)
        targets = labels.neutral(targets, mask)
        self.invalid_labels.track(targets, mask)
        weight = labels.weights(mask, sample_weight)

        hyz = terms.classification_entropy(logits, targets)
        self.hyz_tracker.track(weight * hyz)
        losses = hyz
        if self.has_bottleneck:
            if training and found.noise is not None:
                self.advance_schedule(logits, targets)
            rho = ops.convert_to_tensor(self.current_rho)
            rex = terms.residual_information(
                found.mean, self._marginal_mean(targets), found.noise
            )
            vib = self.objective == "vib"
            combine = terms.vib_loss if vib else terms.ceb_loss
            losses = combine(hyz, rex, rho)
            self.rex_tracker.track(weight * rex)
            self.rho_tracker.track(rho)
            target = combine(hyz, rex, self.schedule.rho)
            self.target_tracker.track(weight * target)
        loss = distributed_mean(weight * losses)
        if self.weight_decay:
            # The gradients of the replicas are added up.
            share = self.weight_decay / backend.num_replicas()
            loss = loss + share * l2_loss(decayed_variables(self))
        if self.losses:
            loss = loss + super().compute_loss()
        return loss

    def _marginal_mean(self, targets):
        """mu_y for each label, or the one mean of all under VIB."""
        vib = self.objective == "vib"
        return self.marginal.means if vib else self.marginal(targets)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Updates the compiled metrics and returns all results."""
        targets = labels.standardize(y, self.num_classes)
        metric_lib.check_form(self._metric_types, targets)
        if isinstance(y_pred, forward_pass.Encoded):
            y_pred = y_pred.logits
        return super().compute_metrics(x, y, y_pred, sample_weight)

    def encode(self, x: Any) -> Any:
        """The mean encodings f(x) of one batch.

        Args:
            x: A batch of inputs, arrays or tensors.

        Returns:
            `[batch, z_dim]`, float32 tensor.
        """
        x = keras.tree.map_structure(ops.convert_to_tensor, x)
        return self.forward(x).mean

    def residual_information(self, x: Any, y: Any) -> Any:
        """Residual information of each example of one batch.

        The closed form of `rex`, the divergence of e(z|x) from the marginal
        of the label, KL = 1/2 |f(x) - mu_y|^2: no noise, so the same input
        gives the same number.

        Args:
            x: A batch of inputs, arrays or tensors.
            y: Their labels; see the class.

        Returns:
            Nats, `[batch]`, float32 tensor.

        Raises:
            ValueError: If the objective is `"xent"`, whose encoding is
                deterministic and has no finite residual information, or a
                label is not possible.
        """
        if not self.has_bottleneck:
            raise ValueError(
                "`residual_information` needs a stochastic encoder. "
                "Received: a model with objective='xent'"
            )
        labels.check(y, self.num_classes)
        targets = labels.standardize(y, self.num_classes)
        return terms.residual_information(
            self.encode(x), self._marginal_mean(targets)
        )

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        *,
        adversary: Adversary | None = None,
        **kwargs: Any,
    ) -> None:
        """Configures training; see `keras.Model.compile`.

        rho goes on where it is; see `restart_schedule`.

        Args:
            optimizer: As in Keras.
            loss: Must stay `None`, or be this model's own `loss`: the
                objective is built in.
            metrics: As in Keras. `"accuracy"` and `"crossentropy"` (of the
                logits) take labels of either form, even mixed.
            weighted_metrics: As `metrics`.
            adversary: An adversary from `keras_ceb.adversarial`, which makes
                each batch of `fit` adversarial before the step, or `None`.
                The metrics of training are then those of adversarial images;
                those of validation are not. Saved with the model.
            **kwargs: As in Keras.

        Raises:
            TypeError: If `adversary` is something else.
            ValueError: If another `loss` is given.
        """
        self.check_loss(loss)
        self._set_adversary(adversary)
        metrics = metric_lib.resolve(metrics)
        weighted_metrics = metric_lib.resolve(weighted_metrics)
        self._metric_types = metric_lib.types([metrics, weighted_metrics])
        super().compile(
            optimizer=optimizer,
            metrics=metrics,
            weighted_metrics=weighted_metrics,
            **kwargs,
        )

    def compile_from_config(self, config):
        config = keras.saving.deserialize_keras_object(config)
        config.pop("loss_weights", None)
        self.compile(**config)
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)

    def get_config(self):
        hdf5.refuse_hdf5_config(self)
        serialize = keras.saving.serialize_keras_object
        marginal = self.marginal
        if isinstance(self.classifier, ConsistentClassifier):
            marginal = None
        return {
            "name": self.name,
            "trainable": self.trainable,
            "backbone": serialize(self.backbone),
            "encoder": serialize(self.encoder),
            "classifier": serialize(self.classifier),
            "marginal": serialize(marginal),
            "num_classes": self.num_classes,
            "objective": self.objective,
            "rho": serialize(self.rho),
            "weight_decay": self.weight_decay,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        revived = {
            key: keras.saving.deserialize_keras_object(
                value, custom_objects=custom_objects
            )
            if isinstance(value, dict)
            else value
            for key, value in config.items()
        }
        return cls(**revived)
