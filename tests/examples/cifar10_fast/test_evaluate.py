"""The study from a file of images to a result, in one process."""

import pytest

from examples.cifar10_fast import data
from examples.cifar10_fast import evaluate
from examples.cifar10_fast import experiments
from examples.cifar10_fast import train
from examples.common import paired
from tests.results.schema import check_schema


# The parts that the studies share are tested there with another of them.
def slow_to_compile(test):
    return pytest.mark.slow_on_tensorflow(pytest.mark.slow_on_jax(test))


@pytest.fixture(scope="module")
def test_set(archive):
    test = data.load(archive, "test", experiments.preset("smoke"))
    return test.images.astype("float32") / 255, test.labels.astype("int32")


@pytest.fixture(scope="module")
def result(archive, test_set, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "seed_3"
    # Kernels of a layer of its own must be saved and loaded, too.
    train.run("normfree_cceb_2", "smoke", 3, archive, folder)
    return evaluate.evaluate_run(folder, *test_set)


@slow_to_compile
def test_a_result_says_what_was_trained_and_measured(result):
    check_schema(result)
    settings = result["settings"]
    assert settings["experiment"] == "normfree_cceb_2"
    assert (settings["norm"], settings["rho"]) == (None, 2.0)
    assert settings["audit_eps"] == settings["radii"]["autoattack"][0]
    trained, measured = result["provenance"]
    assert trained["seeds"] == [3] and measured["seeds"] == [0]


@slow_to_compile
def test_the_attacked_model_is_the_trained_one(result):
    measures = result["figures"]["measures"]
    clean = measures["clean"]
    (epoch,) = result["figures"]["epochs"]
    assert clean["accuracy"] == pytest.approx(epoch["val_accuracy"])
    right = paired.flags_of(clean["right"])[:16]
    attacked = measures[f"autoattack linf {1 / 255:g}"]
    assert attacked["clean"] == pytest.approx(right.mean())
    assert not (paired.flags_of(attacked["stands"]) & ~right).any()


@slow_to_compile
def test_other_images_have_all_scores(result):
    sets = result["figures"]["measures"]["ood"]["sets"]
    assert list(sets) == ["inverted", "upside down", "noise"]
    assert all(len(scores) == 4 for scores in sets.values())


def test_a_model_must_be_there(tmp_path, test_set):
    with pytest.raises(ValueError, match="`workdir` must hold a model"):
        evaluate.evaluate_run(tmp_path, *test_set)
