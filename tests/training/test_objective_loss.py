"""Tools of Keras that want to see a loss, or to call one."""

import keras
import numpy as np
import pytest

import keras_ceb
from keras_ceb import schedules
from keras_ceb._src.training.objective_loss import ObjectiveLoss
from tests import toy

distillation = pytest.mark.skipif(
    not hasattr(keras, "distillation"), reason="needs Keras 3.12"
)


@pytest.mark.parametrize("objective", ["ceb", "vib", "xent"])
def test_loss_is_the_objective_of_this_model(objective):
    model = toy.model(objective=objective)
    assert model.loss == ObjectiveLoss(model)
    assert hash(model.loss) == hash(ObjectiveLoss(model))
    assert model.loss != toy.model(objective=objective).loss
    assert objective in repr(model.loss) and model.name in repr(model.loss)
    # The recipe that compiles a model anew with what it had.
    model.compile("sgd", loss=model.loss, metrics=["accuracy"])
    for other in ("mse", toy.model().loss, ["mse"], {"a": "mse"}):
        with pytest.raises(ValueError, match="`loss` must not be given"):
            model.compile("sgd", loss=other)


def test_files_hold_no_loss(tmp_path):
    model = toy.model()
    assert model.get_compile_config()["loss"] is None
    model.save(tmp_path / "model.keras")
    revived = keras.models.load_model(tmp_path / "model.keras")
    assert revived.compiled
    assert revived.loss == ObjectiveLoss(revived)
    assert keras.models.clone_model(model).compiled


def test_an_estimator_of_scikit_learn():
    sklearn = pytest.importorskip("sklearn")
    x, y = toy.data(64)
    names = np.array(["ant", "bee", "cat"])[y]
    model = toy.model(1.0, optimizer=keras.optimizers.Adam(0.05))
    start = model.get_weights()
    classifier = keras.wrappers.SKLearnClassifier(
        model, fit_kwargs={"epochs": 10, "verbose": 0}
    )
    classifier.fit(x, names)
    assert set(classifier.predict(x)) <= set(names)
    assert classifier.score(x, names) > 0.95
    # It trained a model of its own, with the bottleneck.
    for before, after in zip(start, model.get_weights(), strict=True):
        np.testing.assert_array_equal(after, before)
    history = classifier.history_.history
    assert history["rex"][-1] < history["rex"][0]
    assert sklearn.base.clone(classifier).model is model


@pytest.mark.slow
def test_a_grid_search_of_scikit_learn():
    model_selection = pytest.importorskip("sklearn.model_selection")

    def build(X, y, rho):
        model = toy.model(rho)
        model.compile(keras.optimizers.Adam(0.05))
        return model

    search = model_selection.GridSearchCV(
        keras.wrappers.SKLearnClassifier(build, model_kwargs={"rho": 1.0}),
        {"model_kwargs": [{"rho": 0.0}, {"rho": 4.0}]},
        cv=2,
        error_score="raise",
    )
    search.fit(*toy.data(60), epochs=20, verbose=0)
    assert search.best_score_ > 0.8
    assert search.best_estimator_.model_.rho.rho in (0.0, 4.0)


def distiller(student, loss, student_loss_weight=0.5, cls=None):
    teacher = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(toy.NUM_CLASSES)]
    )
    model = (cls or keras.distillation.Distiller)(
        teacher,
        student,
        keras.distillation.LogitsDistillation(),
        student_loss_weight=student_loss_weight,
    )
    model.compile(keras.optimizers.SGD(0.1), loss=loss)
    return model


@distillation
def test_a_distiller_trains_the_student_with_its_objective():
    x, y = toy.data(12)
    schedule = schedules.Anneal(2.0, steps=4, start=4.0)
    student = toy.switch_off_noise(toy.model(schedule, compile=False))
    model = distiller(student, student.loss, student_loss_weight=1.0)
    # With all of the weight on the student's loss: its own training.
    alone = toy.switch_off_noise(toy.model(schedule, optimizer="sgd"))
    alone.compile(keras.optimizers.SGD(0.1))
    alone.set_weights(student.get_weights())
    model.fit(x, y, 12, epochs=3, shuffle=False, verbose=0)
    alone.fit(x, y, 12, epochs=3, shuffle=False, verbose=0)
    for actual, expected in zip(
        student.get_weights(), alone.get_weights(), strict=True
    ):
        np.testing.assert_allclose(actual, expected, atol=1e-6)
    reached = float(student.current_rho)
    assert 2.0 < reached < 4.0 and reached == float(alone.current_rho)
    model.evaluate(x, y, verbose=0)
    assert float(student.current_rho) == reached


@distillation
@pytest.mark.parametrize(
    "options",
    [
        {"loss": "sparse_categorical_crossentropy"},
        {"loss": keras.losses.SparseCategoricalCrossentropy()},
        {"loss": "own", "student_loss_weight": 0.0},
    ],
    ids=["name", "object", "no weight"],
)
def test_a_distiller_without_the_objective_is_refused(options):
    x, y = toy.data(12)
    student = toy.model(compile=False)
    if options["loss"] == "own":
        options = {**options, "loss": student.loss}
    start = student.get_weights()
    model = distiller(student, **options)
    with pytest.raises(ValueError, match=r"loss=student\.loss.*Received: loss"):
        model.fit(x, y, verbose=0)
    for before, after in zip(start, student.get_weights(), strict=True):
        np.testing.assert_array_equal(after, before)


@distillation
def test_predictions_of_a_distiller_need_no_loss():
    x, _ = toy.data(12)
    student = toy.model(compile=False)
    model = keras.distillation.Distiller(
        toy.model(), student, keras.distillation.LogitsDistillation()
    )
    np.testing.assert_allclose(
        model.predict(x, verbose=0), student.predict(x, verbose=0), rtol=1e-5
    )


@distillation
def test_a_teacher_may_have_a_bottleneck():
    x, y = toy.data(12)
    student = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(toy.NUM_CLASSES)]
    )
    teacher = toy.model(compile=False)
    model = keras.distillation.Distiller(
        teacher, student, keras.distillation.LogitsDistillation()
    )
    model.compile("sgd", loss=keras.losses.SparseCategoricalCrossentropy(True))
    history = model.fit(x, y, verbose=0).history
    assert np.isfinite(history["loss"]).all()


@distillation
def test_a_distiller_with_a_loss_of_its_own_goes_on():
    class Distiller(keras.distillation.Distiller):
        def compute_loss(self, x, y, y_pred, *args, **kwargs):
            return keras.ops.mean(y_pred)

    x, y = toy.data(12)
    student = toy.model(compile=False)
    model = distiller(student, "mse", cls=Distiller)
    model.fit(x, y, verbose=0)


def test_public_models_have_it():
    model = keras_ceb.wrap(toy.backbone(), 3)
    assert isinstance(model.loss, ObjectiveLoss)


def test_fit_leaves_no_training_mode_behind():
    # On JAX, Keras traces the model outside of a call.
    x, y = toy.data()
    backbone = keras.Sequential(
        [keras.Input((5,)), keras.layers.BatchNormalization()]
    )
    model = keras_ceb.wrap(backbone, 3, seed=0)
    model.compile("sgd")
    model.fit(x, y, verbose=0)
    expected = keras.ops.convert_to_numpy(model(x, training=False))
    found = keras.ops.convert_to_numpy(model(x))
    np.testing.assert_array_equal(found, expected)
