"""What users give to `fit`, right and wrong."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from tests import toy
from tests.streams import STREAMS
from tests.streams import Batches
from tests.streams import stream


@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize("weights", [False, True])
def test_streams(kind, weights):
    x, y = toy.data(10)
    arrays = (x, y, np.ones(10, "float32")) if weights else (x, y)
    model = toy.model(eagerly=weights)
    history = model.fit(
        stream(kind, *arrays),
        validation_data=Batches(*arrays),
        steps_per_epoch=3,
        verbose=0,
    ).history
    assert np.isfinite(history["loss"] + history["val_loss"]).all()


@pytest.mark.parametrize(
    "target",
    ["column", "uint8", "one-hot", "smooth", "mixup"],
)
def test_labels(target):
    x, y = toy.data(8)
    one_hot = np.eye(3, dtype="float32")[y]
    labels = {
        "column": y[:, None],
        "uint8": y.astype("uint8"),
        "one-hot": one_hot,
        "smooth": 0.9 * one_hot + 0.1 / 3,
        "mixup": 0.7 * one_hot + 0.3 * one_hot[::-1],
    }[target]
    model = toy.model(eagerly=target in ("uint8", "smooth"))
    history = model.fit(
        x, labels, validation_data=(x, labels), verbose=0
    ).history
    assert np.isfinite(history["loss"] + history["val_accuracy"]).all()


def test_one_hot_labels_take_the_step_of_integers():
    x, y = toy.data(8)
    weights = []
    for labels in (y, np.eye(3, dtype="float32")[y]):
        model = toy.switch_off_noise(toy.model())
        model.fit(x, labels, epochs=2, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_validation_split():
    x, y = toy.data(10)
    model = toy.model(eagerly=True)
    history = model.fit(x, y, validation_split=0.2, verbose=0).history
    assert "val_rex" in history


def test_callbacks_on_val_accuracy(tmp_path):
    x, y = toy.data(30)
    path = tmp_path / "best.keras"
    callbacks = [
        keras.callbacks.EarlyStopping("val_accuracy", patience=1),
        keras.callbacks.ModelCheckpoint(
            path, monitor="val_accuracy", save_best_only=True
        ),
    ]
    model = toy.model(optimizer=keras.optimizers.SGD(0.0), eagerly=True)
    history = model.fit(
        x, y, validation_data=(x, y), epochs=9, callbacks=callbacks, verbose=0
    ).history
    assert len(history["loss"]) == 2
    revived = keras.models.load_model(path)
    np.testing.assert_array_equal(
        revived.predict(x, verbose=0), model.predict(x, verbose=0)
    )


@pytest.mark.tf_only
def test_tensorboard(tmp_path):
    # TensorFlow 2.21 does not bring it any more.
    pytest.importorskip("tensorboard")
    x, y = toy.data()
    toy.model().fit(
        x,
        y,
        validation_data=(x, y),
        callbacks=[keras.callbacks.TensorBoard(tmp_path)],
        verbose=0,
    )
    for part in ("train", "validation"):
        (file,) = (tmp_path / part).glob("events*")
        content = file.read_bytes()
        for name in (b"epoch_hyz", b"epoch_rex", b"epoch_rho"):
            assert name in content


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(policy):
    keras.mixed_precision.set_dtype_policy(policy)
    x, y = toy.data(256)
    backbone = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(64, activation="relu")]
    )
    model = keras_ceb.wrap(backbone, 3, rho=3.0, seed=0)
    model.compile(keras.optimizers.Adam(0.01), metrics=["accuracy"])
    scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (policy == "mixed_float16")
    assert ops.convert_to_numpy(model.encode(x)).dtype == np.float32
    history = model.fit(x, y, epochs=6, verbose=0).history
    assert history["accuracy"][-1] > 0.9
    assert np.isfinite(history["loss"]).all()
    assert all(w.dtype in ("float32", "int32") for w in model.weights)
    assert model.predict(x, verbose=0).dtype == np.float32


@pytest.mark.parametrize("covariance", ["unit", "diagonal"])
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_residual_information_is_float32_under_mixed_precision(
    policy, covariance
):
    # The features are half precision, what is computed from them is not.
    keras.mixed_precision.set_dtype_policy(policy)
    x, y = toy.data(64)
    # Learned variances start at 1.
    model = keras_ceb.wrap(toy.backbone(512), 3, covariance=covariance, seed=0)
    model.compile("sgd")
    f = ops.convert_to_numpy(ops.cast(model.backbone(x), "float32"))
    mu = model.marginal.get_weights()[0][y]
    expected = 0.5 * np.sum((f.astype("float64") - mu) ** 2, -1)
    np.testing.assert_allclose(
        ops.convert_to_numpy(model.residual_information(x, y)),
        expected,
        rtol=1e-5,
    )
