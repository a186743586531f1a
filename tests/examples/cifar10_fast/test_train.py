import keras
import numpy as np
import pytest

import keras_ceb
from examples.cifar10_fast import data
from examples.cifar10_fast import experiments
from examples.cifar10_fast import network
from examples.cifar10_fast import train

SMOKE = experiments.preset("smoke")


@pytest.fixture(scope="module")
def train_set(archive):
    return data.load(archive, "train", SMOKE)


def test_models_are_what_their_names_say(train_set):
    model = train.build_model("normfree_fast_cceb_2", SMOKE, train_set, 0)
    assert isinstance(model.classifier, keras_ceb.layers.ConsistentClassifier)
    # 32 images in batches of 16.
    assert model.schedule.rho == 2.0 and model.schedule.steps_per_epoch == 2
    assert model.adversary == keras_ceb.adversarial.FastTraining(
        "linf", 8 / 255, noise="unclipped", seed=0
    )
    kinds = [type(layer) for layer in model.backbone.layers]
    assert kinds.count(network.StandardizedConv2D) == 4
    assert keras.layers.BatchNormalization not in kinds


def test_the_first_convolution_whitens_the_training_images(train_set):
    model = train.build_model("baseline", SMOKE, train_set, 0)
    images = train_set.images.astype("float32") / 255
    expected = network.whitening(images)
    found = model.backbone.get_layer(network.WHITENED).get_weights()
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    assert model.adversary is None and not model.has_bottleneck
    kinds = [type(layer) for layer in model.backbone.layers]
    assert kinds.count(keras.layers.BatchNormalization) == 4
