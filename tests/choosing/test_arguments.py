import numpy as np
import pytest

import keras_ceb
from tests import toy

DATA = toy.data(12)


def build(rho, **options):
    return toy.model(rho=rho, eagerly=True, **options)


def refuse(rho):
    raise AssertionError("a model is built")


@pytest.mark.parametrize(
    "options,error,message",
    [
        ({"rhos": (1, 3, 2)}, ValueError, "`rhos` must be in descending"),
        ({"rhos": (0, 1)}, ValueError, "`rhos` must be in descending"),
        ({"rhos": (3, 3, 1)}, ValueError, "`rhos`.*none of them repeated"),
        ({"rhos": (3, np.nan)}, ValueError, "`rhos` must be a finite"),
        ({"rhos": (np.inf, 1)}, ValueError, "`rhos` must be a finite"),
        ({"rhos": ("3", 1)}, TypeError, "`rhos` must be a number"),
        ({"rhos": ()}, ValueError, "`rhos` must hold at least one"),
        ({"rhos": 3.0}, TypeError, "`rhos` must be a sequence"),
        ({"rhos": "321"}, TypeError, "`rhos` must be a sequence"),
        ({"seeds": 3}, TypeError, "`seeds` must be a sequence"),
        ({"seeds": ()}, TypeError, "`seeds` must be a sequence"),
        ({"seeds": (1, 1)}, ValueError, "`seeds` must differ"),
        ({"seeds": (0.5,)}, TypeError, "`seeds` must be an integer"),
        ({"fit": 3}, TypeError, "`fit` must map names"),
        ({"fit": {"x": 1}}, ValueError, "`fit` must not hold x"),
        ({"train": iter([DATA])}, TypeError, "`train` must be arrays"),
        ({"validation": None}, TypeError, "`validation` must be arrays"),
        ({"validation": DATA[:1]}, ValueError, r"`validation`.*\(x, y\)"),
        ({"build": None}, TypeError, "`build` must be a function"),
        ({"checkpoint_dir": 3}, TypeError, "`checkpoint_dir` must be"),
    ],
)
def test_refused_before_a_model_is_built(options, error, message):
    options = {"train": DATA, "validation": DATA, "build": refuse, **options}
    with pytest.raises(error, match=message) as raised:
        keras_ceb.choose_rho(**options)
    assert "Received" in str(raised.value)


def uncompiled(rho):
    return toy.model(rho=rho, compile=False)


def without_accuracy(rho):
    model = uncompiled(rho)
    model.compile("sgd", run_eagerly=True)
    return model


@pytest.mark.parametrize(
    "function,error,message",
    [
        (lambda rho: toy.backbone(), TypeError, "must return a `CEBModel`"),
        (
            lambda rho: build(rho, objective="xent"),
            ValueError,
            "objective='ceb'.*Received: objective='xent'",
        ),
        (
            lambda rho: build(rho, objective="vib"),
            ValueError,
            "objective='ceb'.*Received: objective='vib'",
        ),
        (lambda rho: build(2.0), ValueError, r"rho.*build\(3\) with rho=2"),
        (uncompiled, ValueError, "must return a compiled model"),
        (without_accuracy, ValueError, r"metrics=\['accuracy'\].*hyz, loss"),
    ],
)
def test_models_that_are_refused(function, error, message, monkeypatch):
    monkeypatch.setattr(keras_ceb.CEBModel, "fit", refuse)
    with pytest.raises(error, match=message) as raised:
        keras_ceb.choose_rho(function, DATA, DATA, (3.0,))
    assert str(raised.value).startswith("`build` must")
