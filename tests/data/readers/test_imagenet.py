"""ImageNet from a folder or from TFDS, and what to do without it."""

import sys

import keras
import numpy as np
import pytest

from keras_ceb import data
from tests import toy
from tests.data import photographs

pytest.importorskip("tensorflow")


def labels_of(dataset):
    batches = dataset.as_tf_data().take(len(dataset)).as_numpy_iterator()
    return sorted(np.concatenate([y for _, y in batches]).tolist())


@pytest.mark.parametrize("folder", ["val", "validation"])
def test_a_folder(tmp_path, folder):
    photographs.write_folder(tmp_path, "train")
    photographs.write_folder(tmp_path, folder, count=6)
    train = data.imagenet("train", 4, data_dir=tmp_path, image_size=8)
    validation = data.imagenet(
        "validation", 4, data_dir=str(tmp_path), image_size=8
    )
    assert train.training and not validation.training
    assert labels_of(train) == [0] * 4 + [1] * 4 + [2] * 4
    assert labels_of(validation) == [0, 0, 1, 1, 2, 2]


def test_tfds(tmp_path):
    pytest.importorskip("tensorflow_datasets")
    photographs.write_tfds(tmp_path)
    train = data.imagenet("train", 4, data_dir=tmp_path, image_size=8)
    assert train.class_names[0] == "n01440764" and train.num_examples == 12
    assert labels_of(train) == [0] * 4 + [1] * 4 + [2] * 4
    validation = data.imagenet("validation", 5, data_dir=tmp_path, image_size=8)
    (x, _), *_ = validation.as_tf_data().as_numpy_iterator()
    np.testing.assert_allclose(
        x[:, 4, 4, 0] * 255, [10, 20, 30, 40, 50], atol=1e-4
    )


def test_what_to_do_without_imagenet(tmp_path):
    pytest.importorskip("tensorflow_datasets")
    build = f"tfds build imagenet2012 --data_dir={tmp_path}"
    files = r"ILSVRC2012_img_train.tar and ILSVRC2012_img_val.tar"
    with pytest.raises(FileNotFoundError, match=f"{files}.*manual.*{build}"):
        data.imagenet(data_dir=tmp_path)
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    (manual / "ILSVRC2012_img_train.tar").touch()
    with pytest.raises(
        FileNotFoundError, match="Download ILSVRC2012_img_val.tar from"
    ):
        data.imagenet("validation", data_dir=tmp_path)
    (manual / "ILSVRC2012_img_val.tar").touch()
    with pytest.raises(FileNotFoundError, match=f"prepare them by: {build}"):
        data.imagenet(data_dir=tmp_path)


def test_without_tfds_the_error_names_the_folders(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(ImportError, match=r"keras-ceb\[data\].*val/<wnid>"):
        data.imagenet("validation", data_dir=tmp_path)


def test_without_tensorflow(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ImportError, match=r"`imagenet` needs.*\[data\]"):
        data.imagenet()


def test_an_unknown_split():
    with pytest.raises(ValueError, match="`split`.*'validation'.*'test'"):
        data.imagenet("test")


@pytest.mark.tf_only
def test_trains_on_two_input_pipelines(tmp_path):

    photographs.write_folder(tmp_path)
    strategy = toy.strategy()

    def batches(context):
        return data.imagenet(
            "train",
            context.get_per_replica_batch_size(4),
            data_dir=tmp_path,
            image_size=8,
            shard=(context.input_pipeline_id, context.num_input_pipelines),
        ).as_tf_data()

    with strategy.scope():
        model = keras.Sequential(
            [keras.Input((8, 8, 3)), keras.layers.Flatten()]
        )
        model.add(keras.layers.Dense(3))
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("sgd", loss=loss)
    history = model.fit(
        strategy.distribute_datasets_from_function(batches),
        steps_per_epoch=3,
        epochs=2,
        verbose=0,
    ).history
    assert np.isfinite(history["loss"]).all()
