"""The objective of a model as a Keras loss."""

from typing import Any

import keras


class ObjectiveLoss:
    """The objective of a `CEBModel` as a function of labels and logits.

    `model.loss` is one. `CEBModel.compile` needs none; other parts of Keras
    require a loss (`keras.wrappers.SKLearnClassifier`) or call one
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


def check_loss(model: keras.Model, loss: Any) -> None:
    """Refuses a `loss` for `compile` other than `None` and `model.loss`.

    Raises:
        ValueError: If another loss is given.
    """
    if loss is not None and loss != model.loss:
        raise ValueError(
            "`loss` must not be given: the objective of a "
            f"`{type(model).__name__}` is built in "
            f"(objective={model.objective!r}). Received: loss={loss!r}"
        )


def check_trainer(model: keras.Model) -> None:
    """Refuses to be trained by a `Distiller` with another loss.

    For `call`; Keras runs it symbolically before the first step.

    Raises:
        ValueError: If a `keras.distillation.Distiller` trains this model
            without its objective.
    """
    distillation = getattr(keras, "distillation", None)  # Keras 3.12
    # `model._get_call_context` would create a context where there is none, as
    # in a symbolic call, and later calls would take their `training` from it.
    context = keras.src.backend.common.global_state.get_global_attribute(
        "current_call_ctx"
    )
    if distillation is None or context is None:
        return
    trainer = context.entry_layer
    if not isinstance(trainer, distillation.Distiller):
        return
    # A subclass that overrides `compute_loss` is not checked.
    stock = distillation.Distiller.compute_loss
    if trainer.student is not model or type(trainer).compute_loss != stock:
        return
    loss = getattr(trainer, "_student_loss", model.loss)
    if loss != model.loss or trainer.student_loss_weight == 0.0:
        raise ValueError(
            "`loss` must be the objective of the student, or its "
            "bottleneck is not trained: compile the `Distiller` with "
            "`loss=student.loss`, and give it a `student_loss_weight` "
            f"above 0. Received: loss={loss!r}, student_loss_weight="
            f"{trainer.student_loss_weight!r}"
        )
