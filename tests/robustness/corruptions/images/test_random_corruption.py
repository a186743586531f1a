import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb.robustness.corruptions import EXTRA_CORRUPTIONS
from keras_ceb.robustness.corruptions import RandomCorruption
from keras_ceb.robustness.corruptions import corrupt
from tests.robustness.corruptions.pictures import pictures


def images(count=4):
    return pictures(count, 16, 16).astype("float32") / 255


def test_only_in_training():
    x = images()
    layer = RandomCorruption(["brightness"], seed=0)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(x)), x)
    result = ops.convert_to_numpy(layer(x, training=True))
    assert not np.array_equal(result, x)


def test_is_the_corruption_it_names():
    x = images()
    layer = RandomCorruption(["contrast"], [3], seed=0)
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(x, training=True)),
        corrupt(x, "contrast", 3),
        atol=1e-6,
    )


def test_draws_anew_each_time_and_repeats_with_the_seed():
    x = images(2)

    def draw():
        layer = RandomCorruption(["gaussian_noise"], [1], seed=5)
        return [ops.convert_to_numpy(layer(x, training=True)) for _ in range(2)]

    first, second = draw()
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(draw()[1], second)


def test_rate_leaves_images_alone():
    x = np.tile(images(1), (200, 1, 1, 1))
    layer = RandomCorruption(["brightness"], [2], rate=0.3, seed=1)
    result = ops.convert_to_numpy(layer(x, training=True))
    changed = (result != x).any(axis=(1, 2, 3))
    assert 0.15 < changed.mean() < 0.45


def test_draws_among_names_and_severities():
    x = images(1)
    layer = RandomCorruption(["brightness", "contrast"], [1], seed=2)
    expected = {
        corrupt(x, name, severity).round(4).tobytes()
        for name in ("brightness", "contrast")
        for severity in (1,)
    }
    seen = {
        ops.convert_to_numpy(layer(x, training=True)).round(4).tobytes()
        for _ in range(10)
    }
    assert seen == expected


def test_config_and_saving(tmp_path):
    layer = RandomCorruption(
        ["fog"], [2, 3], 0.5, "cifar10-c", (0, 255), "synthetic", 7
    )
    config = layer.get_config()
    copy = RandomCorruption.from_config(config)
    assert copy.get_config() == config
    assert RandomCorruption().names == list(EXTRA_CORRUPTIONS)
    assert layer.compute_output_shape((None, 8, 8, 3)) == (None, 8, 8, 3)
    model = keras.Sequential([keras.Input((16, 16, 3)), layer])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[0].get_config() == config


@pytest.mark.parametrize(
    "names", [["speckle_noise", "contrast"], ["glass_blur"], ["motion_blur"]]
)
def test_fit(names):
    model = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            RandomCorruption(names, [1], variant="cifar10-c", seed=0),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss)
    history = model.fit(images(6), np.arange(6) % 2, batch_size=4, verbose=0)
    assert np.isfinite(history.history["loss"][0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"names": ["rain"]}, "`name`"),
        ({"names": []}, "`names`"),
        ({"severities": [0]}, "`severity`"),
        ({"rate": 1.5}, "`rate`"),
        ({"variant": "mnist-c"}, "`variant`"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        RandomCorruption(**options)
