"""Where a cast to integers cuts the gradient off, no attack is measured."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import audit
from keras_ceb.robustness import evaluate_robustness
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD

X = np.arange(16, dtype="uint8").reshape(4, 4)
Y = np.array([0, 1, 0, 1])


class CastInCall(keras.Model):
    def __init__(self, dtype="uint8"):
        super().__init__()
        self.dense = keras.layers.Dense(2)
        self.cast_to = dtype

    def call(self, x):
        return self.dense(ops.cast(ops.cast(x, self.cast_to), "float32"))


def cast_operation():
    inputs = keras.Input((4,))
    whole = ops.cast(ops.cast(inputs, "int32"), "float32")
    return keras.Model(inputs, keras.layers.Dense(2)(whole))


def tokens(dtype="int32"):
    inputs = keras.Input((4,), dtype=dtype)
    vectors = keras.layers.Embedding(256, 3)(inputs)
    flat = keras.layers.Flatten()(vectors)
    return keras.Model(inputs, keras.layers.Dense(2)(flat))


def wrapped_tokens():
    inputs = keras.Input((4,), dtype="int32")
    vectors = keras.layers.Embedding(256, 3)(inputs)
    return keras_ceb.wrap(keras.Model(inputs, vectors), 2)


def integer_operation():
    """It works on integers only: there is no float copy."""
    inputs = keras.Input((4,), dtype="int32")
    bits = ops.cast(ops.bitwise_and(inputs, inputs), "float32")
    return keras.Model(inputs, keras.layers.Dense(2)(bits))


MAKERS = (
    CastInCall,
    cast_operation,
    tokens,
    wrapped_tokens,
    integer_operation,
)


@pytest.mark.parametrize("make", MAKERS)
def test_is_refused_before_anything_is_computed(make, monkeypatch):
    def computed(*args, **kwargs):
        raise AssertionError("computed")

    model = make()
    attack = PGD(eps=100.0)
    classifier = Classifier(model, (0, 255))
    name = "keras_ceb._src.robustness.compiled.logits_function"
    monkeypatch.setattr(name, computed)
    message = r"`model` must .*keras.Input\(shape\).*Received"
    for measure in (
        lambda: robust_accuracy(classifier, (X, Y), attack, verbose=0),
        lambda: attack(classifier, X, Y),
        lambda: audit(classifier, (X, Y), eps=100.0),
        lambda: evaluate_robustness(
            classifier, (X, Y), attacks=attack, verbose=0
        ),
    ):
        with pytest.raises(ValueError, match=message):
            measure()


def test_rounding_is_left_to_the_audit(linear):
    # It is no cast: black-box attacks and the audit can measure the model.
    model = linear(np.eye(4)[:, :2])
    inputs = keras.Input((4,))
    rounded = keras.Model(inputs, model(ops.round(inputs)))
    PGD(eps=1.0, steps=1)(Classifier(rounded, (0, 255)), X, Y)


def test_a_straight_through_cast_is_differentiable():
    inputs = keras.Input((4,))
    whole = ops.cast(ops.cast(inputs, "int32"), "float32")
    through = inputs + ops.stop_gradient(whole - inputs)
    model = keras.Model(inputs, keras.layers.Dense(2)(through))
    PGD(eps=1.0, steps=1)(Classifier(model, (0, 255)), X, Y)
