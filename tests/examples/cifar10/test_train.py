import dataclasses

import numpy as np
import pytest

import keras_ceb
from examples.cifar10 import experiments
from examples.cifar10 import train
from keras_ceb import schedules

SMOKE = experiments.preset("smoke")


def build(name, preset=SMOKE):
    return train.build_model(name, preset, 10, (32, 32, 3), seed=0)


def test_models_are_what_their_names_say():
    baseline = build("baseline")
    assert baseline.objective == "xent" and not baseline.has_bottleneck
    ceb = build("ceb_-0.5")
    assert isinstance(ceb.schedule, schedules.JumpStart)
    assert ceb.schedule.get_config() == {
        **ceb.schedule.get_config(),
        "rho": -0.5,
        "start": 100.0,
        "plateau": 10.0,
        "threshold": 0.2,
        "steps_per_epoch": 10,
    }
    assert isinstance(build("plain_-0.5").schedule, schedules.Constant)
    consistent = build("cceb_3").classifier
    assert isinstance(consistent, keras_ceb.layers.ConsistentClassifier)
    assert build("ceb_2_batchnorm").backbone.norm == "batch"
    assert ceb.adversary is None


def test_models_meet_the_adversary_of_their_name():
    few = dataclasses.replace(SMOKE, train_eps=0.01)
    model = build("fast_cceb_3", few)
    assert isinstance(model.schedule, schedules.JumpStart)
    assert model.adversary == keras_ceb.adversarial.FastTraining(
        "linf", 0.01, noise="unclipped", seed=0
    )


def test_learning_rate_falls_where_the_paper_says():
    rate = build("baseline", experiments.preset("smoke")).optimizer
    schedule = rate._learning_rate
    # Two epochs of ten steps; drops after a third, two thirds, five sixths.
    found = [float(schedule(step)) for step in (0, 8, 14, 19)]
    np.testing.assert_allclose(found, [1e-3, 3e-4, 9e-5, 2.7e-5], rtol=1e-5)


@pytest.mark.slow
@pytest.mark.tf_only
@pytest.mark.parametrize("name", ["ceb_2_keras_cv", "ceb_2_keras_hub"])
def test_backbones_of_other_packages_take_steps(name):
    model = build(name)
    x = np.random.default_rng(0).random((4, 32, 32, 3)).astype("float32")
    logs = model.train_on_batch(x, np.arange(4), return_dict=True)
    assert np.isfinite(logs["loss"])
