import types

import pytest

from examples.common import results
from examples.common import training
from examples.common import workdir


@pytest.fixture
def train(monkeypatch):
    """Stands for the training: what it was asked for, each time."""
    asked = []

    def fake(model, data, epochs, folder, settings, seed, **more):
        asked.append((model, settings, more))
        results.write(folder / training.TRAINED, settings, [], {})

    monkeypatch.setattr(training, "train", fake)
    return asked


def start(folder, settings, seed=1):
    training.run(
        lambda: types.SimpleNamespace(size=7),
        None,
        2,
        folder,
        settings,
        seed,
        describe=lambda model: {"size": model.size},
        verbose=0,
    )


def test_a_run_is_trained_once(tmp_path, train, capsys):
    folder = tmp_path / "run"
    start(str(folder), {"experiment": "a"})
    ((model, settings, more),) = train
    assert settings == {"experiment": "a", "size": 7} and model.size == 7
    assert more == {"verbose": 0}
    # What the model is does not belong to what the folder is of.
    assert "size" not in workdir.read(folder / "settings.json")
    start(folder, {"experiment": "a"})
    assert len(train) == 1 and "is trained already" in capsys.readouterr().out


def test_a_folder_is_of_one_run(tmp_path, train):
    start(tmp_path, {"experiment": "a"})
    for settings, seed in (({"experiment": "b"}, 1), ({"experiment": "a"}, 2)):
        with pytest.raises(ValueError, match="holds another experiment"):
            start(tmp_path, settings, seed)
    assert len(train) == 1


def test_a_run_that_another_process_trains_is_refused(tmp_path, train):
    held = workdir.lock(tmp_path)
    if held is None:
        pytest.skip("this system has no locks")
    with pytest.raises(ValueError, match="in use by another process"):
        start(tmp_path, {"experiment": "a"})
    assert not train
