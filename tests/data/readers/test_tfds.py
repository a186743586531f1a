"""Data sets of TFDS, on mocked data."""

import sys

import numpy as np
import pytest

from keras_ceb import data
from tests.data import photographs


def test_without_tfds_the_error_names_the_other_way(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(ImportError, match=r"keras-ceb\[data\].*from_npz"):
        data.cifar10()


@pytest.mark.tf_only
@pytest.mark.parametrize("download", [False, True])
def test_a_data_set_that_is_not_there(monkeypatch, tmp_path, download):
    import tensorflow_datasets as tfds

    def no_network(self, **options):
        raise ConnectionError("no network")

    monkeypatch.setattr(
        tfds.core.DatasetBuilder, "download_and_prepare", no_network
    )
    command = f"tfds build cifar10 --data_dir={tmp_path}"
    with pytest.raises(FileNotFoundError, match=command):
        data.cifar10(data_dir=tmp_path, download=download)


@pytest.mark.tf_only
@pytest.mark.parametrize("read", [data.from_tfds, data.stream_tfds])
def test_nothing_is_downloaded_unasked(tmp_path, monkeypatch, read):
    import tensorflow_datasets as tfds

    asked = []
    monkeypatch.setattr(
        tfds.core.DatasetBuilder,
        "download_and_prepare",
        lambda self: asked.append(1),
    )
    with pytest.raises(FileNotFoundError, match="tfds build mnist.*download"):
        read("mnist", data_dir=tmp_path, download=False)
    assert not asked
    with pytest.raises(AssertionError, match="Dataset mnist"):
        read("mnist", data_dir=tmp_path)
    assert asked


@pytest.mark.tf_only
@pytest.mark.parametrize("name", ["imagse", "/no/such/folder", "a b"])
@pytest.mark.parametrize("read", [data.from_tfds, data.stream_tfds])
def test_a_name_that_tfds_does_not_know(read, name):
    with pytest.raises(ValueError, match="`name`.*TensorFlow Datasets.*Rec"):
        read(name)


@pytest.fixture
def photos(tmp_path):
    """Twelve gray images as a prepared `imagenet2012`."""
    pytest.importorskip("tensorflow_datasets")
    photographs.write_tfds(tmp_path)
    return tmp_path


@pytest.mark.tf_only
def test_a_stream_is_what_tfds_reads(photos):
    stream = data.stream_tfds(
        "imagenet2012", "validation", 5, data_dir=photos, bounds=(0, 255)
    )
    assert stream.class_names[0] == "n01440764"
    for _ in range(2):
        batches = list(stream)
        assert [len(x) for x, _ in batches] == [5, 5, 2]
        x, y = (np.concatenate(part) for part in zip(*batches, strict=True))
        assert x.dtype == np.float32 and x.shape == (12, 16, 16, 3)
        # JPEG may move a color by a level.
        np.testing.assert_allclose(
            x[:, 8, 8, 0], np.arange(10, 130, 10), atol=1
        )
        np.testing.assert_array_equal(y, np.arange(12) % 3)
    few = list(stream.take(3))
    np.testing.assert_array_equal(few[0][0], batches[0][0][:3])
    assert len(few) == 1
    resized = data.stream_tfds(
        "imagenet2012",
        "validation[:4]",
        data_dir=photos,
        image_size=(4, 5),
        bounds=(-1, 1),
    )
    ((x, _),) = resized
    assert x.shape == (4, 4, 5, 3)
    levels = np.array([10, 20, 30, 40]) / 127.5 - 1
    np.testing.assert_allclose(x[:, 0, 0, 0], levels, atol=1 / 127)


@pytest.mark.tf_only
def test_a_folder_and_a_stream_give_the_same_pixels(photos, tmp_path):
    photographs.write_folder(tmp_path / "files", "train")
    folder = data.from_folder(tmp_path / "files" / "train", (8, 9))
    stream = data.stream_tfds(
        "imagenet2012", "train", data_dir=photos, image_size=(8, 9)
    )
    ((x, y),), (found, labels) = stream, folder[0]
    order = np.argsort(y, kind="stable")
    np.testing.assert_array_equal(labels, y[order])
    np.testing.assert_allclose(found, x[order], atol=1.1 / 255)


@pytest.mark.tf_only
@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"batch_size": 0}, "batch_size"),
        ({"image_size": 3}, "image_size"),
        ({"resize": "zoom"}, "resize"),
        ({"bounds": (1, 1)}, "bounds"),
    ],
)
def test_bad_arguments_of_a_stream(options, name):
    with pytest.raises(ValueError, match=f"`{name}` must be"):
        data.stream_tfds("no data set", **options)
