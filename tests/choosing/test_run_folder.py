import json
import os

import numpy as np
import pytest

from keras_ceb._src.choosing.run_folder import RunFolder
from tests import toy

SETTINGS = {"rho": 2.0, "fit": {"epochs": 3}}


def names(path):
    return sorted(file.name for file in path.iterdir())


def test_state_names_only_whole_weights(tmp_path, monkeypatch):
    model = toy.model(compile=False)
    folder = RunFolder(tmp_path / "run", SETTINGS)
    assert (folder.epochs, folder.weights, folder.result) == (0, None, None)
    folder.save(model, 1, {"loss": np.float32(0.5)})
    folder.save(model, 2, {"loss": 0.25})
    assert names(folder.path) == ["epoch-2.weights.h5", "state.json"]

    class Killed(BaseException):
        pass

    def kill(*args):
        raise Killed

    # Between the weights of an epoch and the note of them.
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", kill)
        with pytest.raises(Killed):
            folder.save(model, 3, {"loss": 0.125})
    again = RunFolder(tmp_path / "run", SETTINGS)
    assert again.epochs == 2 and again.history == {"loss": [0.5, 0.25]}
    assert again.weights == again.path / "epoch-2.weights.h5"
    again.finish(model, {"accuracy": 0.75})
    last = RunFolder(tmp_path / "run", SETTINGS)
    assert last.result == {"accuracy": 0.75}
    assert last.weights.name == "end.weights.h5" and last.weights.exists()


def test_another_run_in_the_folder(tmp_path):
    folder = RunFolder(tmp_path, SETTINGS)
    folder.save(toy.model(compile=False), 1, {})
    assert json.loads((tmp_path / "state.json").read_text())["epochs"] == 1
    changed = {**SETTINGS, "fit": {"epochs": 4}}
    with pytest.raises(ValueError, match="`checkpoint_dir`.*Received.*'epoch"):
        RunFolder(tmp_path, changed)
