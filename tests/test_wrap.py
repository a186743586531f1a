"""`wrap` takes any backbone, and says what is wrong with bad arguments."""

import warnings

import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb import layers
from keras_ceb import schedules
from tests import toy


def fit_and_predict(model, x, y, eagerly=False):
    """Trains and predicts; eagerly where another test compiles the like."""
    model.compile("adam", metrics=["accuracy"], run_eagerly=eagerly)
    history = model.fit(x, y, batch_size=4, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    logits = model.predict(x, batch_size=4, verbose=0)
    assert logits.shape == (len(y), model.num_classes)
    assert logits.dtype == np.float32


IMAGES = np.random.default_rng(0).uniform(size=(4, 32, 32, 3)).astype("float32")
LABELS = np.array([0, 1, 2, 1])


@pytest.mark.slow
def test_the_line_of_the_readme():
    backbone = keras.applications.ResNet50(include_top=False, weights=None)
    model = keras_ceb.wrap(backbone)
    assert model.num_classes == 1000
    assert model.marginal.z_dim == 2048
    assert model.count_params() - backbone.count_params() == (
        1000 * 2048  # The marginal's means.
        + 2048 * 1000
        + 1000  # The classifier.
        + 5  # The state of the schedule.
    )
    assert model.predict(IMAGES[:1], verbose=0).shape == (1, 1000)


@pytest.mark.parametrize("classifier", ["linear", "consistent"])
def test_functional(classifier):
    inputs = keras.Input((32, 32, 3))
    features = keras.layers.Conv2D(4, 5, strides=4)(inputs)
    backbone = keras.Model(inputs, features)
    model = keras_ceb.wrap(backbone, 3, classifier=classifier)
    assert model.backbone is backbone
    fit_and_predict(model, IMAGES, LABELS)


def test_sequential_without_an_input_shape():
    backbone = keras.Sequential([keras.layers.Conv2D(4, 5, strides=4)])
    fit_and_predict(keras_ceb.wrap(backbone, 3), IMAGES, LABELS)


class Subclassed(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv = keras.layers.Conv2D(4, 5, strides=4)
        self.norm = keras.layers.BatchNormalization()

    def call(self, x):
        return self.norm(self.conv(x))


@pytest.mark.parametrize("objective", ["ceb", "vib", "xent"])
@pytest.mark.filterwarnings("ignore:.build.*was called on layer")
def test_subclassed(objective):
    model = keras_ceb.wrap(Subclassed(), 3, objective=objective)
    fit_and_predict(model, IMAGES, LABELS, eagerly=objective != "ceb")
    assert len(model.backbone.trainable_weights) == 4


def test_several_inputs():
    a, b = keras.Input((5,), name="a"), keras.Input((2,), name="b")
    joined = keras.layers.Concatenate()([a, b])
    x = {"a": np.ones((4, 5)), "b": np.ones((4, 2))}
    by_name = keras.Model({"a": a, "b": b}, keras.layers.Dense(4)(joined))
    fit_and_predict(keras_ceb.wrap(by_name, 3), x, LABELS)
    by_order = keras.Model([a, b], keras.layers.Dense(4)(joined))
    model = keras_ceb.wrap(by_order, 3)
    fit_and_predict(model, [x["a"], x["b"]], LABELS, eagerly=True)


def test_tokens():
    backbone = keras.Sequential(
        [keras.Input((6,), dtype="int32"), keras.layers.Embedding(10, 4)]
    )
    tokens = np.random.default_rng(0).integers(0, 10, (4, 6))
    fit_and_predict(keras_ceb.wrap(backbone, 3), tokens, LABELS)


@pytest.mark.slow_on_jax
def test_keras_applications_in_channels_first():
    if keras.config.backend() == "tensorflow":
        pytest.skip("TensorFlow has no channels-first convolution on CPU")
    keras.config.set_image_data_format("channels_first")
    try:
        backbone = keras.applications.MobileNetV2(
            (3, 32, 32), alpha=0.35, include_top=False, weights=None
        )
        model = keras_ceb.wrap(backbone, 3)
    finally:
        keras.config.set_image_data_format("channels_last")
    assert model.marginal.z_dim == backbone.output_shape[1]
    fit_and_predict(model, IMAGES.transpose(0, 3, 1, 2), LABELS)


def test_keras_hub():
    keras_hub = pytest.importorskip("keras_hub")
    backbone = keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[3],
        stackwise_num_filters=[64],
        stackwise_num_blocks=[1],
        stackwise_num_strides=[1],
        block_type="basic_block",
        image_shape=(32, 32, 3),
    )
    model = keras_ceb.wrap(backbone, 3)
    fit_and_predict(model, IMAGES, LABELS, eagerly=True)


@pytest.mark.tf_only
def test_keras_cv():
    keras_cv = pytest.importorskip("keras_cv")
    backbone = keras_cv.models.ResNetV2Backbone(
        stackwise_filters=[4, 8],
        stackwise_blocks=[2, 2],
        stackwise_strides=[1, 2],
        include_rescaling=True,
        input_shape=(32, 32, 3),
    )
    model = keras_ceb.wrap(backbone, 3)
    fit_and_predict(model, 255 * IMAGES, LABELS, eagerly=True)


def test_a_bare_number_is_the_default_schedule():
    model = keras_ceb.wrap(toy.backbone(), 3, rho=2)
    assert isinstance(model.schedule, schedules.JumpStart)
    assert model.schedule.rho == 2.0
    schedule = schedules.Constant(1.0)
    assert keras_ceb.wrap(toy.backbone(), 3, rho=schedule).schedule is schedule


def test_seed_fixes_the_head():
    def weights(seed):
        model = keras_ceb.wrap(toy.backbone(), 3, z_dim=2, seed=seed)
        return [ops.convert_to_numpy(w) for w in model.trainable_weights]

    for one, other in zip(weights(1), weights(1), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not all(
        np.array_equal(one, other)
        for one, other in zip(weights(1), weights(2), strict=True)
    )


def test_initial_classifier_is_the_reference_resnets():
    backbone = toy.backbone(500)
    kernel, bias = keras_ceb.wrap(backbone, 200).classifier.get_weights()
    assert kernel.std() == pytest.approx(0.01, rel=0.02)
    assert (bias == 0).all()


def test_class_prior():
    prior = [0.5, 0.25, 0.25]
    classifier = layers.ConsistentClassifier(
        layers.ClassConditionalMarginal(3), prior
    )
    model = keras_ceb.wrap(toy.backbone(), 3, classifier=classifier)
    assert model.classifier is classifier
    assert model.marginal is classifier.marginal
    zeros = np.zeros((1, toy.FEATURES), "float32")
    model.marginal.set_weights([np.zeros((3, toy.FEATURES))])
    probabilities = ops.softmax(model.classifier(zeros))
    np.testing.assert_allclose(
        ops.convert_to_numpy(probabilities), [prior], rtol=1e-5
    )


@pytest.mark.parametrize(
    "covariance,encoder",
    [("unit", "unit"), ("diagonal", "diagonal"), ("full", "diagonal")],
)
@pytest.mark.parametrize("objective", ["ceb", "vib"])
def test_covariance_and_components(covariance, encoder, objective):
    model = keras_ceb.wrap(
        toy.backbone(),
        3,
        covariance=covariance,
        components=2,
        objective=objective,
    )
    assert model.encoder.covariance == encoder
    assert model.marginal.covariance == covariance
    assert model.marginal.components == 2
    assert model.marginal.num_classes == (3 if objective == "ceb" else 1)


def consistent(num_classes):
    marginal = layers.ClassConditionalMarginal(num_classes)
    return layers.ConsistentClassifier(marginal)


@pytest.mark.parametrize(
    "options,error,text",
    [
        ({"num_classes": 1}, ValueError, "`num_classes`.*at least 2"),
        ({"num_classes": "10"}, TypeError, "`num_classes`"),
        ({"rho": np.nan}, ValueError, "`rho` must be a finite"),
        ({"rho": -np.inf}, ValueError, "`rho` must be a finite"),
        ({"rho": "low"}, TypeError, "`rho`"),
        ({"z_dim": 0}, ValueError, "`z_dim`"),
        ({"z_dim": -3}, ValueError, "`z_dim`"),
        ({"objective": "ib"}, ValueError, "`objective`.*'ceb', 'vib', 'xent'"),
        (
            {"classifier": "knn"},
            ValueError,
            "`classifier`.*'linear', 'consistent'",
        ),
        (
            {"classifier": "consistent", "objective": "vib"},
            ValueError,
            "class-conditional",
        ),
        (
            {"classifier": consistent(3), "objective": "vib"},
            ValueError,
            "class-conditional",
        ),
        (
            {"classifier": consistent(4)},
            ValueError,
            "`classifier` must have `num_classes` classes",
        ),
        ({"covariance": "low"}, ValueError, "`covariance`.*'diagonal', 'full'"),
        ({"components": 0}, ValueError, "`components`"),
        (
            {"covariance": "diagonal", "objective": "xent"},
            ValueError,
            "`covariance` must be 'unit'.*'xent'",
        ),
        (
            {"components": 2, "classifier": consistent(3)},
            ValueError,
            "`components` must be that of the marginal",
        ),
        (
            {"covariance": "full", "z_dim": 500},
            ValueError,
            "`z_dim` must be at most 128.*GB",
        ),
        (
            {"classifier": keras.layers.Dense(4)},
            ValueError,
            r"`classifier` must return logits of shape \[batch, 3\]",
        ),
    ],
)
def test_bad_arguments(options, error, text):
    options = {"num_classes": 3, **options}
    with pytest.raises(error, match=f"(?s){text}.*Received"):
        keras_ceb.wrap(toy.backbone(), **options)


def test_bad_backbones():
    with pytest.raises(TypeError, match=r"`backbone` must be .*Received"):
        keras_ceb.wrap(lambda x: x)
    x = keras.Input((3,))
    for output in (ops.sum(x, axis=-1), x[:, :0]):
        with pytest.raises(ValueError, match=r"`backbone` must .*Received"):
            keras_ceb.wrap(keras.Model(x, output), 3)


def test_a_backbone_with_its_top_is_named():
    with_top = keras.applications.MobileNet(
        (32, 32, 3), alpha=0.25, weights=None, classes=10
    )
    with pytest.warns(UserWarning, match="`include_top=False`"):
        keras_ceb.wrap(with_top, 10)
    softmax = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, activation="softmax")]
    )
    with pytest.warns(UserWarning, match="`include_top=False`"):
        keras_ceb.wrap(softmax, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        keras_ceb.wrap(toy.backbone(), 3)
