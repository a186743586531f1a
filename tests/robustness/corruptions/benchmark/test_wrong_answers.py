import numpy as np
import pytest

from keras_ceb._src.robustness.corruptions.benchmark import wrong_answers
from keras_ceb.robustness import Classifier
from tests.robustness.corruptions.benchmark.judge import brightness_judge


@pytest.fixture(scope="module")
def classifier():
    return Classifier(brightness_judge(4), bounds=(-1, 1))


def test_levels_are_rounded(classifier):
    x = np.full((2, 4, 4, 3), -1, "float32")
    x[1] = 1
    x[0, 0] = 1 / 255
    # (1 / 255 + 1) * 127.5 = 128.
    levels = wrong_answers.to_levels(classifier, x)
    assert levels.dtype == np.uint8
    assert np.unique(levels[0]).tolist() == [0, 128]
    assert np.unique(levels[1]).tolist() == [255]


def test_uint8_images_are_levels_already(classifier):
    x = np.full((2, 4, 4, 3), 77, "uint8")
    assert wrong_answers.to_levels(classifier, x) is x


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_images_of_another_shape(classifier, dtype):
    with pytest.raises(ValueError, match="images of `data` must have shape"):
        wrong_answers.to_levels(classifier, np.zeros((1, 5, 4, 3), dtype))


def test_images_out_of_bounds(classifier):
    x = np.full((1, 4, 4, 3), 1.5, "float32")
    with pytest.raises(ValueError, match="must lie within `bounds"):
        wrong_answers.to_levels(classifier, x)


def test_padding_is_not_counted(classifier):
    # Level 255 is 1 in the model's range, which is bright; -1 is dark.
    levels = np.full((5, 4, 4, 3), 255, "uint8")
    levels[1] = 0
    for y, wrong in (([0, 0, 1], 1), ([1, 0, 0], 1), ([0, 1, 0], 3)):
        assert wrong_answers.count_wrong(classifier, levels, y) == wrong
    one_hot = np.eye(2)[[0, 0, 1]]
    assert wrong_answers.count_wrong(classifier, levels, one_hot) == 1


def test_labels_beyond_the_classes(classifier):
    levels = np.zeros((2, 4, 4, 3), "uint8")
    with pytest.raises(ValueError, match="labels of `data` must lie in 0..1"):
        wrong_answers.count_wrong(classifier, levels, [0, 2])


def test_the_images_of_nan_logits_are_named():
    model = brightness_judge(4)
    weights = model.layers[-1].get_weights()
    classifier = Classifier(model, bounds=(0, 1))
    levels = np.zeros((4, 4, 4, 3), "uint8")
    assert wrong_answers.count_wrong(classifier, levels, [0, 0]) == 0
    model.layers[-1].set_weights([weights[0], np.array([0, np.nan])])
    with pytest.raises(ValueError, match=r"images \[7, 8\]"):
        wrong_answers.count_wrong(classifier, levels, [0, 0], first=7)
