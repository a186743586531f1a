import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src import backend
from keras_ceb.robustness import Classifier
from keras_ceb.robustness.attacks import APGD
from keras_ceb.robustness.attacks import FGSM
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Ensemble


def test_a_traced_attack_gives_the_same(linear):
    rng = np.random.default_rng(0)
    classifier = Classifier(linear(rng.normal(size=(4, 3))), (0, 2))
    x = rng.uniform(0, 2, (6, 4)).astype("float32")
    y = np.arange(6, dtype="int32") % 3
    malt = APGD(eps=0.2, steps=2, loss="margin", targets="malt")
    attack = Ensemble([FGSM(eps=0.2), PGD(eps=0.2, steps=3, restarts=2), malt])

    def traced(batch, shared):
        return attack(classifier, batch["x"], batch["y"])

    found = backend.compile_function(traced)({"x": x, "y": y}, {})
    found = ops.convert_to_numpy(found)
    # Where nothing fools the model, both may stop at other points of one loss.
    np.testing.assert_allclose(found, attack(classifier, x, y), atol=1e-5)


def test_a_radius_beyond_the_range_is_found_in_a_trace_too(linear):
    classifier = Classifier(linear(np.eye(2)))
    data = {"x": np.zeros((2, 2), "float32"), "y": np.zeros(2, "int32")}

    def traced(batch, shared):
        return FGSM(eps=8)(classifier, batch["x"], batch["y"])

    with pytest.raises(ValueError, match="`eps` must not be larger than the r"):
        backend.compile_function(traced)(data, {})


@pytest.mark.tf_only
def test_runs_inside_strategy_run(digits):
    import tensorflow as tf

    model, x, y = digits
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        mirrored = keras.models.clone_model(model)
    mirrored.set_weights(model.get_weights())
    attack = PGD("linf", 0.1, 4)
    index = np.arange(8, dtype="int32")
    data = tf.data.Dataset.from_tensor_slices((x[:8], y[:8], index)).batch(8)

    @tf.function
    def step(x, y, index):
        return strategy.run(
            lambda x, y, i: attack(mirrored, x, y, index=i), args=(x, y, index)
        )

    for batch in strategy.experimental_distribute_dataset(data):
        per_replica = strategy.experimental_local_results(step(*batch))
    result = np.concatenate([r.numpy() for r in per_replica])
    assert len(per_replica) == 2
    np.testing.assert_allclose(result, attack(model, x[:8], y[:8]), atol=1e-6)


@pytest.mark.tf_only
def test_compiles_with_xla_and_static_shapes(digits):
    import tensorflow as tf

    model, x, y = digits
    x, y = x[:8], y[:8]
    attack = PGD("linf", 0.1, 4)

    @tf.function(jit_compile=True)
    def whole(x, y):
        return attack(model, x, y)

    fused = whole(tf.constant(x), tf.constant(y)).numpy()
    plain = attack(model, x, y)
    # Gradients next to zero may change their sign.
    assert np.mean(np.abs(fused - plain) < 1e-4) > 0.98
