import keras
import numpy as np
import pytest

import keras_ceb
from keras_ceb import backbones
from tests import toy

# Models whose class Keras does not find by the name in an .h5 file.
MODELS = {
    "CEBModel": lambda: keras_ceb.wrap(toy.backbone(), 3),
    "WideResNet": lambda: backbones.WideResNet(10, 1),
    "ResNet": lambda: backbones.ResNet(14, 0.125, input_shape=(32, 32, 3)),
}


@pytest.mark.parametrize(
    "name",
    [
        "CEBModel",
        pytest.param("WideResNet", marks=pytest.mark.slow_on_jax),
        pytest.param("ResNet", marks=pytest.mark.slow_on_jax),
    ],
)
def test_what_would_not_load_is_not_saved(name, tmp_path):
    model = MODELS[name]()
    message = f"`filepath` must end in `.keras`.*`{name}`.*save_weights"
    for file in ("a.h5", "a.hdf5", "a.weights.h5"):
        with pytest.raises(ValueError, match=message):
            model.save(tmp_path / file)
        assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match=message):
        keras.saving.save_model(model, str(tmp_path / "a.h5"))


@pytest.fixture
def model():
    return MODELS["CEBModel"]()


def test_a_model_inside_of_another_one(model, tmp_path):
    whole = keras.Sequential([keras.Input((5,)), model, keras.layers.Softmax()])
    whole.save(tmp_path / "whole.h5")
    again = keras.saving.load_model(tmp_path / "whole.h5", compile=False)
    x = toy.data(4)[0]
    np.testing.assert_array_equal(
        again.predict(x, verbose=0), whole.predict(x, verbose=0)
    )


def test_files_of_weights_and_keras_files(model, tmp_path):
    x = toy.data(4)[0]
    logits = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    model.save(str(tmp_path / "model.keras"), overwrite=True)
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), logits)
    model.save_weights(tmp_path / "model.weights.h5")
    other = keras_ceb.wrap(toy.backbone(), 3)
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(other.predict(x, verbose=0), logits)
