"""One replica or many: the same training."""

import json
import os
import socket
import subprocess
import sys

import keras
import numpy as np
import pytest

import keras_ceb
from keras_ceb import schedules
from tests import toy

pytestmark = pytest.mark.tf_only


def dataset(x, y, *weights, batch_size):
    import tensorflow as tf

    arrays = (x, y, *weights)
    return tf.data.Dataset.from_tensor_slices(arrays).batch(batch_size)


def train(
    replicas,
    examples,
    batch_size,
    objective="ceb",
    classifier="linear",
    validated=True,
    **options,
):
    """Logs and weights after two epochs without noise."""
    x, y = toy.data(examples)
    weight = np.linspace(0.5, 1.5, examples).astype("float32")
    schedule = schedules.JumpStart(
        1.0, 2, warmup_epochs=0, anneal_epochs=1, threshold=0.01
    )
    with toy.strategy(replicas).scope():
        backbone = keras.Sequential(
            [
                keras.Input((5,)),
                keras.layers.Dense(
                    4,
                    kernel_initializer=keras.initializers.GlorotUniform(seed=0),
                    kernel_regularizer=keras.regularizers.L2(0.1),
                ),
            ]
        )
        model = keras_ceb.wrap(
            backbone,
            3,
            rho=schedule,
            objective=objective,
            classifier=classifier,
            seed=0,
            **options,
        )
        toy.switch_off_noise(model)
        model.compile(keras.optimizers.SGD(0.1), metrics=["accuracy"])
    data = dataset(x, y, weight, batch_size=batch_size)
    validation = data if validated else None
    history = model.fit(
        data, validation_data=validation, epochs=2, verbose=0
    ).history
    return history, model.get_weights()


@pytest.fixture(scope="module")
def one_device():
    return {}


HEADS = [("ceb", "linear"), ("ceb", "consistent"), ("vib", "linear")]
# The uneven batch is the harder case; the even one of all heads takes longer.
CASES = [(29, *head) for head in HEADS] + [
    (32, *HEADS[0]),
    *(pytest.param(32, *head, marks=pytest.mark.slow) for head in HEADS[1:]),
]


@pytest.mark.parametrize(
    "replicas", [pytest.param(2, marks=pytest.mark.slow), 4]
)
def test_the_same_step_of_learned_covariances(replicas, one_device):
    options = {"examples": 29, "batch_size": 16, "validated": False}
    options |= toy.FAMILY
    if "family" not in one_device:
        one_device["family"] = train(1, **options)
    compare(train(replicas, **options), one_device["family"])


@pytest.mark.parametrize("examples,objective,classifier", CASES)
@pytest.mark.parametrize(
    "replicas", [pytest.param(2, marks=pytest.mark.slow), 4]
)
def test_the_same_step_on_any_number_of_replicas(
    replicas, examples, objective, classifier, one_device
):
    # 29 examples in batches of 16: the last 13 are split 7 and 6, or
    # 4, 4, 4 and 1, and each replica's mean alone would be wrong.
    options = {
        "examples": examples,
        "batch_size": 16,
        "objective": objective,
        "classifier": classifier,
        # Evaluation takes the same sums over replicas, whatever the head.
        "validated": (examples, objective, classifier) == CASES[0],
    }
    key = tuple(options.values())
    if key not in one_device:
        one_device[key] = train(1, **options)
    compare(train(replicas, **options), one_device[key])


def compare(actual, expected):
    history, weights = actual
    expected_history, expected_weights = expected
    for one, other in zip(weights, expected_weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert history.keys() == expected_history.keys()
    for name in history:
        np.testing.assert_allclose(
            history[name], expected_history[name], rtol=1e-5, err_msg=name
        )


def test_one_replica_is_no_strategy():
    with_strategy, weights = train(1, 32, 16)
    x, y = toy.data(32)
    sample_weight = np.linspace(0.5, 1.5, 32).astype("float32")
    schedule = schedules.JumpStart(
        1.0, 2, warmup_epochs=0, anneal_epochs=1, threshold=0.01
    )
    backbone = toy.backbone()
    backbone.layers[0].kernel.regularizer = keras.regularizers.L2(0.1)
    model = keras_ceb.wrap(backbone, 3, rho=schedule, seed=0)
    toy.switch_off_noise(model)
    model.compile(keras.optimizers.SGD(0.1), metrics=["accuracy"])
    data = dataset(x, y, sample_weight, batch_size=16)
    history = model.fit(data, epochs=2, verbose=0).history
    for name in history:
        np.testing.assert_allclose(
            history[name], with_strategy[name], rtol=1e-5, err_msg=name
        )
    for one, other in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("replicas", [2, 4])
def test_replicas_draw_different_noise(replicas):
    import tensorflow as tf

    devices = toy.strategy(replicas)
    with devices.scope():
        encoder = keras_ceb.layers.StochasticEncoder(seed=0)
        encoder.build((None, 1000))

    @tf.function
    def draw():
        zeros = tf.zeros((4, 1000))
        return devices.run(lambda: encoder(zeros, training=True))

    draws = [
        noise.numpy().ravel()
        for _ in range(2)
        for noise in devices.experimental_local_results(draw())
    ]
    correlation = np.corrcoef(draws) - np.eye(len(draws))
    # Standard error 1/sqrt(4000) = 0.016.
    assert np.abs(correlation).max() < 0.08


def test_a_first_batch_that_is_split_unevenly():
    x, y = toy.data(7)
    with toy.strategy(2).scope():
        model = toy.model()
    history = model.fit(dataset(x, y, batch_size=7), verbose=0).history
    assert np.isfinite(history["loss"]).all()


def test_training_with_noise_under_a_strategy():
    x, y = toy.data(240)
    with toy.strategy(2).scope():
        model = keras_ceb.wrap(toy.backbone(), 3, rho=3.0, seed=0)
        model.compile(keras.optimizers.Adam(0.05), metrics=["accuracy"])
    history = model.fit(
        dataset(x, y, batch_size=24), epochs=4, verbose=0
    ).history
    assert history["accuracy"][-1] > 0.9


@pytest.mark.parametrize(
    "policy",
    ["mixed_bfloat16", pytest.param("mixed_float16", marks=pytest.mark.slow)],
)
def test_mixed_precision_under_a_strategy(policy):
    keras.mixed_precision.set_dtype_policy(policy)
    x, y = toy.data(240)
    with toy.strategy(2).scope():
        model = keras_ceb.wrap(toy.backbone(64), 3, rho=3.0, seed=0)
        model.compile(keras.optimizers.Adam(0.01), metrics=["accuracy"])
    history = model.fit(
        dataset(x, y, batch_size=24), epochs=5, verbose=0
    ).history
    assert np.isfinite(history["loss"]).all()
    assert history["accuracy"][-1] > 0.8


def test_impossible_labels_under_a_strategy():
    x, y = toy.data(16)
    y[3] = 8
    with toy.strategy(2).scope():
        model = keras_ceb.wrap(toy.backbone(), 3, seed=0)
        model.compile("sgd")
    with pytest.raises(ValueError, match="1 invalid labels"):
        model.fit(dataset(x, y, batch_size=8), verbose=0)


# One of two real processes; writes its logs and weights.
WORKER = """
import json, sys
import keras
import numpy as np
import tensorflow as tf

strategy = tf.distribute.MultiWorkerMirroredStrategy()
import keras_ceb
from keras_ceb import schedules
from tests import toy

x, y = toy.data(29)
with strategy.scope():
    silent = toy.switch_off_noise(toy.model(0.7, seed=0))
    adversary = toy.adversary(noise=None)
    silent.compile("sgd", metrics=["accuracy"], adversary=adversary)
    noisy = toy.model(0.7, seed=0)
options = tf.data.Options()
options.experimental_distribute.auto_shard_policy = (
    tf.data.experimental.AutoShardPolicy.DATA
)
data = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)
data = data.with_options(options)
history = silent.fit(data, epochs=2, verbose=0).history
noisy.fit(data, verbose=0)
draw = strategy.run(
    lambda: noisy.encoder(tf.zeros((1, toy.FEATURES)), training=True)
)
with open(sys.argv[1], "w") as f:
    json.dump(
        {
            "history": history,
            "weights": [w.tolist() for w in silent.get_weights()],
            "noisy": [w.tolist() for w in noisy.get_weights()],
            "draw": np.asarray(draw).tolist(),
        },
        f,
    )
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("localhost", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def run_workers(folder):
    addresses = [f"localhost:{port}" for port in free_ports(2)]
    workers = []
    for index in range(2):
        config = {
            "cluster": {"worker": addresses},
            "task": {"type": "worker", "index": index},
        }
        env = {
            **os.environ,
            "TF_CONFIG": json.dumps(config),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        output = folder / f"{index}.json"
        workers.append(
            subprocess.Popen(
                [sys.executable, "-c", WORKER, str(output)], env=env
            )
        )
    try:
        assert [worker.wait(timeout=240) for worker in workers] == [0, 0]
    finally:
        for worker in workers:
            worker.kill()
    return [
        json.loads((folder / f"{index}.json").read_text()) for index in range(2)
    ]


def test_two_worker_processes_agree(tmp_path):
    first, second = run_workers(tmp_path)
    assert first["history"] == second["history"]
    assert first["weights"] == second["weights"]
    # And they agree with one process that sees the whole batch and attacks it.
    x, y = toy.data(29)
    model = toy.switch_off_noise(toy.model(0.7, seed=0))
    adversary = toy.adversary(noise=None)
    model.compile("sgd", metrics=["accuracy"], adversary=adversary)
    history = model.fit(
        x, y, batch_size=16, shuffle=False, epochs=2, verbose=0
    ).history
    for name, expected in history.items():
        np.testing.assert_allclose(
            first["history"][name], expected, rtol=1e-5, err_msg=name
        )
    for one, other in zip(first["weights"], model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    # Each draws noise of its own, and they stay in step.
    assert first["noisy"] == second["noisy"] != first["weights"]
    assert not np.allclose(first["draw"], second["draw"])
