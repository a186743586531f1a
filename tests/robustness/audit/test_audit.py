import keras
import numpy as np
import pytest

from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import audit
from keras_ceb.robustness.attacks import PGD


@pytest.fixture(scope="module")
def adversarially_trained(digits_data):
    """Digits, trained on PGD examples, with 128 unseen images."""
    images, labels = digits_data
    keras.utils.set_random_seed(2)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(24, 3, activation="relu"),
            keras.layers.Conv2D(24, 3, strides=2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )
    model.compile(
        keras.optimizers.Adam(3e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    attack = PGD("linf", 0.15, 5, loss="cross_entropy", keep="last")
    order = np.random.default_rng(0)
    for _ in range(10):
        for part in np.split(order.permutation(1400), 14):
            x, y = images[part], labels[part]
            model.train_on_batch(attack(model, x, y), y)
    return model, images[1400:1528], labels[1400:1528]


@pytest.mark.slow_on_torch
@pytest.mark.slow_on_jax
def test_an_honest_model_raises_no_flag(digits):
    model, x, y = digits
    report = audit(model, (x, y), eps=0.1, num_images=128)
    assert report.passed and report.flags == []
    assert report.num_images == 128
    assert len(report.checks) == 9
    as_dict = report.to_dict()
    assert as_dict["passed"] is True and as_dict["eps"] == 0.1
    assert str(report).count("| ok |") == 9


@pytest.mark.slow
@pytest.mark.parametrize("norm,eps", [("linf", 0.1), ("l2", 0.5)])
def test_honest_and_adversarially_trained_models_raise_none(
    digits, adversarially_trained, norm, eps
):
    for model, x, y in (digits, adversarially_trained):
        report = audit(model, (x, y), norm=norm, eps=eps, num_images=128)
        assert report.flags == []


@pytest.mark.slow
def test_a_cheat_is_named(digits):
    model, x, y = digits
    inputs = keras.Input(x.shape[1:])
    quantized = keras.Model(inputs, model(keras.ops.round(8.0 * inputs) / 8.0))
    report = audit(quantized, (x, y), eps=0.1, num_images=64)
    assert not report.passed
    assert "gradients are not exactly zero" in report.flags
    assert "FLAG" in report.to_markdown()


def test_bad_arguments(digits):
    model, x, y = digits
    with pytest.raises(ValueError, match="`eps` must be larger than 0"):
        audit(model, (x, y), eps=0)
    with pytest.raises(ValueError, match="`num_images` must be a positive"):
        audit(model, (x, y), num_images=0)
    wrong = (model.predict(x, verbose=0).argmax(axis=1) + 1) % 10
    with pytest.raises(ValueError, match="must classify some images"):
        audit(model, (x, wrong), num_images=64)


@pytest.mark.parametrize(
    "options,error,message",
    [
        ({"norm": "l1"}, ValueError, "`norm` must be one of"),
        ({"eps": 0}, ValueError, "`eps` must be larger than 0"),
        ({"eps": 1.5}, ValueError, "`eps` must not be larger than the range"),
        ({"norm": "l2", "eps": 3}, ValueError, "`eps`.*L2 distance"),
        ({"eps": "8"}, TypeError, "`eps` must be a number"),
        ({"num_images": 2.5}, ValueError, "`num_images` must be"),
        ({"twin": "model"}, TypeError, "`twin` must be a Keras model"),
        ({"twin": "other range"}, ValueError, "`twin` must have the `bounds`"),
    ],
)
def test_refused_before_an_image_is_read(
    linear, monkeypatch, options, error, message
):
    data = np.full((2, 4), 0.5, "float32"), [0, 1]
    monkeypatch.setattr(ModelFunction, "logits", None)
    monkeypatch.setattr(data_lib, "batches", None)
    if options.get("twin") == "other range":
        options = {"twin": Classifier(linear(np.eye(4)), (0, 2))}
    with pytest.raises(error, match=message) as raised:
        audit(linear(np.eye(4)), data, **options)
    assert "Received: " in str(raised.value)
