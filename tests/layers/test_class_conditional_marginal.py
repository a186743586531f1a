import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import softmax

from keras_ceb._src import backend
from keras_ceb.layers import ClassConditionalMarginal
from keras_ceb.layers import ConsistentClassifier
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


@pytest.mark.tf_only
@pytest.mark.parametrize("covariance", ["diagonal", "full"])
def test_gradients_of_learned_covariances_are_dense(covariance):
    import tensorflow as tf

    marginal = ClassConditionalMarginal(3, 5, covariance=covariance)
    marginal.build()

    @tf.function(autograph=False)
    def gradients():
        with tf.GradientTape() as tape:
            rex = marginal.residual_information(LABELS, tf.ones((4, 5)))
        found = tape.gradient(rex, [w.value for w in marginal.weights])
        assert all(isinstance(gradient, tf.Tensor) for gradient in found)
        return found

    # Class 2 has two of the four examples.
    means, scales = gradients()
    values = marginal.means.numpy()
    np.testing.assert_allclose(
        means, np.array([[1], [1], [2]]) * (values - 1), rtol=1e-5
    )
    assert scales.shape == marginal.scales.shape


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


@pytest.mark.parametrize("covariance", ["diagonal", "full"])
def test_layer_of_a_mixture(covariance):
    run_layer_checks(
        ClassConditionalMarginal(3, 5, covariance=covariance, components=2),
        lambda layer: layer(LABELS),
        output_shape=(4, 5),
        num_weights=3,
    )


def test_a_full_covariance_says_how_much_memory_it_would_need():
    # 1000 classes of 2048 x 2048 numbers of 4 bytes.
    with pytest.raises(ValueError, match=r"`z_dim` .*128 .*17 GB.*z_dim=2048"):
        ClassConditionalMarginal(1000, 2048, covariance="full")
    assert ClassConditionalMarginal(2, 128, covariance="full").z_dim == 128
    marginal = ClassConditionalMarginal(2, covariance="full")
    marginal.z_dim = 129
    with pytest.raises(ValueError, match=r"at most 128"):
        marginal.build()


def test_bad_arguments():
    with pytest.raises(ValueError, match="`covariance` must be .*'full'"):
        ClassConditionalMarginal(3, 5, covariance="lowrank")
    with pytest.raises(ValueError, match="`components` must be a positive"):
        ClassConditionalMarginal(3, 5, components=0)
    marginal = ClassConditionalMarginal(3, 5)
    marginal.build()
    with pytest.raises(ValueError, match="`labels` must be given.*classes=3"):
        marginal.residual_information(None, np.zeros((4, 5), "float32"))
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
        np.testing.assert_allclose(
            ops.convert_to_numpy(own),
            expected[np.arange(4), LABELS],
            rtol=1e-5,
            atol=1e-5,
        )

    def test_gradients_of_log_prob(self, marginal, z):
        # Weighted, for the sum alone could hide a transposition.
        weights = np.random.default_rng(2).normal(size=(4, 3))
        weights = weights.astype("float32")
        actual = oracle.gradients(
            lambda values: oracle.tensor(weights) * marginal.log_prob(z),
            marginal.trainable_weights,
        )
        with oracle.double_precision():
            expected = oracle.gradients(
                lambda values: (
                    oracle.tensor(weights)
                    * oracle.log_prob(marginal, z, values)
                ),
                marginal.trainable_weights,
            )
        for one, other in zip(actual, expected, strict=True):
            oracle.assert_same_gradient(one, other)

    @pytest.fixture
    def encoder(self, z):
        scale = np.exp(np.random.default_rng(3).normal(size=z.shape))
        return z, scale.astype("float32")

    def divergences(self, marginal, encoder, values=None):
        """KL of each example from each component, and their log weights."""
        mean, scale = (
            ops.expand_dims(oracle.tensor(part), (1, 2)) for part in encoder
        )
        components, log_weights = oracle.components(marginal, values)
        e = oracle.normal(mean, scale)
        return oracle.divergence(e, components), log_weights

    def test_residual_information(self, marginal, encoder):
        # Of one component the divergence itself, of more its bound.
        divergences, log_weights = self.divergences(marginal, encoder)
        expected = -ops.logsumexp(log_weights - divergences, axis=-1)
        expected = ops.convert_to_numpy(expected)[np.arange(4), LABELS]
        for labels in (LABELS, np.eye(3, dtype="float32")[LABELS]):
            actual = marginal.residual_information(
                labels, *map(ops.convert_to_tensor, encoder)
            )
            np.testing.assert_allclose(
                ops.convert_to_numpy(actual), expected, rtol=1e-5, atol=1e-5
            )

    def test_sampled_residual_information(self, marginal, encoder, components):
        mean, scale = map(ops.convert_to_tensor, encoder)
        noise = np.random.default_rng(4).normal(size=mean.shape)
        noise = ops.convert_to_tensor(noise.astype("float32"))
        if components == 1:
            # The closed form, whatever the sample.
            one, other = (
                ops.convert_to_numpy(
                    marginal.residual_information(LABELS, mean, scale, eps)
                )
                for eps in (noise, None)
            )
            np.testing.assert_array_equal(one, other)
            return
        z = mean + scale * noise
        e = oracle.normal(mean, scale)
        log_b = ops.convert_to_numpy(oracle.log_prob(marginal, z))
        log_e = ops.convert_to_numpy(e.log_prob(z))
        targets = np.array([[0, 0, 1], [0.5, 0.5, 0]] * 2, "float32")
        for labels, expected in (
            (LABELS, log_b[np.arange(4), LABELS]),
            (targets, np.log(np.sum(targets * np.exp(log_b), axis=-1))),
        ):
            actual = marginal.residual_information(labels, mean, scale, noise)
            np.testing.assert_allclose(
                ops.convert_to_numpy(actual),
                log_e - expected,
                rtol=1e-5,
                atol=1e-5,
            )

    def test_gradients_of_residual_information(self, marginal, encoder):
        def expected_of(values=None, encoder=encoder):
            divergences, weights = self.divergences(marginal, encoder, values)
            rex = -ops.logsumexp(weights - divergences, axis=-1)
            # Of the label's class, without a look-up.
            return ops.sum(ops.one_hot(LABELS, 3) * rex, -1)

        def actual_of(values=None, encoder=encoder):
            return marginal.residual_information(
                LABELS, *map(ops.convert_to_tensor, encoder)
            )

        def of_encoder(function):
            both = oracle.tensor(np.stack(encoder))
            _, gradient = backend.value_and_gradient(
                lambda x: (function(encoder=(x[0], x[1])), ()), both
            )
            return list(ops.convert_to_numpy(gradient))

        def all_of(function):
            weights = marginal.trainable_weights
            return oracle.gradients(function, weights) + of_encoder(function)

        actual = all_of(actual_of)
        with oracle.double_precision():
            expected = all_of(expected_of)
        for one, other in zip(actual, expected, strict=True):
            oracle.assert_same_gradient(one, other)

    def test_bayes_rule(self, marginal, z):
        prior = np.array([0.5, 0.3, 0.2])
        classifier = ConsistentClassifier(marginal, prior)
        joint = oracle.log_prob(marginal, z) + ops.log(
            ops.convert_to_tensor(prior, "float32")
        )
        np.testing.assert_allclose(
            ops.convert_to_numpy(ops.log_softmax(classifier(z))),
            ops.convert_to_numpy(ops.log_softmax(joint)),
            rtol=1e-5,
            atol=1e-5,
        )


def test_a_mixed_label_has_a_gaussian_between_those_of_its_classes():
    marginal = ClassConditionalMarginal(2, 3, covariance="diagonal")
    marginal.build()
    means, scales = oracle.randomize(marginal).get_weights()
    targets = np.array([[0.25, 0.75]], "float32")
    b = marginal.distribution(targets)
    mean, stddev = distributions.moments(b)
    np.testing.assert_allclose(mean, targets @ means, rtol=1e-5)
    expected = oracle.scale(ops.convert_to_tensor(targets @ scales))
    np.testing.assert_allclose(
        stddev, ops.convert_to_numpy(expected), rtol=1e-5
    )


def test_the_mean_of_a_mixture():
    marginal = ClassConditionalMarginal(
        3, 5, covariance="diagonal", components=2
    )
    marginal.build()
    oracle.randomize(marginal)
    means, _, logits = marginal.get_weights()
    weights = softmax(logits, axis=-1)[..., None]
    expected = np.sum(weights * means.reshape(3, 2, 5), axis=1)
    np.testing.assert_allclose(
        call(marginal, LABELS), expected[LABELS], rtol=1e-5
    )
