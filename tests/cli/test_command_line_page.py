"""The page of the command line, which its parser writes."""

import pathlib
import runpy

ROOT = pathlib.Path(__file__).parents[2]


def test_the_page_is_that_of_the_parser():
    page = runpy.run_path(str(ROOT / "docs" / "command_line.py"))["page"]()
    written = ROOT / "docs" / "guides" / "command-line.md"
    assert written.read_text(encoding="utf-8") == page, (
        "run `python docs/command_line.py > docs/guides/command-line.md`"
    )
    for text in ("## compare", "`--fail-under BAR`", "`--eps EPS ...`"):
        assert text in page
