"""The study from a file of images to a result, in one process."""

import numpy as np
import pytest

from examples.common import paired
from examples.common import workdir
from examples.fashion_mnist import data
from examples.fashion_mnist import evaluate
from examples.fashion_mnist import experiments
from examples.fashion_mnist import train
from tests.results.schema import check_schema


@pytest.fixture(scope="module")
def test_set(archive):
    test = data.load(archive, "test", experiments.preset("smoke"))
    return test.images.astype("float32") / 255, test.labels.astype("int32")


@pytest.fixture(scope="module")
def folder(archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "seed_3"
    train.run("fast_cceb_2", "smoke", 3, archive, folder)
    return folder


@pytest.fixture(scope="module")
def result(folder, test_set):
    return evaluate.evaluate_run(folder, *test_set)


def test_a_result_says_what_was_trained_and_measured(result):
    check_schema(result)
    settings = result["settings"]
    assert (settings["experiment"], settings["rho"]) == ("fast_cceb_2", 2.0)
    assert settings["radii"]["autoattack"] == [0.1]
    assert settings["audit_eps"] == 0.1
    trained, measured = result["provenance"]
    assert trained["seeds"] == [3] and measured["seeds"] == [0]
    (epoch,) = result["figures"]["epochs"]
    assert epoch["cpu_seconds"] >= 0 and "val_rex" in epoch


def test_measures_fit_each_other(result):
    measures = result["figures"]["measures"]
    assert list(measures) == [
        "clean",
        "pgd linf 0.1",
        "autoattack linf 0.1",
        "pgd l2 0.5",
        "autoattack l2 0.5",
        "ood",
        "corruptions",
    ]
    clean, attacked = measures["clean"], measures["autoattack linf 0.1"]
    right = paired.flags_of(clean["right"])
    assert clean["images"] == len(right) == 20
    assert clean["accuracy"] == right.mean()
    (epoch,) = result["figures"]["epochs"]
    assert clean["accuracy"] == pytest.approx(epoch["val_accuracy"])
    # The first 16, on which the other model must agree with the trained one.
    assert attacked["images"] == 16
    assert attacked["clean"] == pytest.approx(right[:16].mean())
    stands = paired.flags_of(attacked["stands"])
    assert attacked["accuracy"] == pytest.approx(stands.mean())
    assert not np.any(stands & ~right[:16])
    assert clean["rex"] > 0 and min(clean["temperatures"]) > 0
    assert set(measures["corruptions"]["errors"]) == {"brightness"}


def test_other_images_have_all_scores(result):
    sets = result["figures"]["measures"]["ood"]["sets"]
    assert list(sets) == ["inverted", "rotated", "noise", "digits"]
    for scores in sets.values():
        assert list(scores) == [
            "max-softmax",
            "energy",
            "residual information",
            "marginal",
        ]
        assert all(0 <= s["auroc"] <= 1 for s in scores.values())


def test_what_is_measured_is_kept(folder, test_set, result):
    kept = workdir.read(folder / "measures.json")
    kept["measures"]["corruptions"]["average"] = -1.0
    del kept["format"], kept["measures"]["clean"]
    workdir.write(folder / "measures.json", kept)
    (folder / "result.json").unlink()
    again = evaluate.evaluate_run(folder, *test_set)
    assert again["figures"]["measures"]["corruptions"]["average"] == -1.0
    assert again["figures"]["epochs"] == result["figures"]["epochs"]
    # What was missing took another run, which the result has too.
    assert again["figures"]["measures"]["clean"]["images"] == 20
    steps = [run["step"] for run in again["provenance"]]
    assert steps == ["training", "measurement", "measurement"]


def test_a_model_must_be_there(tmp_path, test_set):
    with pytest.raises(ValueError, match="`workdir` must hold a model"):
        evaluate.evaluate_run(tmp_path, *test_set)
