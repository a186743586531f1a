import numpy as np
import pytest

from keras_ceb._src.cli.class_names import Relabeled
from keras_ceb._src.cli.class_names import check_number
from keras_ceb._src.cli.class_names import given_names


class Data:
    class_names = ["cat", "fox"]
    failed = ["a.png"]

    def __iter__(self):
        yield np.zeros((3, 1)), np.array([0, 1, 0])


def test_names_and_files_of_names(tmp_path):
    assert given_names(None) is None
    assert given_names(["cat", "dog"]) == ["cat", "dog"]
    (tmp_path / "names.txt").write_text("cat\n\n big dog \n")
    assert given_names([str(tmp_path / "names.txt")]) == ["cat", "big dog"]
    with pytest.raises(ValueError, match="different names. Received: cat more"):
        given_names(["cat", "dog", "cat"])
    (tmp_path / "names.bin").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="which is no text"):
        given_names([str(tmp_path / "names.bin")])


def test_as_many_as_the_model_has():
    check_number(["cat"], None)
    check_number(["cat", "dog"], 2)
    with pytest.raises(ValueError, match="name the 3 classes.*2 names"):
        check_number(["cat", "dog"], 3)


def test_labels_count_the_given_names():
    data = Relabeled(Data(), ["fox", "dog", "cat"])
    for _ in range(2):
        ((_, labels),) = data
        np.testing.assert_array_equal(labels, [2, 0, 2])
    assert data.class_names == ["fox", "dog", "cat"]
    assert data.failed == ["a.png"]
    with pytest.raises(ValueError, match="the classes of `--data`.*no 'fox'"):
        Relabeled(Data(), ["cat", "dog"])
