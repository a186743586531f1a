"""Loops of a user's own: Keras's guides run on a `CEBModel` as written."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb import schedules
from keras_ceb._src.training import forward_pass
from tests import toy

ANNEAL = schedules.Anneal(1.0, 4, start=5.0, interpolate="rho")
JUMP = schedules.JumpStart(
    1.0, 4, threshold=0.01, warmup_epochs=0, start=5.0, plateau=5.0
)


def number(variable):
    return float(ops.convert_to_numpy(ops.convert_to_tensor(variable)))


def in_tensorflow(base):
    """The `train_step` of Keras's guide for TensorFlow."""
    import tensorflow as tf

    class CustomModel(base):
        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compute_loss(y=y, y_pred=y_pred)
            trainable_vars = self.trainable_variables
            gradients = tape.gradient(loss, trainable_vars)
            self.optimizer.apply(gradients, trainable_vars)
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
                else:
                    metric.update_state(y, y_pred)
            return {m.name: m.result() for m in self.metrics}

        def test_step(self, data):
            x, y = data
            y_pred = self(x, training=False)
            loss = self.compute_loss(y=y, y_pred=y_pred)
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
                else:
                    metric.update_state(y, y_pred)
            return {m.name: m.result() for m in self.metrics}

    return CustomModel


def in_jax(base):
    """The `train_step` of Keras's guide for JAX."""
    import jax

    class CustomModel(base):
        def compute_loss_and_updates(
            self,
            trainable_variables,
            non_trainable_variables,
            x,
            y,
            training=False,
        ):
            y_pred, non_trainable_variables = self.stateless_call(
                trainable_variables,
                non_trainable_variables,
                x,
                training=training,
            )
            loss = self.compute_loss(x, y, y_pred)
            return loss, (y_pred, non_trainable_variables)

        def updated(self, metrics_variables, y, y_pred, loss):
            variables, logs = [], {}
            for metric in self.metrics:
                start = len(variables)
                these = metrics_variables[start : start + len(metric.variables)]
                given = (loss,) if metric.name == "loss" else (y, y_pred)
                these = metric.stateless_update_state(these, *given)
                logs[metric.name] = metric.stateless_result(these)
                variables += these
            return logs, variables

        def train_step(self, state, data):
            trainable, non_trainable, optimizer, metrics = state
            x, y = data
            grad_fn = jax.value_and_grad(
                self.compute_loss_and_updates, has_aux=True
            )
            (loss, (y_pred, non_trainable)), grads = grad_fn(
                trainable, non_trainable, x, y, training=True
            )
            trainable, optimizer = self.optimizer.stateless_apply(
                optimizer, grads, trainable
            )
            logs, metrics = self.updated(metrics, y, y_pred, loss)
            return logs, (trainable, non_trainable, optimizer, metrics)

        def test_step(self, state, data):
            trainable, non_trainable, metrics = state
            x, y = data
            y_pred, non_trainable = self.stateless_call(
                trainable, non_trainable, x, training=False
            )
            loss = self.compute_loss(x, y, y_pred)
            logs, metrics = self.updated(metrics, y, y_pred, loss)
            return logs, (trainable, non_trainable, metrics)

    return CustomModel


def in_torch(base):
    """The `train_step` of Keras's guide for PyTorch."""
    import torch

    class CustomModel(base):
        def updated(self, y, y_pred, loss):
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
                else:
                    metric.update_state(y, y_pred)
            return {m.name: m.result() for m in self.metrics}

        def train_step(self, data):
            x, y = data
            self.zero_grad()
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
            loss.backward()
            trainable_weights = [v for v in self.trainable_weights]
            gradients = [v.value.grad for v in trainable_weights]
            with torch.no_grad():
                self.optimizer.apply(gradients, trainable_weights)
            return self.updated(y, y_pred, loss)

        def test_step(self, data):
            x, y = data
            y_pred = self(x, training=False)
            loss = self.compute_loss(y=y, y_pred=y_pred)
            return self.updated(y, y_pred, loss)

    return CustomModel


def guide(model):
    """The same model with the guide's steps."""
    makers = {"jax": in_jax, "tensorflow": in_tensorflow, "torch": in_torch}
    model.__class__ = makers[keras.config.backend()](type(model))
    return model


@pytest.mark.parametrize(
    "schedule,classifier", [(ANNEAL, "consistent"), (JUMP, "linear")]
)
def test_the_guides_train_step_trains_as_fit_does(schedule, classifier):
    x, y = toy.data(16)
    models = [toy.model(schedule, classifier=classifier) for _ in range(2)]
    guide(models[1])
    options = {"batch_size": 4, "shuffle": False, "verbose": 0}
    for model in models:
        model.fit(x, y, epochs=3, validation_data=(x, y), **options)
        assert number(model.rho_step) == 12
        assert number(model.current_rho) == 1.0
    for one, other in zip(models[0].weights, models[1].weights, strict=True):
        np.testing.assert_allclose(
            ops.convert_to_numpy(one.value),
            ops.convert_to_numpy(other.value),
            atol=1e-6,
            err_msg=one.path,
        )


@pytest.mark.parametrize("schedule", [ANNEAL, JUMP], ids=["anneal", "jump"])
def test_a_loop_around_gradient_tape(schedule):
    tf = pytest.importorskip("tensorflow")
    if keras.config.backend() != "tensorflow":
        pytest.skip("a loop in TensorFlow")
    x, y = toy.data(16)
    model = toy.model(schedule, compile=False)
    optimizer = keras.optimizers.SGD(0.1)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            y_pred = model(x, training=True)
            loss = model.compute_loss(x=x, y=y, y_pred=y_pred)
        weights = model.trainable_weights
        optimizer.apply(tape.gradient(loss, weights), weights)
        return loss

    rhos = []
    for _ in range(6):
        step(tf.constant(x), tf.constant(y))
        rhos.append(number(model.current_rho))
    if schedule is ANNEAL:
        np.testing.assert_allclose(rhos, [5, 4, 3, 2, 1, 1])
    assert rhos[-1] == 1.0


def test_stateless_compute_loss_moves_rho():
    x, y = toy.data(8)
    model = toy.model(ANNEAL, compile=False)
    trainable = [v.value for v in model.trainable_variables]
    state = [v.value for v in model.non_trainable_variables]
    metrics = [v.value for v in model.metrics_variables]
    index = [v.path for v in model.non_trainable_variables].index(
        model.current_rho.path
    )
    rhos = []
    for _ in range(3):
        y_pred, state = model.stateless_call(trainable, state, x, training=True)
        _, (_, state, metrics) = model.stateless_compute_loss(
            trainable, state, metrics, x=x, y=y, y_pred=y_pred
        )
        rhos.append(float(state[index]))
    np.testing.assert_allclose(rhos, [5.0, 4.0, 3.0])
    # The variables are those from before.
    assert number(model.current_rho) == 5.0


def test_the_loss_is_that_of_the_forward_pass_that_was_given():
    x, y = toy.data(8)
    model = toy.model(0.5)
    logits = model(x, training=True)
    noise = forward_pass.recall(logits).noise
    encoded = model.forward_pass(x, training=True)
    assert not np.allclose(encoded.noise, noise)
    for y_pred, eps in ((logits, noise), (encoded, encoded.noise)):
        mean = ops.convert_to_numpy(encoded.mean)
        mu = ops.convert_to_numpy(model.marginal.means)[y]
        eps = ops.convert_to_numpy(eps)
        rex = 0.5 * np.sum((mean - mu) * (mean - mu + 2 * eps), -1)
        given = y_pred.logits if isinstance(y_pred, tuple) else y_pred
        hyz = keras.losses.sparse_categorical_crossentropy(
            y, given, from_logits=True
        )
        expected = np.mean(ops.convert_to_numpy(hyz) + np.exp(-0.5) * rex)
        loss = model.compute_loss(x=x, y=y, y_pred=y_pred)
        assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_two_forward_passes_before_their_losses():
    x, y = toy.data(8)
    model = toy.model(0.5)
    first, second = model(x, training=True), model(x, training=True)
    one, two, again = (
        float(model.compute_loss(x=x, y=y, y_pred=y_pred))
        for y_pred in (first, second, first)
    )
    assert one == again != two


def test_logits_of_unknown_origin_are_refused():
    x, y = toy.data(8)
    model = toy.model()
    logits = model(x, training=True)
    for y_pred in (logits * 1.0, np.zeros((8, 3), "float32")):
        with pytest.raises(ValueError, match="`y_pred` must be the tensor"):
            model.compute_loss(x=x, y=y, y_pred=y_pred)
    # The baseline needs nothing but logits.
    baseline = toy.model(objective="xent")
    loss = baseline.compute_loss(y=y, y_pred=np.zeros((8, 3), "float32"))
    assert float(loss) == pytest.approx(np.log(3), rel=1e-6)


def test_a_loss_in_evaluation_does_not_move_rho():
    x, y = toy.data(8)
    model = toy.model(ANNEAL)
    model.compute_loss(x=x, y=y, y_pred=model(x, training=False))
    model.compute_loss(x=x, y=y, training=False)
    model(x, training=True)
    assert number(model.rho_step) == 0
    model.compute_loss(x=x, y=y)
    assert number(model.rho_step) == 1


def test_forgotten_passes_are_not_kept():
    x, _ = toy.data(8)
    model = keras_ceb.wrap(toy.backbone(), 3)
    for _ in range(40):
        model(x)
    assert len(forward_pass._passes) <= 16
