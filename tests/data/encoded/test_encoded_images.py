"""Batches of crops: resumable, sharded, augmented."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_ceb import data
from tests.data import photographs

tf = pytest.importorskip("tensorflow")


@pytest.fixture
def source(tmp_path):
    photographs.write_folder(tmp_path)
    # The class of an image does not tell which image it is: its level does.
    return tmp_path / "train"


def images(source, batch_size=4, training=True, **options):
    return data.EncodedImages(
        source, batch_size, training=training, image_size=8, **options
    )


def levels(batches):
    """The levels of gray images, in their order."""
    x = np.concatenate([x for x, _ in batches])
    return np.round(255 * x[:, 4, 4, 0]).astype(int).tolist()


def take(dataset, count, initial_epoch=0, **options):
    pipeline = dataset.as_tf_data(initial_epoch, **options)
    return list(pipeline.take(count).as_numpy_iterator())


def test_training_batches(source):
    train = images(source, 5)
    assert len(train) == 2 and train.num_examples == 12
    x, y = train.as_tf_data().element_spec
    assert x.shape == (5, 8, 8, 3) and x.dtype == "float32"
    assert y.shape == (5,) and y.dtype == "int64"
    epoch = levels(take(train, 2))
    assert len(set(epoch)) == 10 and set(epoch) <= set(range(10, 130, 10))


def test_a_later_epoch_is_found_again(source):
    train = images(source, seed=3)
    first, second = np.split(np.array(levels(take(train, 6))), 2)
    assert sorted(first) == sorted(second) == list(range(10, 130, 10))
    assert first.tolist() != second.tolist()
    assert levels(take(train, 3, initial_epoch=1)) == second.tolist()
    assert levels(take(images(source, seed=4), 3)) != first.tolist()


def test_batches_of_an_epoch_can_be_fewer(source):
    # For four replicas that take batches in turns, 4 of the 6 are a step.
    train = images(source, 2, batches_per_epoch=4)
    assert len(train) == 4
    found = levels(take(train, 8))
    assert found[8:] == levels(take(train, 4, initial_epoch=1))
    assert found[:8] == levels(take(images(source, 2), 4))


def test_the_order_is_the_same_each_time_unless_told(source):
    train = images(source)
    assert train.as_tf_data().options().deterministic
    free = train.as_tf_data(deterministic=False)
    assert not free.options().deterministic


def test_validation_comes_once_and_in_order(source):
    validation = images(source, 5, training=False)
    pipeline = validation.as_tf_data()
    assert len(validation) == int(pipeline.cardinality()) == 3
    batches = list(pipeline.as_numpy_iterator())
    assert [len(x) for x, _ in batches] == [5, 5, 2]
    assert levels(batches)[:5] == [10, 40, 70, 100, 20]
    assert np.concatenate([y for _, y in batches]).tolist() == sorted(
        [0, 1, 2] * 4
    )


def test_shards(source):
    # 12 images in 8 shards: four have two of them, four have one.
    shards = [images(source, 1, shard=(i, 8)) for i in (0, 3, 7)]
    assert [len(shard) for shard in shards] == [1] * 3
    epoch = [levels(take(shard, 1)) for shard in shards]
    assert len(set(sum(epoch, []))) == 3
    shards = [images(source, 4, False, shard=(i, 2)) for i in range(2)]
    assert [len(shard) for shard in shards] == [2, 2]
    found = [levels(shard.as_tf_data().as_numpy_iterator()) for shard in shards]
    assert sorted(sum(found, [])) == list(range(10, 130, 10))


def test_a_shard_with_fewer_images_does_not_fall_behind(source):
    # As where a file of TFDS holds less than its share.
    train = images(source, 2, shard=(4, 5))
    # Every shard has to give one batch of three now.
    train.batch_size, train.num_examples = 3, 15
    batches = take(train, 2)
    assert [len(x) for x, _ in batches] == [3, 3]
    assert len(set(levels(batches[:1]))) == 2  # One of its two images twice.


class Darker(data.HorizontalFlip):
    """An augmentation that shows that it ran, and with which key."""

    def augment_images(self, images, keys):
        return images - keras.ops.cast(keys[:, :1, None, None] % 7, "uint8")


@pytest.mark.tf_only
def test_augmentation(source):
    plain = images(source, seed=1)
    dark = images(source, seed=1, augmentation=Darker())
    one, other = levels(take(plain, 6)), levels(take(dark, 6))
    change = np.array(one) - other
    assert set(change) <= set(range(7)) and len(set(change)) > 3
    # Other keys in the next epoch.
    first = dict(zip(one[:12], change[:12], strict=True))
    second = dict(zip(one[12:], change[12:], strict=True))
    assert first != second
    assert levels(take(dark, 3, initial_epoch=1)) == other[12:]


def run(script, *arguments, **variables):
    """What a script prints, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            **variables,
        },
    ).stdout


# A worker whose reader is still there can wait for it for ever when it stops,
# so this process ends without stopping any.
SERVICE = """
import os, sys
import tensorflow as tf
from tests.data.encoded import test_encoded_images as tests

service = tf.data.experimental.service
dispatcher = service.DispatchServer()
address = dispatcher.target.split("://")[1]
config = service.WorkerConfig(dispatcher_address=address)
workers = [service.WorkerServer(config) for _ in range(2)]
train = tests.images(sys.argv[1])
options = {"service": dispatcher.target}
assert not train.as_tf_data(**options).options().deterministic
print(*tests.levels(tests.take(train, 24, **options)), flush=True)
os._exit(0)
"""


def test_a_service(source, tmp_path):
    found = run(SERVICE, tmp_path / "train")
    # Epochs come from several workers: of any eight of them, together, each
    # image comes about as often.
    counts = np.unique(found.split(), return_counts=True)[1]
    assert len(counts) == 12 and counts.min() >= 4


JAX = """
import sys
import numpy as np
from keras_ceb import data

train = data.EncodedImages(
    sys.argv[1], 4, training=True, image_size=8,
    augmentation=data.PadAndCrop(2, fill_value=255),
)
batches = list(train.as_tf_data().take(3).as_numpy_iterator())
np.save(sys.argv[2], np.concatenate([x for x, _ in batches]))
"""


@pytest.mark.slow
@pytest.mark.tf_only
def test_both_backends_give_the_same_batches(source, tmp_path):
    pytest.importorskip("jax")
    folder, file = tmp_path / "train", tmp_path / "found.npy"
    run(JAX, folder, file, KERAS_BACKEND="jax")
    augmentation = data.PadAndCrop(2, fill_value=255)
    batches = take(images(source, augmentation=augmentation), 3)
    np.testing.assert_array_equal(
        np.load(file), np.concatenate([x for x, _ in batches])
    )


def test_bad_arguments(source):
    with pytest.raises(TypeError, match="`augmentation`.*'autoaugment'"):
        images(source, augmentation="autoaugment")
    with pytest.raises(
        ValueError, match="`deterministic` must be False.*service"
    ):
        images(source).as_tf_data(
            service="grpc://localhost:1", deterministic=True
        )
    with pytest.raises(ValueError, match="`service` must be None"):
        images(source, training=False).as_tf_data(service="grpc://localhost:1")
    with pytest.raises(ValueError, match=r"`shard`.*shard=\(2, 2\)"):
        images(source, shard=(2, 2))
    with pytest.raises(ValueError, match="`shard`"):
        images(source, shard=3)
    with pytest.raises(ValueError, match="`batches_per_epoch`.*at most .*3"):
        images(source, batches_per_epoch=4)
    with pytest.raises(ValueError, match="`batches_per_epoch` must be"):
        images(source, training=False, batches_per_epoch=1)
    for seed in (-1, 1.5, 2**32):
        with pytest.raises((TypeError, ValueError), match="`seed`.*Received"):
            images(source, seed=seed)
    with pytest.raises(FileNotFoundError, match="no image in 0 folders"):
        images(source / "nothing")
    with pytest.raises(ValueError, match="at least one batch.*12 examples"):
        images(source, 13)
