import keras
import numpy as np

from keras_ceb._src.cli.measured_range import measured_range


def tones(count=60):
    """Gray images, of which the bright ones are class 1."""
    labels = np.arange(count) % 2
    pixels = np.where(labels, 180, 60)[:, None] + np.arange(count)[:, None] % 40
    return np.repeat(pixels, 2, axis=1).astype("uint8"), labels


def judge(threshold):
    """Parts dark from bright images at a threshold of its inputs."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    weights = np.array([[0, 0.5], [0, 0.5]], "float32")
    model.set_weights([weights, np.array([threshold, 0], "float32")])
    return model


def test_the_range_with_which_a_model_is_right():
    pixels, labels = tones()
    # It parts images at 0.5 of 0..1, at 130 of 0..255, at 0 of -1..1.
    for threshold, expected in [
        (0.5, (0.0, 1.0)), (130, (0.0, 255.0)), (0, (-1.0, 1.0)),
    ]:  # fmt: skip
        found, accuracies = measured_range(
            judge(threshold), pixels, labels, batch_size=32
        )
        assert found == expected
        assert accuracies[expected] == 1
        assert sorted(accuracies.values())[1] < 1


def test_no_range_if_several_do():
    pixels, labels = tones(4)
    assert measured_range(judge(0.5), pixels, labels)[0] is None
