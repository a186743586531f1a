import argparse
import json

import pytest

from keras_ceb._src.cli.output import Output


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.keras").write_text("a model")

    def make(**changes):
        settings = {
            "command": "evaluate", "model": "model.keras", "eps": (0.5,),
            "output": None, "overwrite": False, "json": False, "quiet": False,
            "debug": False,
        }  # fmt: skip
        options = argparse.Namespace(**{**settings, **changes})
        return Output(options, "named", ["report.json"], ["model.keras"])

    return make


def test_the_same_command_writes_again(make, tmp_path):
    assert make().path.name == "named"
    assert not (tmp_path / "named").exists()
    folder = make().open()
    (folder / "report.json").write_text("old")
    make(json=True, debug=True).open()
    noted = json.loads((folder / "command.json").read_text())
    assert noted["eps"] == [0.5] and "output" not in noted


def test_results_of_another_command_are_kept(make, tmp_path):
    folder = make().open()
    # Nothing is lost before there are results.
    make(eps=(0.25,)).open()
    make().open()
    (folder / "report.json").write_text("old")
    with pytest.raises(ValueError, match="pass `--overwrite`.*report.json"):
        make(eps=(0.25,))
    make(eps=(0.25,), overwrite=True)
    (tmp_path / "model.keras").write_text("another model")
    with pytest.raises(ValueError, match="without the results of another"):
        make()
    for text in ("", "[]", "{"):
        (folder / "command.json").write_text(text)
        with pytest.raises(ValueError, match="without the results of another"):
            make()


def test_folders_that_cannot_be_written(make):
    with pytest.raises(ValueError, match="`--output` must be a folder that"):
        make(output="model.keras")
    with pytest.raises(ValueError, match="`--output` must be a folder that"):
        make(output="model.keras/inside")
