"""Metrics for labels of either form."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import log_softmax

from keras_ceb._src.training import metrics
from tests import toy

FORMS = {
    "integers": lambda y: y,
    "column": lambda y: y[:, None],
    "one-hot": lambda y: np.eye(3, dtype="float32")[y],
    "smoothed": lambda y: (0.9 * np.eye(3)[y] + 0.1 / 3).astype("float32"),
}


@pytest.mark.parametrize(
    "metric,eagerly",
    [("accuracy", False), ("acc", True), ("crossentropy", True), ("ce", False)],
)
def test_strings_take_labels_of_one_form_after_the_other(metric, eagerly):
    x, y = toy.data(30)
    y[:6] = (y[:6] + 1) % 3
    model = toy.model(compile=False)
    model.compile(
        keras.optimizers.SGD(0.0), metrics=[metric], run_eagerly=eagerly
    )
    log = log_softmax(model.predict(x, verbose=0).astype("float64"), -1)
    for name, form in FORMS.items():
        targets = np.eye(3)[y] if name != "smoothed" else form(y)
        expected = np.mean(log.argmax(-1) == y)
        if metric in ("crossentropy", "ce"):
            expected = np.mean(-np.sum(targets * log, -1))
        logs = model.evaluate(x, form(y), verbose=0, return_dict=True)
        assert logs[metric] == pytest.approx(expected, rel=1e-5), name


@pytest.mark.parametrize(
    "train,validate,eagerly",
    [
        ("integers", "one-hot", False),
        ("one-hot", "integers", False),
        ("smoothed", "column", True),
        ("column", "integers", True),
    ],
)
def test_fit_on_one_form_and_validate_on_another(train, validate, eagerly):
    x, y = toy.data(64)
    model = toy.model(compile=False)
    model.compile(
        keras.optimizers.Adam(0.05),
        metrics=["accuracy"],
        weighted_metrics=["accuracy"],
        run_eagerly=eagerly,
    )
    history = model.fit(
        x,
        FORMS[train](y),
        validation_data=(x, FORMS[validate](y)),
        epochs=3,
        verbose=0,
    ).history
    right = np.mean(model.predict(x, verbose=0).argmax(-1) == y)
    assert history["val_accuracy"][-1] == pytest.approx(right)


@pytest.mark.parametrize(
    "metric,form",
    [
        (keras.metrics.SparseCategoricalAccuracy(), "one-hot"),
        (keras.metrics.SparseTopKCategoricalAccuracy(2), "smoothed"),
        ("sparse_categorical_accuracy", "one-hot"),
        (keras.metrics.CategoricalAccuracy(), "integers"),
        (keras.metrics.CategoricalCrossentropy(from_logits=True), "integers"),
        (keras.metrics.TopKCategoricalAccuracy(2), "column"),
    ],
)
@pytest.mark.parametrize("method", ["fit", "evaluate"])
def test_metrics_for_the_other_form_are_refused(metric, form, method):
    x, y = toy.data()
    model = toy.model(compile=False)
    model.compile("sgd", metrics=[metric], run_eagerly=method == "evaluate")
    with pytest.raises(ValueError, match="`metrics` must fit .*Received"):
        getattr(model, method)(x, FORMS[form](y), verbose=0)


def test_metrics_for_the_right_form_are_taken():
    x, y = toy.data(30)
    for metric, form in (
        (keras.metrics.SparseTopKCategoricalAccuracy(2), "integers"),
        (keras.metrics.TopKCategoricalAccuracy(2), "one-hot"),
    ):
        model = toy.model(compile=False)
        model.compile("sgd", metrics=[metric], run_eagerly=True)
        logits = model.predict(x, verbose=0)
        best = np.argsort(logits, -1)[:, -2:]
        logs = model.evaluate(x, FORMS[form](y), verbose=0, return_dict=True)
        assert logs[metric.name] == pytest.approx(
            np.mean(np.any(best == y[:, None], -1))
        )


def test_resolved_metrics_are_saved(tmp_path):
    x, y = toy.data()
    model = toy.model(eagerly=True)
    model.fit(x, FORMS["one-hot"](y), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    one, other = (
        m.evaluate(x, y, verbose=0, return_dict=True) for m in (model, loaded)
    )
    assert one == pytest.approx(other, rel=1e-6)


def test_a_tracked_metric_takes_no_other_updates():
    mean = metrics.TrackedMean(name="mean")
    mean.track(np.array([1.0, 3.0]))
    mean.update_state(np.array([7.0]), np.array([7.0]))
    assert float(ops.convert_to_numpy(mean.result())) == 2.0


def test_a_tracked_value_comes_back():
    metric = metrics.Latest(name="rho")
    metric.track(ops.convert_to_tensor(2.5))
    assert float(metric.result()) == 2.5


def test_files_name_the_metrics():
    for kind in (metrics.ClassAccuracy, metrics.ClassCrossentropy):
        name = f"keras_ceb>{kind.__name__}"
        assert keras.saving.get_registered_object(name) is kind


def test_the_error_names_the_form_of_the_labels_and_the_right_one():
    integers, one_hot = np.int32([0, 1]), np.eye(2, dtype="float32")
    for kind, targets, text in (
        (
            keras.metrics.CategoricalAccuracy,
            integers,
            "labels that are target probabilities.*that are integers$",
        ),
        (
            keras.metrics.SparseCategoricalAccuracy,
            one_hot,
            "labels that are integers.*that are target probabilities$",
        ),
    ):
        with pytest.raises(ValueError, match=text):
            metrics.check_form([kind], ops.convert_to_tensor(targets))
