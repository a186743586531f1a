"""The objective of a model, where Keras asks for a loss."""

from typing import Any

import keras


class ObjectiveLoss:
    """The objective of a `CEBModel` as a function of labels and logits.

    `model.loss` is one. `CEBModel.compile` needs none; other tools of Keras
    want to see a loss (`keras.wrappers.SKLearnClassifier`) or to call one
    (`keras.distillation.Distiller`).

    Args:
        model: A `CEBModel`.

    Call arguments:
        y_true: Labels, as for `fit`.
        y_pred: The logits that the model returned, the same tensor.
    """

    def __init__(self, model: keras.Model):
        self.model = model

    def __call__(self, y_true: Any, y_pred: Any) -> Any:
        return self.model.compute_loss(y=y_true, y_pred=y_pred)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectiveLoss) and self.model is other.model

    def __hash__(self) -> int:
        return hash((ObjectiveLoss, id(self.model)))

    def __repr__(self) -> str:
        return (
            f"<the {self.model.objective!r} objective of {self.model.name!r}>"
        )


class ObjectiveAsLoss:
    """Mixin of a Keras model whose loss is its own `compute_loss`."""

    @property
    def loss(self) -> ObjectiveLoss:
        """The built-in objective, as a function of labels and logits."""
        return ObjectiveLoss(self)

    @loss.setter
    def loss(self, value):
        # Keras sets what `compile` was given: nothing.
        pass

    def check_loss(self, loss):
        """Refuses a loss for `compile`, other than `None` and one's own."""
        if loss is not None and loss != self.loss:
            raise ValueError(
                "`loss` must not be given: the objective of a `CEBModel` is "
                f"built in (objective={self.objective!r}). "
                f"Received: loss={loss!r}"
            )

    def check_trainer(self):
        """Refuses to be trained by a `Distiller` with another loss.

        For `call`; Keras runs it symbolically before the first step.

        Raises:
            ValueError: If a `keras.distillation.Distiller` trains this model
                without its objective.
        """
        distillation = getattr(keras, "distillation", None)  # Keras 3.12
        # To ask Keras for a context would begin one where there is none, as
        # in a symbolic call, and it would stay: later calls of the model
        # would take their `training` from it.
        context = keras.src.backend.common.global_state.get_global_attribute(
            "current_call_ctx"
        )
        if distillation is None or context is None:
            return
        trainer = context.entry_layer
        if trainer is self:
            return
        if not isinstance(trainer, distillation.Distiller):
            return
        # A subclass with a `compute_loss` of its own knows what it does.
        stock = distillation.Distiller.compute_loss
        if trainer.student is not self or type(trainer).compute_loss != stock:
            return
        loss = getattr(trainer, "_student_loss", self.loss)
        if loss != self.loss or trainer.student_loss_weight == 0.0:
            raise ValueError(
                "`loss` must be the objective of the student, or its "
                "bottleneck is not trained: compile the `Distiller` with "
                "`loss=student.loss`, and give it a `student_loss_weight` "
                f"above 0. Received: loss={loss!r}, student_loss_weight="
                f"{trainer.student_loss_weight!r}"
            )
