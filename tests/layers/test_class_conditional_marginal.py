import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb.layers import ClassConditionalMarginal
from tests import distributions
from tests import toy
from tests.layers import oracle
from tests.layers.checks import run_layer_checks

LABELS = np.array([2, 0, 1, 2])


def test_layer():
    run_layer_checks(
        ClassConditionalMarginal(3, 5),
        lambda layer: layer(LABELS),
        output_shape=(4, 5),
        num_weights=1,
    )


def call(marginal, labels):
    return ops.convert_to_numpy(marginal(labels))


@pytest.mark.parametrize(
    "labels",
    [LABELS, LABELS[:, None], LABELS.astype("uint8"), np.eye(3)[LABELS]],
    ids=["integers", "column", "uint8", "one-hot"],
)
def test_means_of_classes(labels):
    marginal = ClassConditionalMarginal(3, 5)
    means = call(marginal, labels)
    np.testing.assert_allclose(means, marginal.get_weights()[0][LABELS])


def test_mean_of_a_mixed_label_is_the_mean_of_the_means():
    marginal = ClassConditionalMarginal(3, 5)
    targets = np.array([[0.9, 0.1, 0.0], [0.2, 0.3, 0.5]], "float32")
    np.testing.assert_allclose(
        call(marginal, targets), targets @ marginal.get_weights()[0], rtol=1e-5
    )


@pytest.mark.tf_only
@pytest.mark.parametrize("replicas", [1, 2])
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize(
    "labels",
    [LABELS, LABELS[:, None], LABELS.astype("uint8")],
    ids=["integers", "column", "uint8"],
)
def test_the_gradient_has_a_row_for_each_class(labels, dtype, replicas):
    import tensorflow as tf

    strategy = toy.strategy(replicas)
    with strategy.scope():
        marginal = ClassConditionalMarginal(3, 5, dtype=dtype)
        marginal.build()

    @tf.function
    def gradients():
        def on_replica():
            with tf.GradientTape() as tape:
                total = tf.reduce_sum(marginal(labels))
            gradient = tape.gradient(total, marginal.means.value)
            # Of the graph, where the optimizer meets it.
            assert isinstance(gradient, tf.Tensor)
            return gradient

        return strategy.run(on_replica)

    for gradient in strategy.experimental_local_results(gradients()):
        expected = np.bincount(LABELS)[:, None] * np.ones((1, 5))
        np.testing.assert_array_equal(gradient, expected)


def test_distribution_is_unit_normal_at_the_means():
    marginal = ClassConditionalMarginal(3, 5)
    distribution = marginal.distribution(LABELS)
    assert tuple(distribution.batch_shape) == (4,)
    mean, stddev = distributions.moments(distribution)
    np.testing.assert_allclose(mean, call(marginal, LABELS))
    np.testing.assert_allclose(stddev, 1.0)


def test_in_a_functional_model():
    inputs = keras.Input((), dtype="int32")
    model = keras.Model(inputs, ClassConditionalMarginal(3, 5)(inputs))
    assert model.predict(LABELS, verbose=0).shape == (4, 5)


def test_initial_values_are_listing_2s():
    # Glorot uniform of a dense layer from one-hot labels to z.
    marginal = ClassConditionalMarginal(100, 200)
    means = call(marginal, np.arange(100))
    limit = np.sqrt(6 / 300)
    assert 0.95 * limit < np.abs(means).max() <= limit


def test_bad_arguments():
    with pytest.raises(ValueError, match="`num_classes` must be"):
        ClassConditionalMarginal(0, 5)
    with pytest.raises(ValueError, match="`z_dim` must be"):
        ClassConditionalMarginal(3, 0)
    with pytest.raises(ValueError, match="`z_dim` must be given"):
        ClassConditionalMarginal(3)(LABELS)


@pytest.mark.parametrize(
    "labels",
    [np.eye(4)[LABELS], LABELS.astype("float32"), np.zeros((2, 3, 3))],
    ids=["width", "float", "rank"],
)
def test_bad_labels(labels):
    with pytest.raises(ValueError, match=r"`y` must hold .*Received"):
        ClassConditionalMarginal(3, 5)(labels)


def test_output_shape_of_a_known_batch():
    assert ClassConditionalMarginal(3, 5).compute_output_shape((7,)) == (7, 5)


@pytest.mark.parametrize(("covariance", "components"), oracle.FAMILY)
class TestFamily:
    """Against TensorFlow Probability's distributions of the same weights."""

    @pytest.fixture
    def marginal(self, covariance, components):
        marginal = ClassConditionalMarginal(
            3, 5, covariance=covariance, components=components
        )
        marginal.build()
        return oracle.randomize(marginal)

    @pytest.fixture
    def z(self):
        return np.random.default_rng(1).normal(size=(4, 5)).astype("float32")

    def test_log_prob(self, marginal, z):
        expected = ops.convert_to_numpy(oracle.log_prob(marginal, z))
        actual = ops.convert_to_numpy(marginal.log_prob(z))
        assert actual.dtype == np.float32
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)
        own = marginal.distribution(LABELS).log_prob(ops.convert_to_tensor(z))
        own = ops.convert_to_numpy(own)
        np.testing.assert_allclose(
            own, expected[np.arange(4), LABELS], rtol=1e-5, atol=1e-5
        )

    def test_gradients_of_log_prob(self, marginal, z):
        # Weighted, for the sum alone could hide a transposition.
        weights = np.random.default_rng(2).normal(size=(4, 3))
        weights = ops.convert_to_tensor(weights.astype("float32"))
        actual = oracle.gradients(
            lambda values: weights * marginal.log_prob(z),
            marginal.trainable_weights,
        )
        expected = oracle.gradients(
            lambda values: weights * oracle.log_prob(marginal, z, values),
            marginal.trainable_weights,
        )
        for one, other in zip(actual, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-4)
