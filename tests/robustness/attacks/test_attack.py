import dataclasses
import gc
import inspect
import json
import warnings
import weakref

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from keras import ops

from keras_ceb.robustness import Classifier
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import APGD
from keras_ceb.robustness.attacks import DDN
from keras_ceb.robustness.attacks import FAB
from keras_ceb.robustness.attacks import FGSM
from keras_ceb.robustness.attacks import FMN
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Attack
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.attacks import Ensemble
from keras_ceb.robustness.attacks import Square


def test_protocol_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        Attack()


EVERY = [
    PGD("l2", 0.5, 7, step_size=0.1, loss="dlr", seed=3),
    PGD(target="random", restarts=2, keep="last", samples=4),
    FGSM("l2", 0.3, target="least_likely", loss="margin", samples=2),
    APGD("l2", 0.5, loss="dlr", targets="malt", num_targets=5, samples=3),
    APGD("l2", 0.5, 30, restarts=2),
    FAB("l2", 0.5, 30, targets="malt", restarts=2, jit_compile=False),
    FMN("l1", 0.5, 30, step_size=2.0, gamma=0.3, samples=3, seed=5),
    DDN("l2", 0.4, 30, first_norm=0.5, loss="dlr", jit_compile=True),
    Square("l2", 0.5, 30, share=0.5, restarts=2, seed=2**32 - 1),
    AutoAttack("l2", 0.5, version="rand", seed=1),
    Ensemble([PGD(), Ensemble([Square(), AutoAttack(seed=1)])]),
]
every = pytest.mark.parametrize("attack", EVERY, ids=lambda a: a.name)


@every
def test_repr_makes_an_equal_attack(attack):
    names = {type(a).__name__: type(a) for a in EVERY}
    again = eval(repr(attack), names)
    assert again == attack and hash(again) == hash(attack)


@every
def test_config_round_trips_through_the_constructor_and_json(attack):
    config = attack.get_config()
    arguments = set(inspect.signature(type(attack)).parameters)
    assert set(config) == arguments
    again = type(attack).from_config(json.loads(json.dumps(config)))
    assert again == attack
    saved = keras.saving.serialize_keras_object(attack)
    assert keras.saving.deserialize_keras_object(saved) == attack


@every
def test_another_setting_is_another_attack(attack):
    assert attack != "attack" and attack not in (PGD(), Square())
    if type(attack) is Ensemble:
        with pytest.raises(ValueError, match="eps"):
            dataclasses.replace(attack, eps=0.25)
        other = dataclasses.replace(attack, attacks=attack.attacks[:1])
        assert other.attacks == (PGD(),)
    else:
        other = dataclasses.replace(attack, eps=0.25)
        assert (other.eps, other.norm) == (0.25, attack.norm)
        assert dataclasses.replace(other, eps=attack.eps) == attack
    assert other != attack and type(other) is type(attack)


@every
def test_cannot_be_changed(attack):
    with pytest.raises(dataclasses.FrozenInstanceError):
        attack.eps = 0.1


@every
def test_a_record_is_plain_and_names_what_was_run(attack):
    record = attack.describe()
    assert json.loads(json.dumps(record)) == record
    assert record["name"] == attack.name
    assert (record["norm"], record["eps"]) == (attack.norm, attack.eps)


def test_numbers_are_of_the_kinds_of_python():
    attack = PGD(eps=np.float32(0.5), steps=np.int64(3), seed=np.int32(1))
    assert attack == PGD(eps=0.5, steps=3, seed=1)
    assert {type(v) for v in (attack.eps, attack.steps)} == {float, int}


def test_replace_checks_like_the_constructor():
    with pytest.raises(ValueError, match="`eps` must be finite"):
        dataclasses.replace(PGD("linf", 0.1), eps=-1)


def test_the_range_is_that_of_the_classifier(linear):
    model = linear(np.eye(2))
    x, y = np.full((2, 2), 100, "float32"), [0, 1]
    classifier = Classifier(model, (0, 255))
    attack = FGSM(eps=8)
    moved = attack(classifier, x, y) - x
    np.testing.assert_allclose(moved, [[-8, 8], [8, -8]], rtol=1e-5)
    # Whether a radius is too large is known once a range is.
    with pytest.raises(ValueError, match="`eps` must not be larger than the r"):
        attack(model, x / 255, y)
    with pytest.raises(ValueError, match="within `bounds=.*from 100 to 100"):
        PGD(eps=0.1)(model, x, y)


def test_batches_of_the_classifier_do_not_change_the_result(digits):
    model, x, y = digits
    attack = PGD("linf", 0.1, 4, seed=1)
    whole = attack(model, x[:50], y[:50])
    parts = attack(Classifier(model, batch_size=16), x[:50], y[:50])
    np.testing.assert_allclose(parts, whole, atol=1e-5)


def test_targets_belong_to_given(digits):
    model, x, y = digits
    with pytest.raises(ValueError, match="`targets` must be given"):
        PGD(steps=1)(model, x, y, targets=y)
    with pytest.raises(ValueError, match="`targets` must be given"):
        PGD(steps=1, target="given")(model, x, y)


ATTACKS = {
    "FGSM": lambda norm, eps, **kwargs: FGSM(norm, eps, **kwargs),
    "APGD": lambda norm, eps, **kwargs: APGD(norm, eps, 5, **kwargs),
    "APGD-T": lambda norm, eps, **kwargs: APGD(
        norm, eps, 5, loss="margin", targets="logits", num_targets=1, **kwargs
    ),
    "FAB": lambda norm, eps, **kwargs: FAB(
        norm, eps, 5, num_targets=1, **kwargs
    ),
    "Square": lambda norm, eps, **kwargs: Square(norm, eps, 5, **kwargs),
}


@pytest.fixture(scope="module")
def small_model():
    inputs = keras.Input((6, 5, 3))
    flat = keras.layers.Flatten()(inputs)
    return keras.Model(inputs, keras.layers.Dense(3)(flat))


@pytest.mark.parametrize("name", ATTACKS)
@given(
    norm=st.sampled_from(["linf", "l2"]),
    lower=st.sampled_from([0.0, -1.0, -123.7]),
    width=st.sampled_from([1.0, 2.0, 255.0]),
    share=st.floats(0.0, 1.0),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=5, deadline=None)
def test_never_leaves_ball_or_range(
    small_model, name, norm, lower, width, share, seed
):
    rng = np.random.default_rng(seed)
    bounds = (lower, lower + width)
    eps = share * width
    x = rng.uniform(*bounds, size=(6, 6, 5, 3)).astype("float32")
    attack = ATTACKS[name](norm, eps, seed=seed)
    classifier = Classifier(small_model, bounds)
    found = attack(classifier, x, rng.integers(0, 3, 6))
    tolerance = 1e-6 * (width + abs(lower))
    assert found.min() >= bounds[0] and found.max() <= bounds[1]
    delta = (found - x).reshape(6, -1).astype("float64")
    order = np.inf if norm == "linf" else 2
    assert np.all(np.linalg.norm(delta, order, axis=1) <= eps + tolerance)


def test_kind_and_dtype_follow_the_input(digits):
    model, x, y = digits
    x, y = x[:4], y[:4]
    reference = PGD(steps=2)(model, x, y)
    assert isinstance(reference, np.ndarray) and reference.dtype == "float32"
    tensor = PGD(steps=2)(model, ops.convert_to_tensor(x), y)
    assert ops.is_tensor(tensor)
    np.testing.assert_array_equal(ops.convert_to_numpy(tensor), reference)
    assert PGD(steps=2)(model, x.astype("float64"), y).dtype == "float64"
    pixels = (x * 255).astype("uint8")
    attack = PGD(eps=8, steps=2)
    assert attack(Classifier(model, (0, 255)), pixels, y).dtype == "float32"


def test_labels_in_every_form(digits):
    model, x, y = digits
    x, y = x[:4], y[:4]
    attack = PGD(steps=2)
    reference = attack(model, x, y)
    for labels in (
        y.astype("int32"),
        y.astype("int64"),
        y.astype("uint8"),
        y.astype("float32"),
        y.tolist(),
        y[:, None],
        np.eye(10)[y],
        ops.convert_to_tensor(y),
    ):
        np.testing.assert_array_equal(attack(model, x, labels), reference)


class CountTraces(keras.layers.Layer):
    count = 0

    def call(self, inputs):
        CountTraces.count += 1
        return inputs


def test_compiles_once_for_all_radii_and_sees_new_weights(linear):
    model = linear(np.eye(4)[:, :3])
    inputs = keras.Input((4,))
    model = keras.Model(inputs, model(CountTraces()(inputs)))
    x = np.full((6, 4), 0.5, "float32")
    y = np.array([0, 1, 2, 0, 1, 2])
    PGD(eps=0.1, steps=3)(model, x, y)
    traced = CountTraces.count
    for eps, steps, seed in ((0.2, 3, 0), (0.3, 9, 1)):
        PGD(eps=eps, steps=steps, seed=seed, step_size=eps)(model, x, y)
    if keras.config.backend() != "torch":
        assert CountTraces.count == traced

    attack = PGD(eps=0.1, steps=3, random_start=False)
    before = attack(model, x[:1], y[:1])
    model.set_weights([-w for w in model.get_weights()])
    after = attack(model, x[:1], y[:1])
    np.testing.assert_allclose((before - x[:1])[:, 0], -0.1, atol=1e-6)
    np.testing.assert_allclose((after - x[:1])[:, 0], 0.1, atol=1e-6)


def test_a_deleted_model_is_freed(linear):
    model = linear(np.eye(4)[:, :3])
    PGD(steps=1)(model, np.zeros((2, 4), "float32"), [0, 1])
    gone = weakref.ref(model)
    del model
    keras.utils.clear_session()
    gc.collect()
    assert gone() is None


def test_probabilities_are_refused_or_taken_as_such(digits):
    model, x, y = digits
    softmax = keras.Sequential([model, keras.layers.Softmax()])
    with pytest.raises(ValueError, match="`from_logits` must be False"):
        PGD(steps=1)(softmax, x, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        classifier = Classifier(softmax, from_logits=False)
        adversarial = PGD("linf", 0.05)(classifier, x, y)
    np.testing.assert_allclose(
        adversarial, PGD("linf", 0.05)(model, x, y), atol=1e-3
    )


def test_an_l2_radius_beyond_all_inputs(digits):
    model, x, y = digits
    text = (
        "`eps` must not be larger than the largest L2 distance.* 8 for inputs"
    )
    with pytest.raises(ValueError, match=text):
        PGD("l2", 8.1)(model, x[:2], y[:2])
    with pytest.raises(ValueError, match=text):
        robust_accuracy(model, (x[:2], y[:2]), PGD("l2", 8.1), verbose=0)


@pytest.mark.parametrize(
    "change,message",
    [
        ({"x": lambda x, y: x * 255}, "within `bounds=.*values from 0 to 255"),
        ({"x": lambda x, y: x * np.nan}, "must not contain NaN.*images"),
        ({"x": lambda x, y: x[:0]}, "at least one input"),
        ({"y": lambda x, y: y + 10}, r"must lie in 0\.\.9"),
        ({"y": lambda x, y: y[:2]}, r"must have shape \(4,\)"),
        ({"y": lambda x, y: y + 0.5}, "must hold integer classes"),
        ({"y": lambda x, y: np.full((4, 10), 0.1)}, "must be one-hot"),
        ({"y": lambda x, y: None}, "`y` must hold the labels"),
    ],
)
def test_bad_inputs(digits, change, message):
    model, x, y = digits
    x, y = x[:4], y[:4]
    arguments = {"x": x, "y": y}
    arguments.update({k: f(x, y) for k, f in change.items()})
    with pytest.raises(ValueError, match=message):
        PGD(steps=1)(model, arguments["x"], arguments["y"])


def test_nan_logits_name_the_images(linear):
    model = linear(np.eye(3))
    inputs = keras.Input((3,))
    broken = keras.Model(inputs, ops.log(model(inputs) - 0.4))
    x = np.full((5, 3), 0.5, "float32")
    x[3] = 0.3
    with pytest.raises(ValueError, match=r"NaN logits for images \[3\]"):
        PGD(eps=0.01, steps=1)(broken, x, [0] * 5)


def test_models_that_are_none(digits):
    _, x, y = digits
    with pytest.raises(TypeError, match="`model` must be a Keras model"):
        PGD(steps=1)("resnet", x, y)
    scores = keras.Sequential(
        [keras.Input(x.shape[1:]), keras.layers.Flatten()]
    )
    scores.add(keras.layers.Dense(1))
    # One output is two classes, and there are ten.
    with pytest.raises(ValueError, match="must lie in 0..1"):
        PGD(steps=1)(scores, x, y)
    with pytest.raises(ValueError, match="must return one tensor of logits"):
        PGD(steps=1)(keras.layers.Identity(), x, y)


def test_a_model_of_several_inputs(digits):
    _, x, y = digits
    inputs = [keras.Input(x.shape[1:]), keras.Input(x.shape[1:])]
    flat = keras.layers.Flatten()(keras.layers.Add()(inputs))
    model = keras.Model(inputs, keras.layers.Dense(10)(flat))
    with pytest.raises(ValueError, match="`model` must take the images as its"):
        PGD(steps=1)(model, x, y)


def test_inputs_of_another_shape_than_the_model_takes(digits):
    model, x, y = digits
    with pytest.raises(ValueError, match=r"`x` must have shape \(batch, 8, 8"):
        PGD(steps=1)(model, x[0], y[:8])
    with pytest.raises(ValueError, match=r"Received: \(8, 8, 4, 1\)"):
        PGD(steps=1)(model, x[:8, :, :4], y[:8])
    # Keras adds a last axis of one itself.
    PGD("linf", 0.1, steps=1)(model, x[:2, :, :, 0], y[:2])
