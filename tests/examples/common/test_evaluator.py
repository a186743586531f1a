import keras
import numpy as np
import pytest

import keras_ceb
from examples.common import evaluator


def build(seed, **options):
    backbone = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(
                4, kernel_initializer=keras.initializers.HeNormal(seed=seed)
            ),
        ]
    )
    return keras_ceb.wrap(backbone, 5, seed=seed, **options)


@pytest.mark.parametrize("classifier", ["linear", "consistent"])
def test_the_other_model_gives_the_same_probabilities(classifier):
    model = build(1, classifier=classifier)
    target = build(2, objective="xent")
    x = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
    wanted = keras.ops.convert_to_numpy(keras.ops.softmax(model(x)))
    before = keras.ops.convert_to_numpy(keras.ops.softmax(target(x)))
    assert np.abs(before - wanted).max() > 1e-3
    evaluator.transfer(model, target)
    after = keras.ops.convert_to_numpy(keras.ops.softmax(target(x)))
    np.testing.assert_allclose(after, wanted, atol=1e-5)
