"""The study from photographs to a result, in one process."""

import dataclasses

import numpy as np
import pytest

from examples.transfer import data
from examples.transfer import evaluate
from examples.transfer import experiments
from examples.transfer import train
from examples.transfer import zero_shot
from tests.results.schema import check_schema

SMOKE = experiments.preset("smoke")


@pytest.fixture(scope="module")
def result(photographs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "seed_1"
    train.run("cceb_3", "smoke", 1, photographs, folder)
    test = data.load(photographs, "test", SMOKE)
    images = test.images.astype("float32") / 255
    others = evaluate.outside(images)
    return evaluate.evaluate_run(folder, images, test.labels, others)


def test_a_result_says_what_was_trained_and_measured(result):
    check_schema(result)
    assert result["settings"]["rho"] == 3.0
    assert result["settings"]["train_images"] == 20
    assert result["settings"]["radii"]["autoattack"] == [1 / 255]
    measures = result["figures"]["measures"]
    assert list(measures) == [
        "clean",
        "pgd linf 0.00392157",
        "autoattack linf 0.00392157",
        "ood",
        "corruptions",
    ]
    sets = measures["ood"]["sets"]
    assert list(sets) == ["inverted", "upside down", "noise"]


def test_few_images_are_spread_over_the_classes(photographs):
    train_set = data.load(photographs, "train", SMOKE)
    np.testing.assert_array_equal(np.bincount(train_set.labels), 10 * [2])
    every = dataclasses.replace(SMOKE, train_images=None)
    assert len(data.load(photographs, "train", every).labels) == 30


def test_norms_are_frozen_and_the_rest_is_not():
    backbone = train.build_backbone(SMOKE, pretrained=False)
    names = {w.path.split("/")[-1] for w in backbone.trainable_weights}
    assert names == {"kernel"}


@pytest.mark.parametrize("source", [None, "nowhere"])
def test_missing_photographs_are_said(source):
    with pytest.raises(ValueError, match="`data` must be a folder with"):
        data.load(source, "train", SMOKE)


def test_rows_of_a_preset():
    rows = experiments.rows("few")
    assert len(rows) == 4 * 3 + 2
    assert rows[4] == ("baseline", 1) and rows[-1] == ("fast_ceb_3", 0)
    assert experiments.rows("all") == rows[:4] + rows[-2:]


def test_answers_of_all_classes_and_of_ours():
    logits = np.array([[0.0, 2.0, 1.0], [3.0, 0.0, 1.0]])
    # Ours are the first and the last.
    found = zero_shot.agreement(logits, np.array([1, 0]), (0, 2))
    assert found == {"all": 0.5, "ten": 1.0}


def test_classes_of_cifar10_that_imagenette_lacks(tmp_path):
    labels = np.arange(10, dtype="uint8")
    images = np.full((10, 4, 4, 3), 255, "uint8")
    np.savez(tmp_path / "cifar10.npz", x_test=images, y_test=labels[:, None])
    found = evaluate.other_classes(tmp_path / "cifar10.npz", 8)
    assert found.shape == (8, 8, 8, 3)
    np.testing.assert_allclose(found, 1.0, rtol=1e-6)
