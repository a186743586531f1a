import pytest

from keras_ceb._src import notices
from keras_ceb._src.training.label_guard import LabelGuarded


def test_a_warning_names_the_line_of_the_caller():
    with pytest.warns(UserWarning, match="something") as caught:
        notices.warn("something")
    assert caught[0].filename == __file__


def test_lines_of_the_package_are_passed_over():
    class Model(LabelGuarded):
        num_classes = 100

        def __init__(self):
            self._warned_of_few_classes = False

    with pytest.warns(UserWarning, match="5 classes") as caught:
        Model().warn_of_few_classes(5)
    assert caught[0].filename == __file__
