"""Every model of the study builds and trains, at a smoke size and in full."""

import keras
import numpy as np
import pytest

import keras_ceb
from examples.imagenet import experiments
from examples.imagenet import model as model_lib
from examples.imagenet.experiments import EXPERIMENTS
from examples.imagenet.experiments import NETWORKS

# One of each method; one of them on JAX too, where compiling takes longer.
FAST = ("resnet50_noaa_xent", "resnet50_ceb_3", "resnet152x2_cceb_10")
ON_JAX = "resnet50_ceb_3"


def case(name):
    marks = [] if name in FAST else [pytest.mark.slow]
    marks.append(
        pytest.mark.slow_on_jax if name == ON_JAX else pytest.mark.tf_only
    )
    return pytest.param(name, marks=marks)


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    return rng.random((4, 16, 16, 3)).astype("float32"), np.arange(4) % 3


@pytest.mark.parametrize("name", [case(name) for name in EXPERIMENTS])
def test_two_steps(name, images):
    preset = experiments.preset("smoke")
    experiment = experiments.experiment(name)
    model = model_lib.build(experiment, preset, steps_per_epoch=2)
    before = [np.array(w) for w in model.get_weights()]
    history = model.fit(*images, batch_size=4, epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert model.optimizer.iterations == 2
    changed = [
        not np.array_equal(one, other)
        for one, other in zip(before, model.get_weights(), strict=True)
    ]
    # The rate of the first step is zero, and behind the gammas that start at
    # zero the gradients of the second are: only the decay changes kernels.
    assert np.mean(changed) > 0.5
    bottleneck = "rex" in history
    assert bottleneck == (experiment.method != "xent")
    consistent = isinstance(
        model.classifier, keras_ceb.layers.ConsistentClassifier
    )
    assert consistent == (experiment.method == "cceb")
    if bottleneck:
        # The anneal of three steps has taken one of them (Listing 3).
        weight = np.exp(-float(experiment.rho)) / 3
        assert np.exp(-history["rho"][-1]) == pytest.approx(weight, rel=1e-4)
    network = NETWORKS[experiment.network]
    resnet = model.backbone.layers[-1]
    assert resnet.width == network.width / 64
    assert resnet.depth == dict(preset.depths)[network.depth]


# Trainable parameters of the ResNets without a classifier: by the layer
# shapes of He et al. (2015), Table 1, each BatchNorm has two a channel.
def parameters(blocks, width):
    channels = 64 * width
    total = 3 * 49 * channels + 2 * channels
    inputs = channels
    for group, count in enumerate(blocks):
        inner = channels * 2**group
        for block in range(count):
            total += inputs * inner + 2 * inner
            total += 9 * inner * inner + 2 * inner
            total += inner * 4 * inner + 8 * inner
            if not block:
                total += inputs * 4 * inner + 8 * inner
            inputs = 4 * inner
    return total, inputs


@pytest.mark.parametrize("name", [case(name) for name in EXPERIMENTS])
def test_the_full_size(name):
    experiment = experiments.experiment(name)
    preset = experiments.preset("paper")
    # Shapes alone, as `jax.eval_shape` gives them: no weight is allocated.
    with keras.StatelessScope(initialize_variables=False):
        model = model_lib.build_network(experiment, preset)
        logits = model(keras.KerasTensor((8, 224, 224, 3)))
    assert all(weight._value is None for weight in model.trainable_variables)
    network = NETWORKS[experiment.network]
    blocks = {50: (3, 4, 6, 3), 152: (3, 8, 36, 3)}[network.depth]
    count, features = parameters(blocks, network.width)
    head = 1000 * features if experiment.method != "xent" else 0
    if experiment.method != "cceb":
        head += 1000 * features + 1000
    trainable = sum(np.prod(w.shape) for w in model.trainable_variables)
    assert trainable == count + head
    assert logits.shape == (8, 1000)
    assert logits.dtype == "float32"
    assert model.backbone.layers[-1].compute_dtype == "bfloat16"
    assert model.weight_decay == 1e-4


def test_the_learning_rate_of_the_paper():
    steps = 1_281_167 // 8192
    rate = model_lib.learning_rate(experiments.preset("paper"), steps)
    values = {
        epoch: float(keras.ops.convert_to_numpy(rate(round(epoch * steps))))
        for epoch in (0, 7.5, 15, 89, 90, 179, 180, 239, 240, 269)
    }
    np.testing.assert_allclose(
        list(values.values()),
        [0, 0.8, 1.6, 1.6, 0.16, 0.16, 0.016, 0.016, 0.0016, 0.0016],
        rtol=1e-5,
    )
    again = keras.optimizers.schedules.deserialize(
        keras.optimizers.schedules.serialize(rate)
    )
    assert again.get_config() == rate.get_config()


def test_pixels_are_standardized():
    preset = experiments.preset("smoke")
    experiment = experiments.experiment("resnet50_xent")
    backbone = model_lib.build_backbone(experiment, preset)
    mean = np.broadcast_to(model_lib.MEAN, (1, 16, 16, 3))
    white = keras.ops.convert_to_numpy(
        backbone.get_layer("standardize")(np.ones((1, 16, 16, 3), "float32"))
    )
    np.testing.assert_allclose(
        white, (1 - mean) / np.array(model_lib.STDDEV), rtol=1e-5
    )
