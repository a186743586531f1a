import sys

import numpy as np
import pytest

from keras_ceb._src.robustness.corruptions.benchmark import official
from keras_ceb._src.robustness.corruptions.images.names import CORRUPTIONS


def test_our_names_and_theirs():
    assert official.tfds_name("cifar10-c", "glass_blur", 2) == (
        "cifar10_corrupted/frosted_glass_blur_2",
        "test",
    )
    assert official.tfds_name("cifar10-c", "elastic_transform", 5) == (
        "cifar10_corrupted/elastic_5",
        "test",
    )
    assert official.tfds_name("imagenet-c", "glass_blur", 2) == (
        "imagenet2012_corrupted/glass_blur_2",
        "validation",
    )
    assert official.tfds_name("imagenet-a") == ("imagenet_a", "test")
    assert official.tfds_name("imagenet-sketch") == ("imagenet_sketch", "test")


def test_bad_names():
    with pytest.raises(ValueError, match="`name`.*imagenet-r"):
        official.tfds_name("imagenet-z")
    with pytest.raises(ValueError, match="'rain'"):
        official.tfds_name("imagenet-c", "rain", 1)
    with pytest.raises(ValueError, match="`severity`"):
        official.tfds_name("imagenet-c", "fog", 9)
    with pytest.raises(ValueError, match="`severity` must be given"):
        official.tfds_name("cifar10-c")
    with pytest.raises(ValueError, match="must not be given"):
        official.tfds_name("imagenet-a", "fog", 1)


def test_without_tfds(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(ImportError, match=r"keras-ceb\[data\]"):
        official.load_official("cifar10.1")


@pytest.mark.tf_only
def test_tfds_knows_every_name():
    tfds = pytest.importorskip("tensorflow_datasets")
    for name in official.OFFICIAL_SETS:
        corrupted = name in ("imagenet-c", "cifar10-c")
        choices = (
            [(c, s) for c in CORRUPTIONS for s in (1, 5)]
            if corrupted
            else [(None, None)]
        )
        for corruption, severity in choices:
            full, _ = official.tfds_name(name, corruption, severity)
            builder, _, config = full.partition("/")
            configs = tfds.builder_cls(builder).builder_configs
            assert not config or config in configs, full


@pytest.mark.tf_only
def test_images_and_labels_of_a_mocked_set(monkeypatch):
    tfds = pytest.importorskip("tensorflow_datasets")
    calls = []
    load = tfds.load

    def record(*arguments, **options):
        calls.append((arguments, options["split"]))
        return load(*arguments, **{**options, "download": False})

    monkeypatch.setattr(tfds, "load", record)
    with tfds.testing.mock_data(num_examples=5):
        dataset = official.load_official(
            "cifar10-c", "elastic_transform", 3, batch_size=4
        )
        images, labels = next(iter(dataset))
    assert calls == [(("cifar10_corrupted/elastic_3",), "test")]
    assert images.shape == (4, 32, 32, 3)
    assert images.dtype.name == "uint8"
    assert labels.shape == (4,)


@pytest.mark.tf_only
def test_every_class_that_is_right(monkeypatch):
    import tensorflow as tf

    tfds = pytest.importorskip("tensorflow_datasets")

    def load(name, *, split, as_supervised, batch_size, **_):
        assert (name, split) == ("imagenet2012_real", "validation")
        assert not as_supervised and batch_size is None
        labels = tf.ragged.constant([[3, 999], [], [0]], dtype="int64")
        data = {"image": np.zeros((3, 2, 2, 3), "uint8"), "real_label": labels}
        data["image"][:, 0, 0, 0] = [10, 20, 30]
        return tf.data.Dataset.from_tensor_slices(data)

    monkeypatch.setattr(tfds, "load", load)
    dataset = official.load_official("imagenet-real", batch_size=4)
    ((images, labels),) = dataset.as_numpy_iterator()
    # The image without a label is left out.
    assert images[:, 0, 0, 0].tolist() == [10, 30]
    assert labels.shape == (2, 1000) and labels.dtype == "uint8"
    assert np.argwhere(labels).tolist() == [[0, 3], [0, 999], [1, 0]]
    single = official.load_official("imagenet-real", batch_size=None)
    assert next(single.as_numpy_iterator())[1].shape == (1000,)


@pytest.mark.tf_only
def test_shares_of_people(monkeypatch):
    import tensorflow as tf

    tfds = pytest.importorskip("tensorflow_datasets")
    shares = np.float32([[0.9, 0.1], [0.0, 1.0], [0.5, 0.5]])

    def load(name, *, split, as_supervised, batch_size, **_):
        assert (name, split) == ("cifar10_h", "test")
        assert not as_supervised and batch_size is None
        data = {"image": np.zeros((3, 2, 2, 3)), "soft_label": shares}
        return tf.data.Dataset.from_tensor_slices(data)

    monkeypatch.setattr(tfds, "load", load)
    dataset = official.load_official("cifar10-h", batch_size=2)
    labels = [labels for _, labels in dataset.as_numpy_iterator()]
    assert [len(part) for part in labels] == [2, 1]
    np.testing.assert_array_equal(np.concatenate(labels), shares)
