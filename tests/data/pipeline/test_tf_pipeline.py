"""`tf.data` pipelines give what the array data set gives."""

import keras
import numpy as np
import pytest

from keras_ceb import data


def dataset(**options):
    images = np.random.default_rng(0).integers(0, 256, (22, 8, 8, 3))
    options.setdefault("augmentation", data.cifar_augmentation(None, cutout=4))
    return data.ArrayDataset(
        images.astype("uint8"), np.arange(22), 4, seed=5, **options
    )


@pytest.mark.tf_only
def test_the_batches_of_every_epoch_are_the_same():
    arrays = dataset()
    pipeline = iter(arrays.as_tf_data(initial_epoch=2).as_numpy_iterator())
    for epoch in (2, 3):
        arrays.epoch = epoch
        for images, labels in arrays:
            found, found_labels = next(pipeline)
            np.testing.assert_array_equal(found_labels, labels)
            np.testing.assert_array_equal(found, images)


@pytest.mark.tf_only
@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_floats_of_0_to_1(dtype):
    images = np.random.default_rng(0).random((8, 8, 8, 3)).astype(dtype)
    augmentation = data.cifar_augmentation(None, cutout=4, value_range=(0, 1))
    arrays = data.ArrayDataset(
        images, np.arange(8), 4, augmentation=augmentation, bounds=None
    )
    pipeline = iter(arrays.as_tf_data().as_numpy_iterator())
    for images, labels in arrays:
        found, found_labels = next(pipeline)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found_labels, labels)
        np.testing.assert_array_equal(found, images)


@pytest.mark.tf_only
@pytest.mark.parametrize("bounds", [(-1, 1), (0, 255), (2, 3.5)])
def test_other_bounds(bounds):
    arrays = dataset(augmentation=None, bounds=bounds)
    for batch, (found, _) in zip(
        [arrays[i] for i in range(5)],
        arrays.as_tf_data().take(5).as_numpy_iterator(),
        strict=True,
    ):
        np.testing.assert_array_equal(found, batch[0])


@pytest.mark.tf_only
def test_shapes_are_static_and_tests_come_once():
    images, labels = dataset().as_tf_data().element_spec
    assert images.shape == (4, 8, 8, 3) and labels.shape == (4,)
    test = dataset(shuffle=False, augmentation=None).as_tf_data()
    assert int(test.cardinality()) == 6
    found = np.concatenate([y for _, y in test.as_numpy_iterator()])
    np.testing.assert_array_equal(found, np.arange(22))


@pytest.mark.tf_only
def test_trains_under_a_strategy():
    import tensorflow as tf

    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        model = keras.Sequential(
            [keras.Input((8, 8, 3)), keras.layers.Flatten()]
        )
        model.add(keras.layers.Dense(22))
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("sgd", loss=loss)
    arrays = dataset()
    history = model.fit(
        arrays.as_tf_data(), steps_per_epoch=len(arrays), epochs=2, verbose=0
    ).history
    assert np.isfinite(history["loss"]).all()


@pytest.mark.skipif(
    keras.config.backend() == "tensorflow", reason="it works there"
)
def test_elsewhere_an_error_says_what_to_do():
    with pytest.raises(ImportError, match="TensorFlow backend.*ArrayDataset"):
        dataset().as_tf_data()
