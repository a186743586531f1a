"""The order of encoded images, from folders and from files of TFDS."""

import types

import numpy as np
import pytest

from keras_ceb._src.data.encoded import sources
from tests.data import photographs

tf = pytest.importorskip("tensorflow")


@pytest.fixture
def folder(tmp_path):
    photographs.write_folder(tmp_path)
    return sources.FolderSource(tmp_path / "train")


@pytest.fixture
def records(tmp_path):
    """A source of twelve examples in four files, as TFDS writes them."""
    tfds = pytest.importorskip("tensorflow_datasets")
    features = tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=(None, None, 3)),
            "label": tfds.features.ClassLabel(names=photographs.WNIDS),
        }
    )
    paths = []
    for file in range(4):
        paths.append(str(tmp_path / f"{file}.tfrecord"))
        with tf.io.TFRecordWriter(paths[-1]) as writer:
            for i in range(3 * file, 3 * file + 3):
                image = photographs.gray(10 + 10 * i)
                example = {"image": image, "label": i % 3}
                writer.write(features.serialize_example(example))
    split = types.SimpleNamespace(num_examples=12, filepaths=paths)
    info = types.SimpleNamespace(splits={"train": split}, features=features)
    builder = types.SimpleNamespace(info=info)
    return sources.TfdsSource(builder, "train")


@pytest.fixture(params=["folder", "records"])
def source(request):
    return request.getfixturevalue(request.param)


def read(source, epoch=0, seed=0, shuffle=True, shard=(0, 1)):
    """The numbers, the levels and the labels of an epoch, in their order."""
    epochs = tf.data.Dataset.range(epoch, epoch + 1)
    examples = epochs.flat_map(
        lambda epoch: source.examples(epoch, seed, shuffle, shard)
    )
    numbers, images, labels = zip(*examples.as_numpy_iterator(), strict=True)
    levels = [int(tf.io.decode_image(i)[0, 0, 0]) for i in images]
    return list(numbers), levels, list(labels)


def test_every_image_once_with_its_label(source):
    assert source.num_examples == 12
    assert source.class_names == list(photographs.WNIDS)
    _, levels, labels = read(source)
    assert sorted(levels) == list(range(10, 130, 10))
    # Image i has the level 10 + 10 i and the class i % 3.
    assert labels == [(level // 10 - 1) % 3 for level in levels]


def test_the_order_depends_on_seed_and_epoch_alone(source):
    orders = {
        (epoch, seed): tuple(read(source, epoch, seed)[1])
        for epoch in range(3)
        for seed in range(2)
    }
    assert len(set(orders.values())) == 6
    assert tuple(read(source, 2, 1)[1]) == orders[2, 1]
    assert read(source, shuffle=False) == read(source, 5, 3, shuffle=False)


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize("shuffle", [False, True])
def test_shards_are_a_partition(source, shuffle, count):
    shards = [
        read(source, epoch=1, shuffle=shuffle, shard=(i, count))
        for i in range(count)
    ]
    levels = sum((levels for _, levels, _ in shards), [])
    assert sorted(levels) == list(range(10, 130, 10))
    # Numbers seed the crops: none comes twice.
    numbers = sum((numbers for numbers, _, _ in shards), [])
    assert len(set(numbers)) == 12


def test_a_folder_in_order(folder):
    numbers, levels, labels = read(folder, shuffle=False)
    assert numbers == list(range(12))
    assert labels == [0] * 4 + [1] * 4 + [2] * 4
    assert levels[:4] == [10, 40, 70, 100]


def test_a_folder_without_images(tmp_path):
    (tmp_path / "n01440764").mkdir()
    with pytest.raises(FileNotFoundError, match="wnid.*no image in 1 folders"):
        sources.FolderSource(tmp_path)
    with pytest.raises(FileNotFoundError, match="no image in 0 folders"):
        sources.FolderSource(tmp_path / "nothing")


def test_a_split_that_is_not_there(records):
    info = types.SimpleNamespace(splits={"train": None}, features=None)
    builder = types.SimpleNamespace(info=info)
    with pytest.raises(ValueError, match="`split`.*train.*'test'"):
        sources.TfdsSource(builder, "test")


def test_a_folder_is_shuffled_as_a_whole(tmp_path):
    photographs.write_folder(tmp_path, count=24)
    source = sources.FolderSource(tmp_path / "train")
    examples = tf.data.Dataset.range(40).flat_map(
        lambda epoch: source.examples(epoch, 0, True, (0, 1))
    )
    numbers = [int(number) for number, _, _ in examples.as_numpy_iterator()]
    orders = np.reshape(numbers, (40, 24))
    # Each place holds each image equally often: the mean is 11.5 with a
    # standard error of 1.1.
    assert np.abs(np.mean(orders, axis=0) - 11.5).max() < 4.5
