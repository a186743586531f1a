"""Files that earlier versions saved load, and give what they gave."""

import json

import keras
import numpy as np
import pytest

import keras_ceb
from tests.golden import make

FILES = sorted(make.FOLDER.glob("*/*.keras"))


def test_every_kind_of_model_has_a_file():
    ours = {file.stem for file in FILES}
    assert ours >= set(make.MODELS)


@pytest.mark.parametrize(
    "file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}"
)
def test_a_saved_model_gives_what_it_gave(file):
    model = keras.models.load_model(file, safe_mode=True)
    assert isinstance(model, keras_ceb.CEBModel)
    recorded = json.loads(file.with_suffix(".json").read_text())
    found = make.figures(model)
    assert found.keys() == recorded.keys()
    # A backbone in bfloat16 may round in another order elsewhere.
    tolerance = 2e-2 if "bfloat16" in file.stem else 1e-5
    for name, value in recorded.items():
        np.testing.assert_allclose(
            found[name], value, rtol=tolerance, atol=tolerance, err_msg=name
        )


@pytest.mark.slow
def test_training_goes_on_from_a_file():
    file = make.FOLDER / "0.1.0" / "consistent.keras"
    model = keras.models.load_model(file)
    before = make.figures(model)
    model.fit(*make.data(), batch_size=2, verbose=0)
    after = make.figures(model)
    assert after["iterations"] == before["iterations"] + 3
    assert after["logits"] != before["logits"]


def test_a_file_without_the_models_own_step_has_that_of_the_optimizer():
    model = keras.models.load_model(make.FOLDER / "0.1.0" / "vib.keras")
    iterations = make.figures(model)["iterations"]
    x, y = make.data()
    model.train_on_batch(x, y)
    step = keras.ops.convert_to_numpy(model.rho_step.value)
    assert int(step) == iterations + 1
