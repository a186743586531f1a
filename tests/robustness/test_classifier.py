import gc
import inspect
import weakref

import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness.classifier import as_classifier
from keras_ceb.robustness import Classifier


@pytest.fixture
def model(linear):
    return linear(np.eye(3))


X = np.random.default_rng(0).random((10, 3)).astype("float32")


def test_holds_its_arguments(model):
    classifier = Classifier(
        model, (0, 255), False, 7, name="mine", allow_chance=True
    )
    assert classifier.model is model
    assert classifier.bounds == (0.0, 255.0)
    assert classifier.from_logits is False
    assert (classifier.batch_size, classifier.name) == (7, "mine")
    assert classifier.allow_chance is True
    assert repr(classifier) == (
        "Classifier(<Functional 'mine'>, bounds=(0.0, 255.0), "
        "from_logits=False, batch_size=7, allow_chance=True)"
    )


def test_defaults(model):
    classifier = as_classifier(model)
    assert classifier.bounds == (0.0, 1.0) and classifier.from_logits is True
    assert classifier.name == model.name and classifier.batch_size == 128
    assert "allow_chance" not in repr(classifier)


def test_of_a_classifier_is_the_same_object(model):
    classifier = Classifier(model, (0, 255), batch_size=3)
    assert Classifier(classifier) is classifier
    assert as_classifier(classifier) is classifier
    assert (classifier.bounds, classifier.batch_size) == ((0.0, 255.0), 3)
    for args, options in (([(0, 255)], {}), ([], {"batch_size": 128})):
        with pytest.raises(ValueError, match="`model` must be a Keras model"):
            Classifier(classifier, *args, **options)


def test_signature_is_that_of_the_constructor():
    names = list(inspect.signature(Classifier).parameters)
    assert names == [
        "model", "bounds", "from_logits", "batch_size", "name", "allow_chance",
    ]  # fmt: skip


def forms():
    y = np.zeros(10, "int32")
    yield X
    yield X.tolist()
    yield ops.convert_to_tensor(X)
    yield X, y
    yield ((X[i : i + 3], y[i : i + 3]) for i in range(0, 10, 3))
    yield (X[i : i + 3] for i in range(0, 10, 3))
    yield [(X[:4], y[:4]), (X[4:], y[4:])]


@pytest.mark.parametrize("batch_size", [4, 10, 128])
def test_predicts_the_logits_of_every_form_of_data(linear, batch_size):
    weights = np.random.default_rng(1).normal(size=(3, 2))
    classifier = Classifier(linear(weights), batch_size=batch_size)
    for data in forms():
        logits = classifier.predict(data)
        assert isinstance(logits, np.ndarray) and logits.dtype == "float32"
        np.testing.assert_allclose(logits, X @ weights, atol=1e-5)


@pytest.mark.tf_only
def test_predicts_on_tf_data(model):
    import tensorflow as tf

    images = tf.data.Dataset.from_tensor_slices(X).batch(4)
    for data in (images, images.map(lambda x: (x, x[:, 0]))):
        np.testing.assert_allclose(
            Classifier(model).predict(data), X, atol=1e-6
        )
    with pytest.raises(ValueError, match="`data` must end"):
        Classifier(model).predict(images.repeat())


def test_no_compilation_for_a_short_batch_where_it_costs_one():
    class Traces(keras.layers.Layer):
        sizes = []

        def call(self, x):
            Traces.sizes.append(x.shape[0])
            return x

    inputs = keras.Input((3,))
    model = keras.Model(inputs, Traces()(inputs))
    Traces.sizes.clear()
    logits = Classifier(model, batch_size=4).predict(X)
    assert logits.shape == (10, 3)
    # TensorFlow traces once for any number, JAX once for batches of 4; PyTorch
    # calls it each time, the first time for the number of classes.
    assert Traces.sizes in ([None], [4], [4, 4, 4, 2])


@pytest.mark.parametrize(
    "change,message",
    [
        (lambda x: 255 * x, r"within `bounds=\(0.0, 1.0\)`.*from .* to 25"),
        (lambda x: x - 1, r"within `bounds.*`Classifier`.*from -0"),
        (lambda x: x + np.nan, "must not contain NaN"),
        (lambda x: x[:, :2], r"must have shape \(batch, 3\)"),
        (lambda x: x[:0], "at least one"),
        (lambda x: x[0], r"must yield batches"),
        (lambda x: x.astype(str), "must be numbers"),
    ],
)
def test_images_that_it_cannot_take(model, change, message):
    with pytest.raises(ValueError, match=message):
        Classifier(model).predict(change(X))


def test_images_that_fill_a_sliver_of_the_range(model):
    images = np.concatenate([X, X])
    with pytest.raises(ValueError, match=r"`bounds`.*\(0.0, 255.0\).*from 0"):
        Classifier(model, (0, 255)).predict(images)
    Classifier(model, (0, 255), allow_chance=True).predict(images)
    # A few images may all be dark.
    Classifier(model, (0, 255)).predict(X)


def test_probabilities_are_noticed():
    class Softmax(keras.Model):
        def call(self, x):
            return ops.softmax(x)

    with pytest.raises(ValueError, match="`from_logits` must be False"):
        Classifier(Softmax()).predict(X)
    logits = Classifier(Softmax(), from_logits=False).predict(X)
    np.testing.assert_allclose(
        logits[:, 0] - logits[:, 1], X[:, 0] - X[:, 1], atol=1e-5
    )


def test_nan_logits_name_the_images(model):
    inputs = keras.Input((3,))
    broken = keras.Model(inputs, ops.log(model(inputs) - 0.4))
    x = np.full((9, 3), 0.5, "float32")
    x[7] = 0.3
    with pytest.raises(ValueError, match=r"NaN logits for images \[7\]"):
        Classifier(broken, batch_size=4).predict(x)


def two_inputs():
    inputs = [keras.Input((3,)), keras.Input((3,))]
    return keras.Model(inputs, keras.layers.Add()(inputs))


@pytest.mark.parametrize(
    "make,error,message",
    [
        (lambda m: Classifier("resnet"), TypeError, "`model` must be a Keras"),
        (lambda m: Classifier(None), TypeError, "`model` must be a Keras"),
        (lambda m: Classifier(two_inputs()), ValueError, "its only input"),
        (lambda m: Classifier(m, (1, 0)), ValueError, "`bounds` must be two"),
        (lambda m: Classifier(m, 255), ValueError, "`bounds` must be a pair"),
        (lambda m: Classifier(m, (0, np.inf)), ValueError, "`bounds` must be"),
        (lambda m: Classifier(m, from_logits=1), TypeError, "`from_logits`"),
        (lambda m: Classifier(m, batch_size=0), ValueError, "`batch_size`"),
        (lambda m: Classifier(m, batch_size=2.5), ValueError, "`batch_size`"),
        (lambda m: Classifier(m, batch_size=True), TypeError, "`batch_size`"),
        (lambda m: Classifier(m, name=3), TypeError, "`name` must be a str"),
        (lambda m: Classifier(m, allow_chance=0), TypeError, "`allow_chance`"),
        (
            lambda m: Classifier(
                keras.Sequential([m, keras.layers.Softmax()])
            ),
            ValueError,
            "`from_logits` must be False",
        ),
    ],
)  # fmt: skip
def test_bad_arguments(model, make, error, message):
    with pytest.raises(error, match=message) as raised:
        make(model)
    assert "Received: " in str(raised.value)


def test_warns_where_the_model_expects_another_range(model):
    pixels = keras.Sequential(
        [keras.Input((3,)), keras.layers.Rescaling(1 / 255), model]
    )
    with pytest.warns(UserWarning, match=r"0\.\.255.*bounds=\(0.0, 1.0\)") as w:
        Classifier(pixels)
    files = [found.filename for found in w if found.category is UserWarning]
    assert files == [__file__]
    Classifier(pixels, (0, 255))


def test_keeps_its_model_and_frees_it_with_itself(model, linear):
    model = linear(np.eye(3))
    classifier = Classifier(model)
    gone = weakref.ref(model)
    classifier.predict(X)
    del model
    keras.utils.clear_session()
    gc.collect()
    assert gone() is not None
    del classifier
    gc.collect()
    assert gone() is None
