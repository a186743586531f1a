import keras
import numpy as np
import pytest

from keras_ceb._src.robustness import chance


def answers(predicted, labels, num_classes, span=(0.0, 1.0)):
    return chance.Answers(
        np.array(predicted), np.array(labels), num_classes, span
    )


def share(right, images, num_classes):
    """So many right answers, none twice in a row alike."""
    labels = np.arange(images) % num_classes
    wrong = (labels + 1) % num_classes
    return answers(
        np.where(np.arange(images) < right, labels, wrong), labels, num_classes
    )


@pytest.mark.parametrize(
    ("right", "images", "num_classes", "fault"),
    [
        (30, 150, 5, True),  # 0.20 of 5 classes, the case that was reported.
        (62, 150, 5, False),  # 0.41, the accuracy of the same model.
        (5, 100, 10, True),
        (70, 128, 2, True),
        (100, 128, 2, False),
        (0, 50, 1000, True),
        (2, 50, 1000, False),
        # A few images tell nothing, whether they are right or not.
        (2, 2, 2, False),
        (1, 2, 2, False),
        (1, 1, 10, False),
        (4, 4, 2, False),
    ],
)
def test_accuracy(right, images, num_classes, fault):
    found = chance.chance_fault(share(right, images, num_classes))
    assert (found is not None) == fault


def test_one_class_for_all():
    labels = [0] * 95 + [1] * 5
    fault = chance.chance_fault(answers([0] * 100, labels, 2))
    assert fault == "every image is classified as class 0"
    # Right, if the data holds one class; and too few to tell.
    assert chance.chance_fault(answers([0] * 100, [0] * 100, 2)) is None
    assert chance.chance_fault(answers([0, 0, 0], [0, 0, 1], 2)) is None


def test_the_error_names_the_causes():
    model = keras.Sequential(
        [keras.Input((2, 2, 3)), keras.layers.Rescaling(1 / 255)]
    )
    with pytest.raises(ValueError) as error:
        chance.check_chance(share(30, 150, 5), model, (0.0, 1.0))
    text = str(error.value)
    for part in (
        "0..1 here; the first layers of the model expect 0..255",
        "labels in a different order",
        "an untrained model",
        "`allow_chance=True`",
        "Received: accuracy 0.2000 on 150 images",
    ):
        assert part in text
    chance.check_chance(share(140, 150, 5), model, (0.0, 1.0))


def test_images_in_a_sliver_of_the_bounds():
    good = share(140, 150, 5)
    with pytest.raises(ValueError, match=r"`bounds`.*\(0, 255\).*from 0 to 1"):
        chance.check_chance(good, keras.Sequential(), (0, 255))
    good.span = (0.0, 200.0)
    chance.check_chance(good, keras.Sequential(), (0, 255))
