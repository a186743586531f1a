import sys

import pytest

from keras_ceb._src.robustness.corruptions.benchmark import official
from keras_ceb._src.robustness.corruptions.images import registry


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
            [(c, s) for c in registry.CORRUPTIONS for s in (1, 5)]
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
