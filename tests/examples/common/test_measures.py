import pytest

from examples.common import measures
from examples.common import results
from examples.common import training
from keras_ceb.robustness.attacks import AutoAttack


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


@pytest.mark.parametrize("version", ["standard", "fast"])
def test_autoattack_is_of_the_version_of_the_preset(version, monkeypatch):
    evaluation = measures.Evaluation(
        images=4, batch_size=2, linf=(), autoattack=(0.1,), version=version
    )
    ran = []

    def stop(classifier, data, attack, verbose):
        ran.append(attack)
        raise InterruptedError

    monkeypatch.setattr(measures, "robust_accuracy", stop)
    measured = measures.Measured.__new__(measures.Measured)
    measured.evaluation, measured.outside = evaluation, {}
    measured.classifier = measured.images = measured.labels = ()
    with pytest.raises(InterruptedError):
        measured.plan(main=False)["autoattack linf 0.1"]()
    assert ran == [AutoAttack("linf", 0.1, version)]
