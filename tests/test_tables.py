from html.parser import HTMLParser

import numpy as np
import pytest

from keras_ceb.robustness import Table

HOSTILE = "<span class='x'>|a\\|b|</span>\n<script>\x1b[31m&"


def test_markdown():
    table = Table(["a", "b"], [["x", 1], ["y", None]], emphasis=[(0, 1)])
    assert table.to_markdown() == (
        "| a | b |\n| --- | --- |\n| x | **1** |\n| y |  |"
    )


def test_html():
    table = Table(["a", "b"], [["x", 1], ["y", None]], emphasis=[(0, 1)])
    assert table.to_html() == (
        "<table>\n<tr><th>a</th><th>b</th></tr>\n"
        "<tr><td>x</td><td><strong>1</strong></td></tr>\n"
        "<tr><td>y</td><td></td></tr>\n</table>"
    )
    assert table.__html__() == table.to_html()


def test_text():
    table = Table(["model", "b"], [["x", 1], ["longer", None]], [(0, 1)])
    assert str(table) == "model   b\nx       *1*\nlonger"
    assert table.to_text() == str(table)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (0.5, "0.5000"),
        (np.float32(0.25), "0.2500"),
        (3, "3"),
        (np.int64(3), "3"),
        (True, "True"),
        (None, ""),
        ("0.5", "0.5"),
    ],
)
def test_cells_as_text(cell, text):
    assert Table(["a"], [[cell]]).to_text() == f"a\n{text}"


def cells_of_markdown(line):
    """The cells of a row as a reader of GitHub's Markdown splits it."""
    cells, text, letters = [], "", iter(line)
    for letter in letters:
        if letter == "\\":
            text += next(letters)
        elif letter == "|":
            cells.append(text.strip())
            text = ""
        else:
            text += letter
    return cells[1:]


def test_a_hostile_cell_stays_in_its_cell_of_markdown():
    text = Table([HOSTILE, "b"], [[HOSTILE, "x"]]).to_markdown()
    lines = text.split("\n")
    assert len(lines) == 3
    expected = HOSTILE.replace("\n", " ").replace("\x1b", " ")
    assert cells_of_markdown(lines[0]) == [expected, "b"]
    assert cells_of_markdown(lines[2]) == [expected, "x"]


def test_a_hostile_cell_is_text_in_html():
    tags, data = [], []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: tags.append((tag, attrs))
    parser.handle_data = data.append
    parser.feed(Table([HOSTILE], [[HOSTILE]], emphasis=[(0, 0)]).to_html())
    assert tags == [
        (tag, []) for tag in ("table", "tr", "th", "tr", "td", "strong")
    ]
    expected = HOSTILE.replace("\n", " ").replace("\x1b", " ")
    assert [text for text in data if text.strip()] == [expected, expected]


def test_a_hostile_cell_sends_nothing_to_the_terminal():
    text = Table(["a"], [[HOSTILE]]).to_text()
    assert "\x1b" not in text and text.count("\n") == 1


def test_rows_are_read_once_and_kept():
    table = Table(iter("ab"), ([x, y] for x, y in [(1, 2), (3, 4)]))
    assert table == Table(["a", "b"], [[1, 2], [3, 4]])
    assert table.to_text() == table.to_text() == "a  b\n1  2\n3  4"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([], []), ValueError, "`header` must have at least one title"),
        (("ab", []), TypeError, "`header` and each of `rows` must be"),
        ((["a"], ["b"]), TypeError, "`header` and each of `rows` must be"),
        ((["a"], [3]), TypeError, "`header` and each of `rows` must be"),
        ((["a"], [[1, 2]]), ValueError, "`rows` must have 1 cells each"),
        ((["a"], [[1]], [(1, 0)]), ValueError, "`emphasis` must name cells"),
        ((["a"], [[1]], [(0, 1)]), ValueError, "`emphasis` must name cells"),
        ((["a"], [[1]], [(-1, 0)]), ValueError, "`emphasis` must name cells"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=f"{message}.*Received: "):
        Table(*arguments)
