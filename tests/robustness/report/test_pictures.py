import numpy as np

from keras_ceb._src.robustness.report import pictures
from tests.robustness.report.test_report import make_result


def test_the_range_becomes_bytes():
    image = np.array([[[-1.0], [0.0], [1.0]]])
    shown = pictures.picture(image, -1.0, 1.0)
    assert shown.dtype == np.uint8 and shown.ravel().tolist() == [0, 128, 255]
    assert pictures.picture(np.zeros((3, 8, 9)), 0, 1).shape == (8, 9, 3)
    assert pictures.picture(np.zeros((8, 8, 5)), 0, 1).shape == (8, 8, 1)


def test_large_images_become_the_means_of_blocks():
    image = np.zeros((224, 224, 3))
    image[::2] = 1.0
    shown = pictures.picture(image, 0, 1)
    assert shown.shape == (112, 112, 3) and np.all(shown == 128)
    assert pictures.picture(np.zeros((1, 500, 1)), 0, 1).shape == (1, 100, 1)


def test_cards_name_the_classes():
    result = make_result(0.1, (1, 0))
    result.examples[0].predicted, result.examples[0].confidence = 1, 0.75
    (card,) = pictures.cards(result, ["cat", "dog"], 3)
    assert (card["label"], card["predicted"]) == ("cat", "dog")
    assert (card["title"], card["confidence"]) == ("image 1", "75 %")
    assert pictures.cards(result, None, 1)[0]["predicted"] == "class 1"
