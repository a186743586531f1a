"""What Keras calls on a model whose objective is built in.

`fit` runs, for each batch, `train_step`, which is Keras's own: a call of the
model, `compute_loss`, a step of the optimizer, `compute_metrics`. The
rest is in four modules: `labels`, `rho`, `replicas` and `forward_pass`; the
methods here delegate to them.
"""

import functools
from collections.abc import Sequence
from typing import Any

import keras

from keras_ceb._src import backend
from keras_ceb._src import targets as target_lib
from keras_ceb._src.adversarial.adversary import Adversary
from keras_ceb._src.layers import backbone_inputs
from keras_ceb._src.saving import hdf5
from keras_ceb._src.saving import seed_states
from keras_ceb._src.schedules.schedule import Schedule
from keras_ceb._src.training import adversarial
from keras_ceb._src.training import forward_pass
from keras_ceb._src.training import metrics as metric_lib
from keras_ceb._src.training import monitors
from keras_ceb._src.training import replicas
from keras_ceb._src.training.arguments import by_name
from keras_ceb._src.training.forward_pass import Encoded
from keras_ceb._src.training.labels import Labels
from keras_ceb._src.training.objective_loss import ObjectiveLoss
from keras_ceb._src.training.objective_loss import check_loss
from keras_ceb._src.training.rho import Rho
from keras_ceb._src.training.rho import with_own_step
from keras_ceb._src.training.weight_decay import decayed_variables
from keras_ceb._src.training.weight_decay import l2_loss
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Logs
from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors


class ObjectiveModel(keras.Model):
    """Base of a classifier with a built-in objective.

    A subclass implements `call`, which ends in `forward_pass.remember`,
    `_objective`, and the property `backbone`.

    Args:
        num_classes: Number of classes.
        schedule: The schedule of rho, or `None` for an objective without
            one.
        weight_decay: See `CEBModel`.
        **kwargs: Those of `keras.Model`.
    """

    def __init__(
        self,
        num_classes: int,
        schedule: Schedule | None,
        weight_decay: float,
        **kwargs: Any,
    ):
        super().__init__(autocast=False, **kwargs)
        self.num_classes = num_classes
        self.weight_decay = weight_decay
        self.adversary: Adversary | None = None
        self.adversary_seeds: keras.random.SeedGenerator | None = None
        self._labels = Labels(num_classes)
        self.invalid_labels = self._labels.seen
        self._rho: Rho | None = None
        if schedule is not None:
            self._rho = Rho(schedule, self.add_weight)
            # TensorFlow's checkpoints find what is an attribute.
            self.jump_step = self._rho.jump_step
            self.running_accuracy = self._rho.accuracy
            self.current_rho = self._rho.value
            self.rho_step = self._rho.step
            self.rho_batch = self._rho.batch

    # The objective in place of a loss.

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

        rho continues from its current value; see `restart_schedule`.

        Args:
            optimizer: As in Keras.
            loss: `None`, or this model's own `loss`: the objective is built
                in.
            metrics: As in Keras. `"accuracy"` and `"crossentropy"` (of the
                logits) take labels of either form, even mixed.
            weighted_metrics: As `metrics`.
            adversary: An adversary from `keras_ceb.adversarial`, which makes
                each batch of `fit` adversarial before the step, or `None`.
                The metrics of training are then those of adversarial images
                (not under `TRADES`); those of validation are not. Saved with
                the model.
            **kwargs: As in Keras.

        Raises:
            TypeError: If `adversary` is something else.
            ValueError: If another `loss` is given.
        """
        check_loss(self, loss)
        adversarial.set_adversary(self, adversary)
        metrics = metric_lib.resolve(metrics)
        weighted_metrics = metric_lib.resolve(weighted_metrics)
        self._metric_types = metric_lib.types([metrics, weighted_metrics])
        super().compile(
            optimizer=optimizer,
            metrics=metrics,
            weighted_metrics=weighted_metrics,
            **kwargs,
        )

    def get_compile_config(self) -> Config:
        config: Config = super().get_compile_config()
        if config and self.adversary is not None:
            config["adversary"] = keras.saving.serialize_keras_object(
                self.adversary
            )
        return config

    def compile_from_config(self, config: Config) -> None:
        config = keras.saving.deserialize_keras_object(config)
        config.pop("loss_weights", None)
        self.compile(**config)
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)

    @property
    def loss(self) -> ObjectiveLoss:
        """The built-in objective, as a function of labels and logits."""
        return ObjectiveLoss(self)

    @loss.setter
    def loss(self, value: Any) -> None:
        # Keras sets what `compile` was given: nothing.
        pass

    # Training and evaluation, in the order of a call of `fit`.

    @functools.wraps(keras.Model.fit)
    def fit(self, *args: Any, **kwargs: Any) -> Any:
        arguments = by_name(keras.Model.fit, args, kwargs)
        monitors.check_order(arguments.get("callbacks"))
        self._labels.before_fit(self, arguments)
        adversarial.check_arrays(self.adversary, arguments["x"])
        if self._rho is None:
            return super().fit(**arguments)
        self._rho.find_step(self.optimizer)
        self._rho.warn_of_monitors(arguments["callbacks"])
        history = super().fit(**arguments)
        self._rho.warn_unless_arrived()
        return history

    @functools.wraps(keras.Model.evaluate)
    def evaluate(self, *args: Any, **kwargs: Any) -> Any:
        arguments = by_name(keras.Model.evaluate, args, kwargs)
        self._labels.before_evaluate(self, arguments)
        return super().evaluate(**arguments)

    def train_on_batch(
        self, x: Any, y: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        self._labels.check(y)
        if self._rho is not None:
            self._rho.find_step(self.optimizer)
        return super().train_on_batch(x, y, *args, **kwargs)

    def test_on_batch(
        self, x: Any, y: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        self._labels.check(y)
        return super().test_on_batch(x, y, *args, **kwargs)

    def _maybe_symbolic_build(
        self, iterator: Any = None, data_batch: Any = None
    ) -> None:
        super()._maybe_symbolic_build(
            *replicas.batch_to_build_from(self, iterator, data_batch)
        )

    def train_step(self, *args: Any) -> Any:
        """One step of training; Keras calls it with a batch.

        On JAX the state comes before the batch.
        """
        if self.adversary is not None:
            attacked = functools.partial(adversarial.attacked, self)
            args = backend.change_batch(self, attacked, *args)
        return backend.step_result(super().train_step(*args))

    def adversarial_batch(self, x: Tensors, y: Any) -> Tensor:
        """The adversarial images of a training step.

        Each call draws new random starts. The step computes its loss on
        them, or, under `TRADES`, on the clean images and them.

        Args:
            x: Inputs, `[batch, ...]`, one tensor of floats.
            y: Labels, as for `fit`.

        Returns:
            A tensor of the shape of `x`, float32.

        Raises:
            ValueError: If there is no adversary, or the inputs are not one
                tensor of floats.
        """
        if self.adversary is None:
            raise ValueError(
                "`adversary` must be given to `compile` before "
                "`adversarial_batch` is called. Received: adversary=None"
            )
        return adversarial.batch(self, x, y)

    def test_step(self, *args: Any) -> Any:
        """One step of evaluation; Keras calls it with a batch."""
        return backend.step_result(super().test_step(*args))

    def stateless_call(
        self,
        trainable_variables: Sequence[Tensor],
        non_trainable_variables: Sequence[Tensor],
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """A call with given values of the variables; see Keras."""
        outputs, state, *losses = super().stateless_call(
            trainable_variables, non_trainable_variables, *args, **kwargs
        )
        forward_pass.remember_values(outputs, trainable_variables, state)
        return outputs, state, *losses

    def forward_pass(self, x: Tensors, training: bool = False) -> Encoded:
        """A forward pass with the encoding that its logits come from.

        Args:
            x: A batch of inputs.
            training: Whether to sample the encoding.

        Returns:
            `Encoded(logits, mean, noise, scale)`, which `compute_loss` takes as
            `y_pred`.
        """
        return forward_pass.encoded(self(x, training=training))

    def compute_loss(
        self,
        x: Tensors = None,
        y: Any = None,
        y_pred: Tensor | Encoded = None,
        sample_weight: Tensor | None = None,
        training: bool = True,
    ) -> Tensor:
        """The mean of the objective over the batch; updates its metrics.

        Args:
            x: Inputs, where `y_pred` is `None`: runs a forward pass.
            y: Labels.
            y_pred: The tensor that the model returned, or what `forward_pass`
                did.
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
            y_pred = self.forward_pass(x, training)
        with forward_pass.behind(
            y_pred, self, self._rho is not None
        ) as encoded:
            targets, weight = self._labels.usable(y, sample_weight)
            if self._rho and training and encoded.noise is not None:
                optimizer = getattr(self, "optimizer", None)
                self._rho.advance(encoded.logits, targets, optimizer)
            losses = self._objective(encoded, targets, weight)
            # Of this pass; another one replaces the losses of the layers.
            regularization = self._regularization()
            if training and self.adversary is not None:
                losses = losses + adversarial.added_losses(self, x, encoded)
            losses = weight * losses
            return replicas.distributed_mean(losses) + regularization

    def _regularization(self) -> Tensor:
        """Weight decay and the losses of the layers, this replica's share."""
        loss = 0.0
        if self.weight_decay:
            share = replicas.distributed_share(self.weight_decay)
            loss = share * l2_loss(decayed_variables(self))
        if self.losses:
            loss = loss + super().compute_loss()
        return loss

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> Any:
        """Updates the compiled metrics and returns all results."""
        targets = target_lib.standardize(y, self.num_classes)
        metric_lib.check_form(self._metric_types, targets)
        if isinstance(y_pred, Encoded):
            y_pred = y_pred.logits
        return super().compute_metrics(x, y, y_pred, sample_weight)

    def get_metrics_result(self) -> Logs:
        results: Logs = super().get_metrics_result()
        results.pop(self.invalid_labels.name, None)
        return results

    def restart_schedule(self) -> None:
        """Sets rho back to the start of its schedule.

        Another `compile` does not: rho continues from its current value,
        whichever optimizer is used. The weights do not change.
        """
        if self._rho is not None:
            self._rho.restart()

    # Files.

    def save(self, filepath: Any, *args: Any, **kwargs: Any) -> None:
        """Saves to a .keras file; see `keras.Model.save`.

        Raises:
            ValueError: If `filepath` is that of an .h5 file, from which Keras
                cannot load the model.
        """
        hdf5.refuse_hdf5(self, filepath)
        super().save(filepath, *args, **kwargs)

    def save_own_variables(self, store: Any) -> None:
        super().save_own_variables(store)
        seed_states.save(self, store)

    def load_own_variables(self, store: Any) -> None:
        own = seed_states.load(self, store)
        super().load_own_variables(with_own_step(own) if self._rho else own)

    @functools.wraps(keras.Model.export)
    def export(self, *args: Any, **kwargs: Any) -> Any:
        arguments = by_name(keras.Model.export, args, kwargs)
        if arguments.get("input_signature") is None:
            # Keras would give it float32 inputs with no names.
            arguments["input_signature"] = backbone_inputs.signature(
                self.backbone
            )
        return super().export(**arguments)

    @property
    def _default_save_signature(self) -> Any:
        # `tf.saved_model.save` traces this function of each model that it
        # writes; with Keras's float32 inputs, text fails there.
        signature = backbone_inputs.signature(self.backbone)
        if signature is None:
            return super()._default_save_signature
        return backend.serving_function(self, signature)
