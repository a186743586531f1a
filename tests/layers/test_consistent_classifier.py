import keras
import numpy as np
import pytest
from keras import ops
from scipy.stats import multivariate_normal

from keras_ceb.layers import ClassConditionalMarginal
from keras_ceb.layers import ConsistentClassifier
from keras_ceb.layers import StochasticEncoder
from tests.layers.checks import run_layer_checks

PRIOR = [0.5, 0.3, 0.2]


@pytest.fixture
def z():
    return np.random.default_rng(0).normal(size=(6, 5)).astype("float32")


def test_layer(z):
    run_layer_checks(
        ConsistentClassifier(ClassConditionalMarginal(3, 5), PRIOR),
        lambda layer: layer(z),
        output_shape=(6, 3),
        num_weights=1,
    )


@pytest.mark.parametrize("prior", [None, PRIOR])
def test_probabilities_are_bayes_rule(z, prior):
    marginal = ClassConditionalMarginal(3, means_initializer="random_normal")
    classifier = ConsistentClassifier(marginal, prior)
    probabilities = ops.convert_to_numpy(ops.softmax(classifier(z)))
    density = np.stack(
        [multivariate_normal.pdf(z, mu) for mu in marginal.get_weights()[0]], -1
    )
    joint = density * (prior or np.full(3, 1 / 3))
    np.testing.assert_allclose(
        probabilities, joint / joint.sum(-1, keepdims=True), rtol=1e-4
    )


def test_a_class_that_never_occurs_has_finite_logits(z):
    marginal = ClassConditionalMarginal(3)
    logits = ConsistentClassifier(marginal, [0.5, 0.5, 0.0])(z)
    logits = ops.convert_to_numpy(logits)
    assert np.isfinite(logits).all()
    assert (logits.argmax(-1) != 2).all()


def test_means_are_shared_after_saving(tmp_path, z):
    inputs = {
        "x": keras.Input((5,), name="x"),
        "y": keras.Input((), dtype="int32", name="y"),
    }
    encoding = StochasticEncoder(seed=0)(inputs["x"])
    marginal = ClassConditionalMarginal(3, 5)
    outputs = [
        marginal(inputs["y"]),
        ConsistentClassifier(marginal)(encoding),
    ]
    model = keras.Model(inputs, outputs)
    model.save(tmp_path / "model.keras")
    revived = keras.models.load_model(tmp_path / "model.keras")
    assert len(revived.trainable_weights) == 1
    batch = {"x": z, "y": np.array([0, 1, 2, 0, 1, 2], "int32")}
    for one, other in zip(
        model.predict(batch, verbose=0),
        revived.predict(batch, verbose=0),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "prior",
    [[0.5, 0.5], [0.7, 0.5, -0.2], [0.5, 0.3, 0.1], [np.nan, 0.5, 0.5]],
    ids=["length", "negative", "sum", "nan"],
)
def test_bad_class_prior(prior):
    with pytest.raises(ValueError, match=r"`class_prior` must be .*Received"):
        ConsistentClassifier(ClassConditionalMarginal(3, 5), prior)


def test_bad_marginal():
    with pytest.raises(TypeError, match=r"`marginal` must be .*Received"):
        ConsistentClassifier(keras.layers.Dense(3))


def test_bad_width(z):
    with pytest.raises(ValueError, match=r"`z` must have .*Received"):
        ConsistentClassifier(ClassConditionalMarginal(3, 7))(z)


def test_output_shape_of_a_known_batch():
    layer = ConsistentClassifier(ClassConditionalMarginal(3, 5))
    assert layer.compute_output_shape((7, 5)) == (7, 3)
