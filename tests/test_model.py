"""`CEBModel` against algebra in NumPy, and its contract with Keras."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import log_softmax
from scipy.special import softmax

import keras_ceb
from keras_ceb import schedules
from tests import toy

RHO = 0.7
RATE = 0.1


def derivation(w, x, targets, eps, objective, classifier):
    """Loss and gradients by hand, float64.

    With f = x K + c, z = f + eps and p = softmax(logits), the gradient of
    the mean of hyz is (p - t)/n at the logits. That of
    rex = (f - m).(f - m + 2 eps)/2 is (f - m + eps)/n at f and its negative
    at m.
    """
    n = len(x)
    f = x @ w["kernel"] + w["bias"]
    z = f + eps
    weight = {"ceb": np.exp(-RHO), "vib": 1 / (1 + np.exp(RHO)), "xent": 0.0}[
        objective
    ]
    if classifier == "linear":
        logits = z @ w["w"] + w["b"]
    else:
        logits = z @ w["mu"].T - 0.5 * np.sum(w["mu"] ** 2, -1)
    hyz = -np.sum(targets * log_softmax(logits, -1), -1)
    g = (softmax(logits, -1) - targets) / n
    grads = {}
    if classifier == "linear":
        grads["w"], grads["b"] = z.T @ g, g.sum(0)
        df = g @ w["w"].T
    else:
        grads["mu"] = g.T @ z - g.sum(0)[:, None] * w["mu"]
        df = g @ w["mu"]
    rex = np.zeros(n)
    if objective != "xent":
        rows = targets if objective == "ceb" else np.ones((n, 1))
        m = rows @ w["mu"]
        rex = 0.5 * np.sum((f - m) * (f - m + 2 * eps), -1)
        slope = weight * (f - m + eps) / n
        df = df + slope
        grads["mu"] = grads.get("mu", 0) - rows.T @ slope
    grads["kernel"], grads["bias"] = x.T @ df, df.sum(0)
    return np.mean(hyz + weight * rex), hyz.mean(), rex.mean(), grads


@pytest.mark.parametrize(
    "objective,classifier",
    [
        ("ceb", "linear"),
        ("ceb", "consistent"),
        ("vib", "linear"),
        ("xent", "linear"),
        ("xent", "consistent"),
    ],
)
@pytest.mark.parametrize("labels", ["integers", "soft"])
def test_one_step_of_sgd_is_the_derivation(objective, classifier, labels):
    x, y = toy.data(8)
    targets = np.eye(3)[y]
    if labels == "soft":
        targets = 0.9 * targets + 0.1 / 3
        y = targets.astype("float32")
    eps = np.random.default_rng(5).normal(size=(8, toy.FEATURES))
    if objective == "xent":
        eps = 0.0 * eps
    model = toy.model(
        RHO,
        objective=objective,
        classifier=classifier,
        optimizer=keras.optimizers.SGD(RATE),
        # Compiled with integers, so that both kinds of steps are compared.
        eagerly=labels == "soft",
    )
    model.encoder.noise = lambda mean: ops.cast(eps, mean.dtype)
    weights = toy.named_weights(model)
    before = toy.values(weights)
    loss, hyz, rex, grads = derivation(
        before, x.astype("float64"), targets, eps, objective, classifier
    )

    logs = model.train_on_batch(x, y, return_dict=True)

    assert logs["loss"] == pytest.approx(loss, rel=1e-5)
    assert logs["hyz"] == pytest.approx(hyz, rel=1e-5)
    if objective != "xent":
        assert logs["rex"] == pytest.approx(rex, rel=1e-5)
    after = toy.values(weights)
    assert set(grads) == set(after)
    for name, grad in grads.items():
        np.testing.assert_allclose(
            (before[name] - after[name]) / RATE, grad, atol=2e-6, err_msg=name
        )


def test_evaluation_is_the_derivation_without_noise():
    x, y = toy.data(8)
    model = toy.model(RHO)
    w = toy.values(toy.named_weights(model))
    loss, hyz, rex, _ = derivation(w, x, np.eye(3)[y], 0.0, "ceb", "linear")
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    # A model that was never trained is at the start of its schedule.
    assert logs["rho"] == pytest.approx(RHO)
    assert logs["loss"] == pytest.approx(loss, rel=1e-5)
    assert logs["hyz"] == pytest.approx(hyz, rel=1e-5)
    assert logs["rex"] == pytest.approx(rex, rel=1e-5)


def test_names_in_the_logs():
    x, y = toy.data()
    history = (
        toy.model(eagerly=True)
        .fit(x, y, validation_data=(x, y), epochs=2, verbose=0)
        .history
    )
    names = {"loss", "accuracy", "hyz", "rex", "rho", "target_loss"}
    assert set(history) == names | {f"val_{name}" for name in names}


def test_names_in_the_logs_of_the_baseline():
    x, y = toy.data()
    model = toy.model(objective="xent", eagerly=True)
    history = model.fit(x, y, verbose=0).history
    assert set(history) == {"loss", "accuracy", "hyz"}


def test_logs_are_right_on_the_first_batch_and_on_an_uneven_last_one():
    x, y = toy.data(10)
    model = toy.switch_off_noise(
        toy.model(RHO, optimizer=keras.optimizers.SGD(0.0))
    )
    w = toy.values(toy.named_weights(model))
    one_hot = np.eye(3)[y]
    record = toy.Record()
    model.fit(x, y, batch_size=8, shuffle=False, callbacks=[record], verbose=0)
    for logs, stop in zip(record.logs, (8, 10), strict=True):
        loss, hyz, rex, _ = derivation(
            w, x[:stop], one_hot[:stop], 0.0, "ceb", "linear"
        )
        assert logs["loss"] == pytest.approx(loss, rel=1e-5)
        assert logs["hyz"] == pytest.approx(hyz, rel=1e-5)
        assert logs["rex"] == pytest.approx(rex, rel=1e-5)
        assert logs["rho"] == pytest.approx(RHO)


def test_loss_is_the_sum_of_its_logged_terms():
    x, y = toy.data(11)
    model = toy.model(RHO, eagerly=True)
    logs = model.fit(
        x, y, batch_size=4, sample_weight=np.linspace(0, 2, 11), verbose=0
    ).history
    assert logs["loss"][0] == pytest.approx(
        logs["hyz"][0] + np.exp(-RHO) * logs["rex"][0], rel=1e-5
    )


@pytest.mark.parametrize("how", ["sample_weight", "class_weight"])
def test_weights_of_examples(how):
    x, y = toy.data(6)
    class_weight = {0: 0.5, 1: 2.0, 2: 0.0}
    weights = np.array([class_weight[label] for label in y], "float32")
    model = toy.switch_off_noise(
        toy.model(
            RHO,
            optimizer=keras.optimizers.SGD(RATE),
            eagerly=how == "class_weight",
        )
    )
    w = toy.values(toy.named_weights(model))
    single = [
        derivation(
            w, x[i : i + 1], np.eye(3)[y[i : i + 1]], 0.0, "ceb", "linear"
        )
        for i in range(6)
    ]
    expected = np.mean([k * s[0] for k, s in zip(weights, single, strict=True)])
    gradient = np.mean(
        [k * s[3]["mu"] for k, s in zip(weights, single, strict=True)], 0
    )
    options = {how: weights if how == "sample_weight" else class_weight}
    logs = model.fit(x, y, batch_size=6, verbose=0, **options).history
    assert logs["loss"][0] == pytest.approx(expected, rel=1e-5)
    after = toy.values(toy.named_weights(model))
    np.testing.assert_allclose(
        (w["mu"] - after["mu"]) / RATE, gradient, atol=2e-6
    )


def test_regularizers_of_the_backbone():
    x, y = toy.data(8)
    backbone = toy.backbone()
    backbone.layers[0].kernel_regularizer = keras.regularizers.L2(0.3)
    backbone.layers[0].kernel.regularizer = keras.regularizers.L2(0.3)
    model = keras_ceb.wrap(backbone, 3, rho=schedules.Constant(RHO), seed=0)
    toy.switch_off_noise(model)
    model.compile(keras.optimizers.SGD(RATE), run_eagerly=True)
    w = toy.values(toy.named_weights(model))
    loss, _, _, grads = derivation(w, x, np.eye(3)[y], 0.0, "ceb", "linear")
    logs = model.train_on_batch(x, y, return_dict=True)
    penalty = 0.3 * np.sum(w["kernel"] ** 2)
    assert logs["loss"] == pytest.approx(loss + penalty, rel=1e-5)
    after = toy.values(toy.named_weights(model))
    np.testing.assert_allclose(
        (w["kernel"] - after["kernel"]) / RATE,
        grads["kernel"] + 0.6 * w["kernel"],
        atol=2e-6,
    )


def test_a_frozen_batch_norm_does_not_move():
    x, y = toy.data(32)
    norm = keras.layers.BatchNormalization()
    backbone = keras.Sequential([keras.Input((5,)), norm])
    model = keras_ceb.wrap(backbone, 3)
    model.compile("sgd")
    backbone.trainable = False
    model.compile("sgd", run_eagerly=True)
    model.fit(x, y, verbose=0)
    np.testing.assert_array_equal(ops.convert_to_numpy(norm.moving_mean), 0.0)
    backbone.trainable = True
    model.compile("sgd", run_eagerly=True)
    model.fit(x, y, verbose=0)
    assert np.abs(ops.convert_to_numpy(norm.moving_mean)).max() > 0


def test_compute_loss_without_a_training_step():
    x, y = toy.data()
    model = toy.model(eagerly=True)
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    loss = model.compute_loss(x, y, training=False)
    assert float(ops.convert_to_numpy(loss)) == pytest.approx(
        logs["loss"], rel=1e-5
    )


def test_loss_in_compile_is_refused():
    with pytest.raises(ValueError, match="`loss` must not be given.*built in"):
        toy.model(compile=False).compile("adam", loss="mse")


@pytest.mark.parametrize("eagerly", [True, False])
@pytest.mark.parametrize(
    "metric",
    ["accuracy", keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    ids=["string", "object"],
)
def test_training_learns(eagerly, metric):
    # Whole batches: another size would be compiled once more.
    x, y = toy.data(256)
    model = toy.model(3.0, compile=False)
    model.compile(
        keras.optimizers.Adam(0.05), metrics=[metric], run_eagerly=eagerly
    )
    history = model.fit(x, y, epochs=3, verbose=0).history
    assert history["accuracy"][-1] > 0.9
    assert model.evaluate(x, y, verbose=0, return_dict=True)["accuracy"] > 0.9


@pytest.mark.slow_on_torch
@pytest.mark.parametrize("one_hot", [False, True])
def test_xla_takes_the_same_step(one_hot):
    x, y = toy.data(8)
    if one_hot:
        y = np.eye(3, dtype="float32")[y]
    models = [toy.model(compile=False) for _ in range(2)]
    for model, jit_compile in zip(models, (True, False), strict=True):
        toy.switch_off_noise(model).compile("sgd", jit_compile=jit_compile)
        model.fit(x, y, epochs=3, verbose=0, shuffle=False)
    for one, other in zip(*(m.get_weights() for m in models), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_summary_before_fit():
    lines = []
    toy.model(compile=False).summary(print_fn=lines.append)
    text = "\n".join(map(str, lines))
    for name in ("backbone", "encoder", "marginal", "classifier"):
        assert name in text
    assert "unbuilt" not in text and "?" not in text


def test_same_seed_same_run():
    x, y = toy.data(64)
    runs = []
    for _ in range(2):
        keras.utils.set_random_seed(3)
        model = toy.model(seed=3, eagerly=True)
        runs.append(model.fit(x, y, epochs=2, verbose=0).history["loss"])
    assert runs[0] == runs[1]
