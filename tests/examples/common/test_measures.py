import pytest

from examples.common import measures
from examples.common import results
from examples.common import training


def test_runs_are_measured_on_the_same_images(tmp_path):
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        results.write(
            folder / training.TRAINED, {"experiment": folder.name}, [], {}
        )
    loaded = []

    def load(settings):
        loaded.append(settings["experiment"])
        return "images", "labels"

    def evaluate(folder, *arguments):
        assert arguments == ("images", "labels")
        return {
            "settings": {"experiment": folder.name},
            "provenance": [{"seeds": [3]}],
            "figures": {},
        }

    copies = tmp_path / "results"
    measures.evaluate_runs(map(str, folders), load, evaluate, copies)
    assert loaded == ["a"]
    found = sorted(file.name for file in copies.iterdir())
    assert found == ["a-seed3.json", "b-seed3.json"]


def test_a_run_that_is_not_trained_is_refused(tmp_path):
    with pytest.raises(ValueError, match="`workdir` must hold a model"):
        measures.evaluate_runs([tmp_path], None, None)
