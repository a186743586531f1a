import keras
import numpy as np
import pytest

import keras_ceb
from keras_ceb._src.cli.saved_model import load_model


@keras.saving.register_keras_serializable("mine")
class Mine(keras.layers.Layer):
    def call(self, x):
        return x


def plain(*layers):
    return keras.Sequential(
        [keras.Input((4, 4, 3)), *layers, keras.layers.Flatten()]
    )


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_models_of_keras(tmp_path, name):
    plain().save(tmp_path / name)
    assert load_model(tmp_path / name).output_shape == (None, 48)


def test_models_of_this_package(tmp_path):
    model = keras_ceb.wrap(plain(), 3)
    model(np.zeros((1, 4, 4, 3)))
    model.save(tmp_path / "model.keras")
    assert load_model(tmp_path / "model.keras").num_classes == 3


@pytest.mark.parametrize(
    ("name", "cure"),
    [("m.keras", r"custom_objects=\{'Mine': Mine\}"), ("m.h5", "as .keras")],
)
def test_a_custom_class(tmp_path, monkeypatch, name, cure):
    plain(Mine()).save(tmp_path / name)
    monkeypatch.delitem(keras.saving.get_custom_objects(), "mine>Mine")
    # Keras would import it by the name of its module.
    monkeypatch.delitem(globals(), "Mine")
    with pytest.raises(ValueError, match=cure) as error:
        load_model(tmp_path / name)
    text = str(error.value)
    assert "the class 'Mine'" in text
    assert len(text) < 500 and "\n" not in text and "config" not in text


def test_files_that_are_no_model(tmp_path):
    def error_of(name):
        with pytest.raises(ValueError) as error:
            load_model(tmp_path / name)
        assert len(str(error.value)) < 500 and "\n" not in str(error.value)
        return str(error.value)

    for name in ("bad.keras", "bad.h5", "model.pb"):
        (tmp_path / name).write_text("hello")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.keras").mkdir()
    plain(keras.layers.Conv2D(1, 1)).save_weights(tmp_path / "m.weights.h5")
    assert "No such model file" in error_of("missing.keras")
    assert "cannot be loaded" in error_of("bad.keras")
    assert "cannot be loaded" in error_of("bad.h5")
    assert "must be a .keras file" in error_of("model.pb")
    assert "a folder" in error_of("folder")
    assert "a folder" in error_of("folder.keras")
    assert "not only its weights" in error_of("m.weights.h5")
