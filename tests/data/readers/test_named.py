"""Small data sets by their names, on mocked data."""

import pytest

from keras_ceb import data


@pytest.mark.tf_only
@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [
        ("cifar10", (32, 32, 3), 10),
        ("cifar100", (32, 32, 3), 100),
        ("fashion_mnist", (28, 28, 1), 10),
        ("mnist", (28, 28, 1), 10),
    ],
)
def test_from_tfds(monkeypatch, name, shape, classes):
    import tensorflow_datasets as tfds

    with tfds.testing.mock_data(num_examples=10):
        monkeypatch.setattr(
            "keras_ceb._src.data.readers.tfds.is_prepared", bool
        )
        train = getattr(data, name)("train", 4)
        test = getattr(data, name)("test", 4)
    assert train.images.shape[1:] == shape
    assert len(train.class_names) == classes
    assert train.shuffle and len(train) == 2
    assert not test.shuffle and len(test) == 3
    images, labels = train[0]
    assert images.shape[0] == 4 and 0 <= images.min() <= images.max() <= 1
    assert labels.dtype.kind == "i"
