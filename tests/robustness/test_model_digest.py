"""Results of one model are never taken for those of another."""

import keras
import numpy as np
import pytest

import keras_ceb
from keras_ceb._src.robustness.model_digest import check_same_model
from keras_ceb._src.robustness.model_digest import model_digest
from keras_ceb.robustness import minimal_distance
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness import robust_accuracy_curve
from keras_ceb.robustness.attacks import DDN
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.certify import RandomizedSmoothing

X = np.linspace(0, 1, 8, dtype="float32")[:, None]
Y = (X[:, 0] > 0.5).astype("int32")


def made(weight=1.0, scale=1.0):
    """`[batch, 2]` logits, the second of which crosses the first at 0.5."""
    model = keras.Sequential(
        [
            keras.Input((1,)),
            keras.layers.Rescaling(scale),
            keras.layers.Dense(2),
        ]
    )
    weights = [np.float32([[0, weight]]), np.float32([0.5 * weight, 0])]
    model.set_weights(weights)
    return model


def test_what_it_depends_on(tmp_path):
    known = model_digest(made())
    assert model_digest(made()) == known
    assert model_digest(made(weight=2.0)) != known
    assert model_digest(made(scale=2.0)) != known
    model = made()
    model.compile("sgd", "mse")
    assert model_digest(model) == known
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert model_digest(again) == known


def test_of_a_model_within_a_model():
    model = keras_ceb.wrap(made(), 2)
    model(X)
    known = model_digest(model)
    model.compile("sgd")
    assert model_digest(model) == known
    model.backbone.compile("sgd", "mse")
    assert model_digest(model) == known


def test_models_without_a_configuration_are_told_apart_by_weights():
    class Own(keras.Model):
        def __init__(self, weight):
            super().__init__()
            self.inner = made(weight)

        def call(self, x):
            return self.inner(x)

        def get_config(self):
            raise NotImplementedError

    assert model_digest(Own(1.0)) == model_digest(Own(1.0))
    assert model_digest(Own(1.0)) != model_digest(Own(2.0))


def test_files_from_before_name_no_model():
    check_same_model("", "new")
    check_same_model("one", "one")
    with pytest.raises(ValueError, match="`model` must be the one"):
        check_same_model("one", "another")


def run_robust_accuracy(model, folder):
    path = folder / "found.npz"
    return robust_accuracy(
        model, (X, Y), PGD("linf", 0.1, 2), checkpoint=path, verbose=0
    )


def run_curve(model, folder):
    return robust_accuracy_curve(
        model,
        (X, Y),
        PGD("linf", steps=2),
        eps=[0.1, 0.2],
        checkpoint_dir=folder,
        verbose=0,
    )


def run_minimal_distance(model, folder):
    path = folder / "found.npz"
    return minimal_distance(
        model, (X, Y), DDN(steps=2), checkpoint=path, verbose=0
    )


def run_smoothing(model, folder):
    smoothing = RandomizedSmoothing(0.1, n0=4, n=8)
    path = folder / "found.npz"
    return smoothing.certify(model, (X, Y), checkpoint=path, verbose=0)


@pytest.mark.parametrize(
    "run",
    [run_robust_accuracy, run_curve, run_minimal_distance, run_smoothing],
)
def test_another_model_is_an_error(run, tmp_path):
    run(made(), tmp_path)
    # The same model, whether or not it is compiled.
    model = made()
    model.compile("sgd", "mse")
    run(model, tmp_path)
    with pytest.raises(ValueError, match="`model` must be the one.*weights"):
        run(made(weight=2.0), tmp_path)
