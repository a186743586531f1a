"""Weight decay: which weights, how much of it, on one replica and on two."""

import keras
import numpy as np
import pytest

import keras_ceb
from keras_ceb._src.training.weight_decay import decayed_variables
from keras_ceb._src.training.weight_decay import l2_loss
from tests import toy


def backbone():
    return keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(4, name="dense"),
            keras.layers.BatchNormalization(name="norm"),
        ]
    )


def decayed_paths(**options):
    model = keras_ceb.wrap(backbone(), 3, **options)
    variables = decayed_variables(model)
    assert len({id(v) for v in variables}) == len(variables)
    return {"/".join(v.path.split("/")[-2:]) for v in variables}


def test_all_but_batch_norm_is_decayed():
    network = {"dense/kernel", "dense/bias"}
    head = {"classifier/kernel", "classifier/bias"}
    marginal = {"marginal/means"}
    assert decayed_paths() == network | head | marginal
    assert decayed_paths(objective="xent") == network | head
    assert decayed_paths(classifier="consistent") == network | marginal


def test_what_is_frozen_is_not_decayed():
    model = keras_ceb.wrap(backbone(), 3)
    model.backbone.trainable = False
    paths = {v.path for v in decayed_variables(model)}
    assert not any("dense/" in path for path in paths) and len(paths) == 3


def test_l2_loss_is_that_of_tensorflow():
    tf = pytest.importorskip("tensorflow")
    arrays = [np.arange(4.0, dtype="float32"), np.full((2, 3), 0.5, "float32")]
    expected = sum(float(tf.nn.l2_loss(a)) for a in arrays)
    assert float(l2_loss(arrays)) == expected == 7.75


def train(weight_decay, classifier="linear"):
    """Loss and weights before and after one step, without noise."""
    keras.utils.set_random_seed(0)
    model = keras_ceb.wrap(
        toy.backbone(),
        3,
        classifier=classifier,
        weight_decay=weight_decay,
        seed=0,
    )
    toy.switch_off_noise(model)
    model.compile(keras.optimizers.SGD(0.5))
    before = [w.numpy() for w in model.trainable_variables]
    x, y = toy.data(8)
    logs = model.train_on_batch(x, y, return_dict=True)
    after = [w.numpy() for w in model.trainable_variables]
    return float(logs["loss"]), before, after


@pytest.mark.parametrize("classifier", ["linear", "consistent"])
def test_a_step_of_sgd_against_algebra(classifier):
    # d/dw of 0.3 * w^2 / 2 is 0.3 w, so a step of 0.5 takes 0.15 w more.
    loss, before, plain = train(0.0, classifier)
    loss_with, _, decayed = train(0.3, classifier)
    squares = sum((w**2).sum() for w in before)
    np.testing.assert_allclose(loss_with - loss, 0.15 * squares, rtol=1e-4)
    for start, a, b in zip(before, plain, decayed, strict=True):
        np.testing.assert_allclose(a - b, 0.15 * start, atol=1e-6)


@pytest.mark.tf_only
@pytest.mark.parametrize("replicas", [1, 2])
def test_the_same_on_replicas(replicas):

    strategy = toy.strategy(replicas)
    loss, before, expected = train(0.3)
    with strategy.scope():
        replicated_loss, _, after = train(0.3)
    np.testing.assert_allclose(replicated_loss, loss, rtol=1e-6)
    for a, b in zip(after, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_in_float32_whatever_the_policy_and_kept_by_files(tmp_path):
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    model = keras_ceb.wrap(backbone(), 3, weight_decay=1e-4)
    loss = l2_loss(decayed_variables(model))
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.weight_decay == 1e-4


@pytest.mark.parametrize("weight_decay", [-1e-4, float("nan")])
def test_bad_weight_decay(weight_decay):
    with pytest.raises(ValueError, match="`weight_decay`.*Received"):
        keras_ceb.wrap(backbone(), 3, weight_decay=weight_decay)
