"""Strategies by name, and what is said where one cannot be had."""

import keras
import pytest

from examples.common import devices

needs_tensorflow = pytest.mark.tf_only


@needs_tensorflow
def test_one_device():
    one = devices.make("one_device")
    assert (one.num_replicas, one.shard, one.is_chief) == (1, (0, 1), True)
    with one.scope():
        pass
    assert one.distribute(lambda *arguments: arguments, 12) == (12, (0, 1))


@needs_tensorflow
def test_mirrored():
    import tensorflow as tf

    mirrored = devices.make("mirrored")
    assert mirrored.num_replicas == 4
    with mirrored.scope():
        assert tf.distribute.get_strategy() is mirrored.strategy
    asked = []

    def dataset(batch_size, shard):
        asked.append((batch_size, shard))
        return tf.data.Dataset.range(8).batch(batch_size)

    batches = mirrored.distribute(dataset, 8)
    assert asked == [(2, (0, 1))]
    first = mirrored.strategy.experimental_local_results(next(iter(batches)))
    assert [part.numpy().tolist() for part in first] == [
        [0, 1],
        [2, 3],
        [4, 5],
        [6, 7],
    ]


@needs_tensorflow
def test_a_batch_that_cannot_be_shared_out():
    mirrored = devices.Devices("mirrored", 4)
    mirrored.check_batch_size(8)
    with pytest.raises(
        ValueError, match="`batch_size`.*4 replicas.*8 or 12.*batch_size=10"
    ):
        mirrored.check_batch_size(10)
    with pytest.raises(ValueError, match="4, for example"):
        mirrored.distribute(lambda *_: None, 3)


@needs_tensorflow
def test_no_tpu(monkeypatch):
    monkeypatch.delenv("TPU_NAME", raising=False)
    monkeypatch.setattr(devices, "TPU_DEVICES", ("/dev/none",))
    with pytest.raises(
        ValueError,
        match="no TPU.*TPU_NAME=None.*/dev/none.*one_device, mirrored",
    ):
        devices.make("tpu")


@needs_tensorflow
def test_a_tpu_that_does_not_answer(monkeypatch):
    import tensorflow as tf

    def resolver(name):
        raise RuntimeError(f"{name} is away")

    monkeypatch.setattr(
        tf.distribute.cluster_resolver, "TPUClusterResolver", resolver
    )
    with pytest.raises(ValueError, match="`tpu`='mine'.*mine is away"):
        devices.make("tpu", tpu="mine")


@needs_tensorflow
def test_several_workers_need_their_addresses(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(ValueError, match="TF_CONFIG, which names the machines"):
        devices.make("multiworker")


@needs_tensorflow
def test_evaluation_by_several_workers_is_in_parts(monkeypatch):
    monkeypatch.setenv(
        "TF_CONFIG",
        '{"cluster": {"worker": ["a:1", "b:1", "c:1"]},'
        ' "task": {"type": "worker", "index": 2}}',
    )
    found = devices.make("multiworker", together=False)
    assert found.shard == (2, 3) and not found.is_chief
    assert found.num_replicas == 4  # Those of this machine alone.


def test_the_other_backend():
    jax = keras.backend.backend() == "jax"
    name = "mirrored" if jax else "jax"
    needed = "tensorflow" if jax else "jax"
    with pytest.raises(ValueError, match=f"KERAS_BACKEND={needed}"):
        devices.make(name)
    with pytest.raises(ValueError, match="`strategy` must be one of"):
        devices.make("gpu")


@pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="needs the JAX backend"
)
def test_jax_on_one_device():
    found = devices.make("jax")
    assert found.num_replicas == 1 and found.shard == (0, 1)
    assert keras.distribution.distribution() is None
