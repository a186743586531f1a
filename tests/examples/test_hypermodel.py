import numpy as np
import pytest

import keras_ceb

keras_tuner = pytest.importorskip("keras_tuner")

from examples import hypermodel  # noqa: E402


def test_a_model_per_rho():
    hp = keras_tuner.HyperParameters()
    hp.Fixed("rho", 1.0)
    model = hypermodel.CEBHyperModel().build(hp)
    assert isinstance(model, keras_ceb.CEBModel) and model.rho == 1.0
    assert model.encode(np.zeros((1, 8, 8, 1))).shape == (1, hp.get("z_dim"))


@pytest.mark.slow
def test_a_search_resumes(tmp_path):
    rng = np.random.default_rng(0)
    data = rng.random((64, 8, 8, 1)).astype("float32"), rng.integers(0, 10, 64)
    found = hypermodel.search(data, data, 2, 1, str(tmp_path))
    scores = [trial.score for trial in found.oracle.get_best_trials(2)]
    again = hypermodel.search(data, data, 2, 1, str(tmp_path))
    assert [t.score for t in again.oracle.get_best_trials(2)] == scores
    text = hypermodel.table(again, 2).to_markdown()
    assert f"| {scores[0]:.4f} | " in text
