import json

import keras
import numpy as np
import pytest

from examples.dab import protocol
from examples.dab import run
from keras_ceb._src.robustness.ood.ranking import auroc
from tests.examples.cifar10 import files

SMOKE = protocol.PRESETS["smoke"]


@pytest.mark.slow_on_jax
def test_it_trains_and_measures(tmp_path):
    source = files.write(tmp_path, 8)
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (16, 8, 8, 3), dtype="uint8")
    other = tmp_path / "noise.npz"
    np.savez(other, x_test=noise, y_test=np.zeros(16, "int32"))
    options = ("smoke", 0, source, {"noise": other}, tmp_path / "run")
    figures = run.run(*options)

    # The figures again, from the file of the model.
    model = keras.models.load_model(tmp_path / "run" / "model.keras")
    assert model.marginal.get_config()["covariance"] == "full"
    with np.load(source) as arrays:
        images, labels = arrays["x_test"], arrays["y_test"]
    images = images.astype("float32") / 255
    predicted = keras.ops.convert_to_numpy(model(images)).argmax(-1)
    assert figures["accuracy"] == np.mean(predicted == labels)
    zeros = np.zeros(16, "int32")
    inside, outside = (
        keras.ops.convert_to_numpy(model.residual_information(x, zeros))
        for x in (images, noise.astype("float32") / 255)
    )
    assert figures["ood"]["noise"]["auroc"] == pytest.approx(
        auroc(inside, outside)
    )

    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["settings"]["z_dim"] == 8
    # The second time there is nothing to do.
    assert run.run(*options) == result["figures"]
