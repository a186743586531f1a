"""The table of the readers says what each returns."""

import inspect
import pathlib
import re

import pytest

from keras_ceb import data

PAGE = pathlib.Path(__file__).parents[1] / "docs" / "api" / "data.md"


def rows(text):
    """`{reader: what it returns}` of the table in a text."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and cells[0].startswith("`"):
            for name in re.findall(r"`(\w+)`", cells[0]):
                found[name] = cells[2].strip("`")
    return found


@pytest.mark.parametrize("text", [data.__doc__, PAGE.read_text()])
def test_every_reader_is_in_the_table_with_what_it_returns(text):
    readers = {
        name for name in data.__all__ if inspect.isfunction(getattr(data, name))
    } - {"cifar_augmentation"}
    table = rows(text)
    assert set(table) == readers | {"ArrayDataset"}
    for name in readers - {"read_npz"}:
        returned = inspect.signature(getattr(data, name)).return_annotation
        assert returned.__name__ == table[name]
        assert table[name] in data.__all__


def test_what_the_table_says_of_types():
    assert issubclass(data.ArrayDataset, data.ImageDataset)
    assert issubclass(data.FolderDataset, data.ImageDataset)
    for name in ("ArrayDataset", "EncodedImages"):
        method = getattr(data, name).as_tf_data
        assert "initial_epoch" in inspect.signature(method).parameters


def test_no_function_has_more_than_eight_arguments():
    for name in data.__all__:
        parameters = inspect.signature(getattr(data, name)).parameters
        assert len(parameters) <= 8, name
