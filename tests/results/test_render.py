"""The pages are as the result files say, and what is stale is found."""

import re
import types

import pytest

from results import render
from results.prose import figures as prose

ROOT = render.ROOT


@pytest.mark.parametrize("page", render.PAGES)
def test_pages_are_as_the_result_files_say(page):
    text = (ROOT / page).read_text()
    assert "<!-- results: " in text
    assert render.rendered(text, page) == text


def test_every_table_and_figure_is_shown():
    text = "".join((ROOT / page).read_text() for page in render.PAGES)
    tables = set(re.findall(r"<!-- results: (\S+) -->\n", text))
    figures = set(re.findall(r"<!-- results: (\S+) -->[^\n]", text))
    assert tables == set(render.TABLES)
    assert figures == set(prose.FIGURES)


def test_a_stale_figure_is_made_anew(monkeypatch):
    monkeypatch.setitem(prose.FIGURES, "a.figure", lambda: "12")
    monkeypatch.setitem(render.TABLES, "a_table", lambda: "| a |\n| --- |")
    figure = "It is <!-- results: a.figure -->{}<!-- end --> and\n"
    table = "<!-- results: a_table -->\n{}<!-- end -->\n"
    text = figure.format("11") + table.format("| old |\n") + figure.format("")
    expected = (
        figure.format("12")
        + table.format("| a |\n| --- |\n")
        + figure.format("12")
    )
    assert render.rendered(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a <!-- results: none.such -->1<!-- end -->", "no figure: none.such"),
        ("a <!-- results: quickstart -->1<!-- end -->", "no figure: quick"),
        ("<!-- results: few.rho -->\n1\n<!-- end -->", "no table: few.rho"),
        ("<!-- results: few.rho -->5<!-- end -->", "begins a line"),
        ("x\n- <!-- results: few.rho -->5<!-- end -->", "begins a line"),
        ("x\n  <!-- results: few.rho -->5<!-- end -->", "begins a line"),
        ("a <!-- results: few.rho -->5 and more", "not whole"),
        ("a <!-- results:few.rho -->5<!-- end -->", "not whole"),
        ("a 5<!-- end -->", "not whole"),
        (
            "a <!-- results: few.rho -->5 b\n\n"
            "c <!-- results: few.epochs -->80<!-- end -->",
            "without an end",
        ),
    ],
)
def test_marks_that_are_wrong(text, message):
    with pytest.raises(ValueError, match=f"the page.*{message}"):
        render.rendered(text)


# Names that hold digits and are no figures of ours.
NAMES = (
    r"CIFAR-10(-C)?|PGD-20|ResNet-(50|152)(x2)?|ImageNet-C|L2|Table 1|seed0"
    # The paper's, which the sentence says.
    r"|The paper trains a network\s+with[^.]*1500 epochs"
)


def typed(text):
    """The numbers in a page that are neither rendered nor code or links."""
    text = re.sub(r"(?s)<!-- results: .*?<!-- end -->", "", text)
    text = re.sub(r"`[^`]*`|\]\([^)]*\)|(?m:^    .*$)", "", text)
    return re.findall(r"\S*\d\S*", re.sub(NAMES, "", text))


def test_no_figure_is_typed():
    assert typed("`ceb_4` of <!-- results: x -->5<!-- end --> is 3 %") == ["3"]
    assert typed((ROOT / "results/README.md").read_text()) == []


def test_the_command_finds_stale_pages(tmp_path, monkeypatch):
    flags = types.SimpleNamespace(check=True)
    monkeypatch.setattr(render, "FLAGS", flags)
    monkeypatch.setattr(render, "ROOT", tmp_path)
    monkeypatch.setattr(render, "PAGES", ["page.md"])
    page = tmp_path / "page.md"
    stale = "rho = <!-- results: few.rho -->17<!-- end -->\n"
    page.write_text(stale)
    with pytest.raises(SystemExit, match="the result files say: page.md"):
        render.main(None)
    assert page.read_text() == stale
    flags.check = False
    render.main(None)
    assert page.read_text() == render.rendered(stale) != stale
    flags.check = True
    render.main(None)
