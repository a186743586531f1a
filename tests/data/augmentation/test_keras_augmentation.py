"""Keras's own augmentations feed a CEB model, mixed labels included."""

import keras
import numpy as np
import pytest

import keras_ceb
from keras_ceb import schedules

CLASSES = 3
SIDE = 32
MIXING = {
    "MixUp": lambda: keras.layers.MixUp(alpha=0.8, seed=1),
    "CutMix": lambda: keras.layers.CutMix(seed=1),
}
KEEPING = {
    "RandAugment": lambda: keras.layers.RandAugment((0, 1), seed=1),
    "AugMix": lambda: keras.layers.AugMix((0, 1), seed=1),
}


def colored(count):
    """Plain images whose color is their one-hot label."""
    y = np.eye(CLASSES, dtype="float32")[np.arange(count) % CLASSES]
    return np.tile(y[:, None, None], (1, SIDE, SIDE, 1)), y


def augmented(layer, x, y):
    # The layers write into the dict that they get.
    out = layer({"images": x, "labels": y})
    return out["images"], out["labels"]


def model(rho=1.0):
    backbone = keras.Sequential(
        [keras.Input((SIDE, SIDE, CLASSES)), keras.layers.Conv2D(5, 3)]
    )
    model = keras_ceb.wrap(
        backbone, CLASSES, rho=schedules.Constant(rho), seed=0
    )
    model.compile("sgd", metrics=["accuracy"])
    return model


class Batches(keras.utils.PyDataset):
    """Augments on the host, on any backend."""

    def __init__(self, layer, batches):
        super().__init__()
        self.layer = layer
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        pair = augmented(self.layer, *self.batches[index])
        return tuple(map(keras.ops.convert_to_numpy, pair))


@pytest.mark.parametrize("name", MIXING)
def test_mixed_labels_give_the_loss_of_their_shares(name):
    x, y = colored(24)
    x, y = Batches(MIXING[name](), [(x, y)])[0]
    assert ((y > 0.05) & (y < 0.95)).any()
    # The label is what one sees: the shares of the colors. Keras's CutMix
    # takes the area of a box before its edges are rounded to pixels.
    rounding = {"MixUp": 1e-5, "CutMix": 2 / SIDE}[name]
    seen = x.mean((1, 2), dtype="float64")
    np.testing.assert_allclose(seen, y, atol=rounding)

    ceb = model()
    logs = ceb.evaluate(x, y, batch_size=24, verbose=0, return_dict=True)
    logits = ceb.predict(x, verbose=0).astype("float64")
    log_c = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    mean = keras.ops.convert_to_numpy(ceb.encode(x))
    mu = y @ keras.ops.convert_to_numpy(ceb.marginal.means)
    rex = 0.5 * ((mean - mu) ** 2).sum(1)
    np.testing.assert_allclose(
        logs["hyz"], -(y * log_c).sum(1).mean(), rtol=1e-5
    )
    np.testing.assert_allclose(logs["rex"], rex.mean(), rtol=1e-5)


@pytest.mark.parametrize("name", KEEPING)
def test_other_augmentations_leave_labels_alone(name):
    x, y = colored(6)
    images, labels = Batches(KEEPING[name](), [(x.copy(), y)])[0]
    np.testing.assert_array_equal(labels, y)
    assert images.shape == x.shape
    assert np.abs(images - x).max() > 0.05


@pytest.mark.parametrize("name", MIXING)
def test_fit_on_host_batches(name):
    batches = Batches(MIXING[name](), [colored(6)] * 2)
    check(model().fit(batches, verbose=0).history)


@pytest.mark.tf_only
@pytest.mark.parametrize("name", [*MIXING, *KEEPING])
def test_fit_on_a_pipeline(name):
    import tensorflow as tf

    layer = {**MIXING, **KEEPING}[name]()
    data = tf.data.Dataset.from_tensor_slices(colored(18)).batch(6)
    data = data.map(lambda x, y: augmented(layer, x, y))
    check(model().fit(data, verbose=0).history)


def check(history):
    """The logs are finite and are those of the objective at rho 1."""
    logs = {name: values[-1] for name, values in history.items()}
    expected = logs["hyz"] + np.exp(-1.0) * logs["rex"]
    assert logs["hyz"] > 0
    np.testing.assert_allclose(logs["loss"], expected, rtol=1e-5)
