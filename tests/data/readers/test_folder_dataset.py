import keras
import numpy as np
import pytest
from PIL import Image

from keras_ceb import data


def contents(dataset):
    parts = [(np.asarray(x), np.asarray(y)) for x, y in dataset]
    return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


@pytest.mark.tf_only
@pytest.mark.parametrize(
    ("resize", "options"),
    [
        ("stretch", {}),
        ("crop", {"crop_to_aspect_ratio": True}),
        ("pad", {"pad_to_aspect_ratio": True}),
    ],
)
def test_it_is_what_keras_reads(folder, resize, options):
    expected = keras.utils.image_dataset_from_directory(
        folder, image_size=(5, 8), shuffle=False, verbose=False, **options
    )
    found = data.from_folder(folder, (5, 8), 5, resize=resize, bounds=(0, 255))
    assert found.class_names == expected.class_names
    assert [str(file) for file, _ in found.files] == expected.file_paths
    (x, y), (asked, labels) = contents(found), contents(expected)
    np.testing.assert_array_equal(y, labels)
    np.testing.assert_allclose(x, asked, atol=1e-3)


@pytest.mark.tf_only
@pytest.mark.parametrize("mode", ["rgb", "grayscale"])
def test_photographs_are_what_keras_reads(tmp_path, mode):
    """Decoders round the colors of JPEG, and gray, each in its way."""
    ramp = np.add.outer(np.arange(40) * 3, np.arange(60) * 2)
    pixels = np.stack([ramp, ramp[::-1], 255 - ramp], -1).clip(0, 255)
    (tmp_path / "a").mkdir()
    image = Image.fromarray(pixels.astype("uint8"))
    image.save(tmp_path / "a" / "1.JPG", quality=90)
    image.convert("L").save(tmp_path / "a" / "2.jpeg")
    asked, _ = contents(
        keras.utils.image_dataset_from_directory(
            tmp_path, image_size=(16, 16), color_mode=mode, verbose=False,
            shuffle=False,
        )
    )  # fmt: skip
    channels = asked.shape[-1]
    x, _ = contents(
        data.from_folder(tmp_path, (16, 16), channels=channels, bounds=(0, 255))
    )
    np.testing.assert_allclose(x, asked, atol=4)
    assert np.abs(x - asked).mean() < 1


def test_channels_first(folder, monkeypatch):
    last = data.from_folder(folder, (5, 8))[0][0]
    monkeypatch.setattr(
        keras.config, "image_data_format", lambda: "channels_first"
    )
    np.testing.assert_array_equal(
        data.from_folder(folder, (5, 8))[0][0], last.transpose(0, 3, 1, 2)
    )


def test_few_and_wrong(folder):
    few = data.from_folder(folder, (4, 5), limit=2)
    assert [label for _, label in few.files] == [0, 4]
    (folder / "a" / "1.gif").write_bytes(b"no image")
    found = data.from_folder(folder, (4, 5), batch_size=2)
    x, y = found[0]
    assert x.shape == (1, 4, 5, 3) and y.tolist() == [0]
    assert [name.endswith("a/1.gif") for name in found.failed] == [True]
    for name, value in [
        ("limit", 0), ("batch_size", 0), ("channels", 2), ("resize", "zoom"),
        ("image_size", 5), ("image_size", (0, 5)), ("bounds", (1, 0)),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=f"`{name}` must be"):
            data.from_folder(folder, **{"image_size": (4, 5), name: value})


def test_folder_resizes_and_keeps_order(tmp_path):
    for label, name in enumerate(["b", "a"]):
        (tmp_path / name).mkdir()
        for i in range(3):
            tone = np.full((10, 10, 3), 100 * label + 10 * i, "uint8")
            Image.fromarray(tone).save(tmp_path / name / f"{i}.png")
    found = data.from_folder(tmp_path, (4, 5), batch_size=4)
    assert found.class_names == ["a", "b"] and len(found) == 2
    x, y = contents(found)
    assert x.shape == (6, 4, 5, 3)
    np.testing.assert_array_equal(y, [0, 0, 0, 1, 1, 1])
    tones = np.array([100, 110, 120, 0, 10, 20]) / 255
    np.testing.assert_allclose(x[:, 0, 0, 0], tones, atol=1e-6)
    with pytest.raises(IndexError, match=r"0\.\.1.*2"):
        found[2]
    few = data.from_folder(tmp_path, (4, 5), limit=2)
    assert [label for _, label in few.files] == [0, 1]


@pytest.fixture
def tones(tmp_path):
    """Twelve gray images; image i has the level 10 + 10 i and class i % 2."""
    for i in range(12):
        path = tmp_path / str(i % 2) / f"{i:02d}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((4, 4), 10 + 10 * i, "uint8")).save(path)
    return tmp_path


def test_training_images_are_shuffled_augmented_and_found_again(tones):
    def read(epoch, **options):
        dataset = data.from_folder(
            tones, (4, 4), 4, shuffle=True, seed=3, bounds=None, **options
        )
        dataset.epoch = epoch
        return contents(dataset)

    orders = []
    for epoch in range(2):
        x, y = read(epoch)
        levels = x[:, 0, 0, 0]
        np.testing.assert_array_equal(y, (levels / 10 - 1) % 2)
        assert sorted(levels) == list(range(10, 130, 10))
        orders.append(levels.tolist())
    assert orders[0] != orders[1]
    # Not a value of what a crop keeps is changed, and the order is the same.
    x, _ = read(1, augmentation=data.PadAndCrop(1, fill_value=255))
    assert x.min(axis=(1, 2, 3)).tolist() == orders[1]
    assert x.max() == 255
    again, _ = read(1, augmentation=data.PadAndCrop(1, fill_value=255))
    np.testing.assert_array_equal(x, again)


def test_a_file_that_fails_leaves_the_augmentation_of_others(tones):
    options = {"augmentation": data.PadAndCrop(1, fill_value=255)}
    whole, _ = data.from_folder(tones, (4, 4), 6, **options)[0]
    (tones / "0" / "02.png").write_bytes(b"no image")
    part, labels = data.from_folder(tones, (4, 4), 6, **options)[0]
    np.testing.assert_array_equal(part, whole[[0, 2, 3, 4, 5]])
    assert labels.tolist() == [0] * 5


def test_it_trains_a_model(tones):
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten()])
    model.add(keras.layers.Dense(2))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss=loss)
    train = data.from_folder(tones, (4, 4), 4, shuffle=True)
    history = model.fit(
        train, epochs=2, verbose=0, callbacks=[data.FollowEpochs(train)]
    ).history
    assert train.epoch == 1 and np.isfinite(history["loss"]).all()


def test_an_augmentation_of_another_range_is_refused(tones):
    wrong = data.PadAndCrop(1, fill_value=1, value_range=(0, 1))
    with pytest.raises(ValueError, match=r"`augmentation`.*\(0.0, 1.0\)"):
        data.from_folder(tones, (4, 4), augmentation=wrong)
    flip = data.HorizontalFlip(value_range=(0, 1))
    assert len(data.from_folder(tones, (4, 4), augmentation=flip)) == 1
