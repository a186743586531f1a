import pytest

from keras_ceb._src import notices
from keras_ceb._src.training.labels import Labels


def test_a_warning_names_the_line_of_the_caller():
    with pytest.warns(UserWarning, match="something") as caught:
        notices.warn("something")
    assert caught[0].filename == __file__


def test_lines_of_the_package_are_passed_over():
    with pytest.warns(UserWarning, match="5 classes") as caught:
        Labels(100).warn_if_few_classes(5)
    assert caught[0].filename == __file__
