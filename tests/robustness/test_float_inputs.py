"""Models with integer inputs are attacked as if they took floats."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb._src import backend
from keras_ceb._src.robustness.audit import probes
from keras_ceb._src.robustness.audit.gradient_checks import zero_gradients
from keras_ceb._src.robustness.audit.sample import Sample
from keras_ceb._src.robustness.float_inputs import float_inputs
from keras_ceb._src.robustness.float_inputs import integer_dtypes
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import evaluate_robustness
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Curve
from keras_ceb.robustness.corruptions import evaluate_corruptions

WEIGHTS = np.float32([0.4, -0.3, 0.2, 0.1])
OFFSET = -0.4 * 128


def head():
    """Logits (-f(x), f(x)) with f(x) = WEIGHTS x + OFFSET."""
    dense = keras.layers.Dense(2)
    dense.build((None, 4))
    kernel = np.stack([-WEIGHTS, WEIGHTS], axis=1)
    dense.set_weights([kernel, np.float32([-OFFSET, OFFSET])])
    return dense


def functional(dtype):
    inputs = keras.Input((4,), dtype=dtype)
    scaled = keras.layers.Rescaling(1.0)(inputs)
    return keras.Model(inputs, head()(scaled))


def cast_operation(dtype):
    inputs = keras.Input((4,), dtype=dtype)
    return keras.Model(inputs, head()(ops.cast(inputs, "float32")))


def sequential(dtype):
    return keras.Sequential(
        [keras.Input((4,), dtype=dtype), keras.layers.Rescaling(1.0), head()]
    )


def nested(dtype):
    return keras.Sequential([keras.Input((4,)), sequential(dtype)])


@keras.saving.register_keras_serializable("test_float_inputs")
class Subclassed(keras.Model):
    def __init__(self, dtype):
        super().__init__()
        self.inner = functional(dtype)

    def call(self, x):
        return self.inner(x)


def wrapped(dtype):
    inputs = keras.Input((4,), dtype=dtype)
    backbone = keras.Model(inputs, keras.layers.Rescaling(1.0)(inputs))
    model = keras_ceb.wrap(backbone, 2)
    model.classifier.set_weights(head().get_weights())
    return model


MAKERS = (functional, cast_operation, sequential, nested, Subclassed, wrapped)
EPS = 8.0


def images():
    """Images near the middle of the range: no ball leaves it."""
    rng = np.random.default_rng(0)
    x = rng.integers(110, 146, (64, 4)).astype("uint8")
    f = x.astype("float64") @ WEIGHTS + OFFSET
    return x, (f > 0).astype("int32"), np.abs(f) > EPS * np.abs(WEIGHTS).sum()


@pytest.mark.parametrize("make", MAKERS)
def test_robust_accuracy_is_that_of_the_closed_form(make):
    model = make("uint8")
    x, y, stands = images()
    result = robust_accuracy(
        Classifier(model, (0, 255)),
        (x, y),
        PGD(eps=EPS, steps=3, random_start=False),
        verbose=0,
    )
    assert result.clean_accuracy == 1
    np.testing.assert_array_equal(result.robust, stands)
    assert 0.1 < stands.mean() < 0.9
    # The model itself is as it was.
    assert integer_dtypes(model) == ["uint8"]


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "bool"])
@pytest.mark.parametrize("make", [functional, sequential])
def test_gradient_by_hand(make, dtype):
    x, y, _ = images()
    model = make(dtype)
    _, gradient = probes.loss_and_gradient(
        Classifier(model, (0, 255)), x.astype("float32"), y, "margin"
    )
    expected = np.where(y[:, None] == 1, -2, 2) * WEIGHTS
    np.testing.assert_allclose(gradient, expected, rtol=1e-5)


def test_every_part_of_an_evaluation_sees_the_gradient():
    x, y, stands = images()
    report = evaluate_robustness(
        Classifier(wrapped("uint8"), (0, 255)),
        (x, y),
        attacks=[
            PGD(eps=EPS, steps=3, random_start=False),
            Curve("linf", [EPS]),
        ],
        audit=False,
        verbose=0,
    )
    assert report.attacks[0].accuracy == stands.mean()
    assert report.curves["linf"][0].accuracy == stands.mean()


def test_an_audit_sees_the_gradient():
    x, y, stands = images()
    model = functional("uint8")
    classifier = Classifier(model, (0, 255), batch_size=64)
    sample = Sample(classifier, x.astype("float32"), y, "linf", EPS)
    assert not zero_gradients(sample).flagged
    np.testing.assert_array_equal(sample.under_pgd, stands)


def test_corruptions_of_a_model_with_integer_inputs():
    x = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 1), "uint8")
    errors = []
    kernel = np.random.default_rng(1).normal(size=(256, 2))
    for dtype in ("uint8", "float32"):
        model = keras.Sequential(
            [keras.Input((16, 16, 1), dtype=dtype), keras.layers.Flatten()]
        )
        model.add(keras.layers.Dense(2))
        model.layers[-1].set_weights([kernel, np.zeros(2)])
        report = evaluate_corruptions(
            Classifier(model, bounds=(0, 255)),
            (x, np.arange(6) % 2),
            ["gaussian_noise"],
            verbose=0,
        )
        errors.append((report.clean_error, report.errors))
    assert errors[0] == errors[1]


def test_declarations_come_back_after_an_error():
    model = nested("uint8")
    with pytest.raises(RuntimeError), float_inputs(model):
        assert integer_dtypes(model) == []
        raise RuntimeError
    assert integer_dtypes(model) == ["uint8"]
    np.testing.assert_array_equal(
        ops.convert_to_numpy(model(np.full((1, 4), 0.9, "float32"))),
        ops.convert_to_numpy(model(np.zeros((1, 4), "uint8"))),
    )


def test_an_attack_inside_a_traced_function_does_not_cut_off_digits():
    attack = PGD(eps=0.4, steps=1, random_start=False)
    classifier = Classifier(functional("uint8"), (0, 255))

    def traced(batch, shared):
        return attack(classifier, batch["x"], batch["y"])

    x, y, _ = images()
    moved = backend.compile_function(traced)({"x": x, "y": y}, {})
    moved = ops.convert_to_numpy(moved)
    assert moved.dtype == "float32"
    np.testing.assert_allclose(np.abs(moved - x), 0.4, rtol=1e-4)
