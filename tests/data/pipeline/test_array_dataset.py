"""Arrays in batches: order, augmentation, range, what is refused."""

import numpy as np
import pytest

from keras_ceb import data


def arrays(examples=22, side=4):
    images = np.zeros((examples, side, side, 3), "uint8")
    images[:] = np.arange(examples)[:, None, None, None]
    return images, np.arange(examples)


def passed(dataset):
    return np.concatenate([labels for _, labels in dataset])


def test_an_epoch_is_a_permutation_that_seed_and_epoch_decide():
    one = data.ArrayDataset(*arrays(20), 5, seed=3)
    epochs = []
    for epoch in range(3):
        one.epoch = epoch
        epochs.append(passed(one))
        assert sorted(epochs[-1]) == list(range(20))
    assert len({tuple(epoch) for epoch in epochs}) == 3
    other = data.ArrayDataset(*arrays(20), 5, seed=3)
    other.epoch = 2
    np.testing.assert_array_equal(passed(other), epochs[2])
    other = data.ArrayDataset(*arrays(20), 5, seed=4)
    other.epoch = 2
    assert not np.array_equal(passed(other), epochs[2])


def test_images_stay_with_their_labels_and_are_scaled():
    dataset = data.ArrayDataset(*arrays(), 4)
    for images, labels in dataset:
        assert images.dtype == "float32" and images.shape == (4, 4, 4, 3)
        np.testing.assert_allclose(images[:, 0, 0, 0], labels / 255, rtol=1e-6)
    raw = data.ArrayDataset(*arrays(), 4, bounds=None)
    assert raw[0][0].dtype == "uint8"


def test_the_remainder_is_dropped_in_training_and_kept_in_tests():
    assert len(data.ArrayDataset(*arrays(22), 4)) == 5
    test = data.ArrayDataset(*arrays(22), 4, shuffle=False)
    assert len(test) == 6
    np.testing.assert_array_equal(passed(test), np.arange(22))
    full = data.ArrayDataset(*arrays(22), 4, shuffle=False, drop_remainder=True)
    assert len(full) == 5


def test_augmentation_depends_on_seed_epoch_and_image_only():
    images, labels = arrays(12, side=8)
    images[..., :3, :] = 255
    datasets = [
        data.ArrayDataset(
            images,
            labels,
            size,
            seed=1,
            augmentation=data.cifar_augmentation(None, cutout=2),
        )
        for size in (4, 6)
    ]
    seen = []
    for epoch in (0, 1):
        for dataset in datasets:
            dataset.epoch = epoch
            found = np.zeros((12, 8, 8, 3), "float32")
            for x, y in dataset:
                found[y] = x
            seen.append(found)
    np.testing.assert_array_equal(seen[0], seen[1])
    np.testing.assert_array_equal(seen[2], seen[3])
    assert not np.array_equal(seen[0], seen[2])


@pytest.mark.parametrize(
    "options, error, text",
    [
        ({"batch_size": 0}, ValueError, "`batch_size`.*0"),
        ({"batch_size": 23}, ValueError, "`images` must fill.*22 images"),
        ({"seed": -2}, ValueError, "`seed`.*-2"),
        ({"augmentation": abs}, TypeError, "`augmentation`.*abs"),
        ({"bounds": "big"}, ValueError, "`bounds`.*big"),
        ({"bounds": (1, 0)}, ValueError, r"`bounds`.*\(1, 0\)"),
        ({"seed": 1.5}, TypeError, "`seed`.*1.5"),
        ({"shuffle": 1}, TypeError, "`shuffle`.*1"),
    ],
)
def test_bad_arguments(options, error, text):
    with pytest.raises(error, match=text):
        data.ArrayDataset(*arrays(22), **{"batch_size": 4, **options})


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_floats_in_either_range(dtype):
    images, labels = arrays(side=8)
    images[..., :3, :] = 255
    expected, scaled, ready = (
        data.ArrayDataset(
            array,
            labels,
            4,
            seed=1,
            bounds=bounds,
            augmentation=data.cifar_augmentation(
                None, cutout=4, fill_value=high, value_range=(0, high)
            ),
        )
        for array, bounds, high in (
            (images, (0, 1), 255),
            (images.astype(dtype), (0, 1), 255),
            ((images / 255).astype(dtype), None, 1),
        )
    )
    for index in range(2):
        x, y = expected[index]
        np.testing.assert_array_equal(scaled[index][0], x)
        assert scaled[index][0].dtype == "float32"
        found, found_labels = ready[index]
        assert found.dtype == dtype
        np.testing.assert_array_equal(found_labels, y)
        np.testing.assert_allclose(found, x, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("augmentation", [None, data.HorizontalFlip()])
def test_images_of_0_to_1_are_not_scaled_again(augmentation):
    images, labels = arrays()
    images = (images / 22).astype("float32")
    with pytest.raises(ValueError, match="`bounds=None`.*from 0 to 0.9"):
        data.ArrayDataset(images, labels, 4, augmentation=augmentation)
    data.ArrayDataset(images, labels, 4, bounds=None)
    data.ArrayDataset(images * 0, labels, 4, augmentation=augmentation)


def test_the_range_of_the_augmentation_is_checked_at_once():
    images, labels = arrays()
    augmentation = data.AutoAugment()
    for array, error, text in (
        (images / 22, ValueError, r"from 0 to 0.9.*value_range=\(0, 255\)"),
        (images.astype("int32") - 1, ValueError, "0 to 255.*from -1 to 20"),
        (images > 3, TypeError, "bool"),
        (images[..., 0], ValueError, r"`images`.*\(22, 4, 4\)"),
    ):
        with pytest.raises(error, match=text):
            data.ArrayDataset(
                array, labels, 4, bounds=None, augmentation=augmentation
            )
    # Among others, a batch may be dark.
    images = images.astype("float32") * 10 + 0.5
    images[:8] = 0.5
    dataset = data.ArrayDataset(
        images, labels, 8, shuffle=False, augmentation=data.Cutout(2, 255)
    )
    assert dataset[0][0].shape == (8, 4, 4, 3)


def test_unequal_arrays():
    with pytest.raises(ValueError, match="22 images and 20 labels"):
        data.ArrayDataset(arrays(22)[0], np.arange(20))
