import keras
import numpy as np
import pytest

import keras_ceb
from examples.common import costs
from examples.fashion_mnist import experiments
from examples.fashion_mnist import train
from keras_ceb.data import ArrayDataset

SMOKE = experiments.preset("smoke")


def build(name):
    images = np.zeros((40, 8, 8, 1), "uint8")
    labels = np.zeros(40, "int32")
    train_set = ArrayDataset(images, labels, batch_size=4)
    return train.build_model(name, SMOKE, train_set, seed=0)


def test_models_are_what_their_names_say():
    model = build("fast_cceb_2")
    assert isinstance(model.classifier, keras_ceb.layers.ConsistentClassifier)
    assert model.schedule.rho == 2.0 and model.schedule.steps_per_epoch == 10
    assert model.adversary == keras_ceb.adversarial.FastTraining(
        "linf", 0.1, noise="unclipped", seed=0
    )
    dropout = build("dropout")
    assert not dropout.has_bottleneck and dropout.adversary is None
    assert dropout.backbone.layers[-1].rate == 0.5
    kinds = (keras.layers.BatchNormalization, keras.layers.GroupNormalization)
    assert not any(isinstance(layer, kinds) for layer in model.backbone.layers)


def test_the_network_has_as_many_multiplications_as_the_study_wants():
    full = experiments.preset("full")
    backbone = train.build_backbone(full, 0.0, (28, 28, 1), 0)
    # 28^2 9 (1 x 16) + 14^2 9 (16 x 32) + 7^2 9 (32 x 64 + 64 x 64)
    # + 4^2 64 x 128.
    expected = 112_896 + 903_168 + 2_709_504 + 131_072
    assert costs.macs(backbone) == expected
    assert 2e6 < expected < 5e6


@pytest.mark.parametrize("names", [("baseline", "ceb_3"), ("vib_3", "ceb_3")])
def test_models_of_a_seed_begin_with_the_same_backbone(names):
    one, other = (build(name).backbone.get_weights() for name in names)
    assert all((a == b).all() for a, b in zip(one, other, strict=True))
