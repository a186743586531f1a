"""Logits and probabilities are told apart; one output is two classes."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import special

from keras_ceb._src.robustness import outputs
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.outputs import FromLogitsError
from keras_ceb.robustness import audit
from keras_ceb.robustness import evaluate_robustness
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.attacks import Curve
from keras_ceb.robustness.attacks import Square
from keras_ceb.robustness.corruptions import evaluate_corruptions

RNG = np.random.default_rng(0)
X = RNG.random((32, 3)).astype("float32")
Y = X.argmax(axis=1)


class Returns(keras.Model):
    """A model whose structure tells nothing."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def call(self, x):
        return self.function(x)


def softmax_layer(inputs):
    return keras.layers.Softmax()(inputs)


def softmax_activation(inputs):
    return keras.layers.Dense(3, activation="softmax")(inputs)


def activation_layer(inputs):
    return keras.layers.Activation("softmax")(inputs)


def softmax_operation(inputs):
    return ops.softmax(inputs)


def nested_softmax(inputs):
    inner = keras.Input((3,))
    return keras.Model(inner, keras.layers.Softmax()(inner))(inputs)


@pytest.mark.parametrize(
    "end",
    [
        softmax_layer,
        softmax_activation,
        activation_layer,
        softmax_operation,
        nested_softmax,
    ],
)
def test_a_last_softmax_is_seen_before_any_call(end):
    inputs = keras.Input((3,))
    model = keras.Model(inputs, end(inputs))
    with pytest.raises(FromLogitsError, match="`from_logits` must be False"):
        Classifier(model)
    with pytest.raises(FromLogitsError) as caught:
        Classifier(keras.Sequential([keras.Input((3,)), model]))
    assert caught.value.from_logits is False
    Classifier(model, from_logits=False)


@pytest.mark.parametrize("units,cure", [(1, False), (3, None)])
def test_a_last_sigmoid(units, cure):
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(units, activation="sigmoid")]
    )
    with pytest.raises(FromLogitsError) as caught:
        Classifier(model)
    assert caught.value.from_logits is cure


MEASURES = (
    lambda model: Classifier(model).predict(X),
    lambda model: PGD(steps=1)(model, X, Y),
    lambda model: robust_accuracy(model, (X, Y), PGD(steps=1), verbose=0),
    lambda model: evaluate_robustness(model, (X, Y), attacks=[], verbose=0),
    lambda model: audit(model, (X, Y)),
)


@pytest.mark.parametrize("measure", MEASURES)
def test_outputs_that_are_probabilities(measure):
    model = Returns(ops.softmax)
    with pytest.raises(FromLogitsError, match="`from_logits` must be False"):
        measure(model)


@pytest.mark.parametrize("measure", MEASURES[1:])
def test_outputs_that_are_logits(measure):
    model = Classifier(Returns(lambda x: 10 * x - 3), from_logits=False)
    with pytest.raises(FromLogitsError, match="`from_logits` must be True"):
        measure(model)


def test_corruptions_look_at_the_outputs_too():
    x = RNG.random((4, 16, 16, 3)).astype("float32")
    model = Returns(lambda x: ops.softmax(ops.mean(x, axis=(1, 2))))
    with pytest.raises(FromLogitsError, match="must be False"):
        evaluate_corruptions(model, (x, Y[:4]), ["gaussian_noise"], verbose=0)


@pytest.mark.parametrize(
    "rows,from_logits,wrong",
    [
        # A softmax in half precision is no proof of logits.
        (lambda p: p * RNG.uniform(0.997, 1.003, p.shape), False, False),
        (lambda p: p * 1.05, False, True),
        (lambda p: p - 0.2, False, True),
        (lambda p: 5 * np.log(p), False, True),
        (lambda p: p, True, True),
        (lambda p: np.log(p), True, False),
        (lambda p: 0 * p, True, False),
        (lambda p: p * 0.9, True, False),
        (lambda p: np.where(p == p[:1, :1], np.nan, p), True, False),
    ],
)
def test_what_rows_prove(rows, from_logits, wrong):
    p = special.softmax(RNG.normal(size=(64, 10)), axis=1)
    given = rows(p).astype("float32")
    logits = ops.convert_to_numpy(outputs.to_logits(given, from_logits))
    if not wrong:
        outputs.check_outputs(logits, from_logits)
        return
    with pytest.raises(FromLogitsError) as caught:
        outputs.check_outputs(logits, from_logits)
    assert caught.value.from_logits is not from_logits


def test_few_rows_must_be_exact():
    assert not outputs.are_probabilities(np.float32([[0.502, 0.5]]))
    assert outputs.are_probabilities(np.float32([[0.25, 0.75]]))
    assert outputs.are_probabilities(np.float32([[0.502, 0.5]] * 8))
    assert not outputs.are_probabilities(np.float32([[-0.5, 1.5]]))


def test_one_output_is_two_classes_by_hand():
    logit = np.float32([[-2.0], [0.5]])
    p = special.expit(logit)
    two = ops.convert_to_numpy(outputs.to_logits(logit, True))
    np.testing.assert_array_equal(two, [[0, -2], [0, 0.5]])
    by_p = ops.convert_to_numpy(outputs.to_logits(p, False))
    np.testing.assert_allclose(
        by_p, np.log(np.concatenate([1 - p, p], axis=1)), rtol=1e-5
    )
    certain = outputs.to_logits(np.float32([[0.0], [1.0]]), False)
    assert np.isfinite(ops.convert_to_numpy(certain)).all()
    with pytest.raises(FromLogitsError, match="must be True"):
        outputs.check_outputs(
            ops.convert_to_numpy(outputs.to_logits(5 * logit, False)), False
        )


def binary(activation=None, shape=(3,)):
    """Class 1 where the sum of an image is above 1.5 (of 3 numbers)."""
    size = int(np.prod(shape))
    dense = keras.layers.Dense(1, activation=activation)
    model = keras.Sequential(
        [keras.Input(shape), keras.layers.Flatten(), dense]
    )
    kernel = np.full((size, 1), 3 / size, "float32")
    dense.set_weights([kernel, np.float32([-1.5])])
    return model


FORMS = {
    "integers": lambda y: y,
    "floats": lambda y: y.astype("float32"),
    "column": lambda y: y[:, None],
    "float column": lambda y: y[:, None].astype("float32"),
    "one-hot": lambda y: np.eye(2)[y],
    "booleans": lambda y: y.astype(bool),
    "list": lambda y: y.tolist(),
}


@pytest.mark.parametrize("activation", [None, "sigmoid"])
def test_a_binary_head_is_attacked_as_two_classes(activation):
    model = binary(activation)
    # In the middle of the range the whole ball is allowed.
    x = 0.2 + 0.6 * X
    f = x.astype("float64").sum(axis=1) - 1.5
    y = (f > 0).astype("int32")
    attack = PGD(eps=0.1, steps=3, random_start=False)
    classifier = Classifier(model, from_logits=activation is None)
    for form in FORMS.values():
        result = robust_accuracy(classifier, (x, form(y)), attack, verbose=0)
        assert result.clean_accuracy == 1
        np.testing.assert_array_equal(result.robust, np.abs(f) > 0.3)


@pytest.mark.slow_on_jax
def test_a_binary_head_in_a_whole_evaluation():
    shape = (16, 16, 3)
    x = RNG.uniform(0.3, 0.7, (24, 1, 1, 1)) + np.zeros((24, *shape))
    x = x.astype("float32")
    f = 3 * x.mean(axis=(1, 2, 3), dtype="float64") - 1.5
    y = (f > 0).astype("float32")[:, None]
    report = evaluate_robustness(
        Classifier(binary("sigmoid", shape), from_logits=False),
        (x, y),
        attacks=[
            AutoAttack(eps=0.25),
            Square("linf", 0.01, 5),
            Curve("linf", [0.05]),
        ],
        corruptions=["brightness"],
        audit=False,
        verbose=0,
    )
    stands = np.abs(f) > 3 * 0.05
    # No image is farther than 0.2 from the boundary.
    assert report.attacks[0].clean_accuracy == 1
    assert report.attacks[0].accuracy == 0
    assert report.curves["linf"][0].accuracy == stands.mean()
    p = special.expit(f)
    loss = -np.where(y[:, 0] == 1, np.log(p), np.log(1 - p)).mean()
    assert report.clean["nll"] == pytest.approx(loss, rel=1e-4)
    assert report.corruptions.clean_error == 0
    assert "AutoAttack" in str(report)


@pytest.mark.slow
def test_a_binary_head_in_an_audit():
    x = RNG.uniform(0.3, 0.7, (24, 3)).astype("float32")
    y = (x.sum(axis=1) > 1.5).astype("int32")
    report = audit(binary(), (x, y), eps=0.1)
    assert len(report.checks) == 9


@pytest.mark.parametrize("shape", [(3, 0), (3, 2, 2), (3,)])
def test_outputs_of_no_known_form(shape):
    with pytest.raises(ValueError, match=r"\(batch, 1\) for two classes"):
        outputs.to_logits(np.zeros(shape, "float32"), True)
