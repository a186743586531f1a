"""Tables for Markdown, HTML and the terminal.

`keras_ceb.robustness` exports `Table`, so that the examples and the result
pages, which use only public names, show the same tables as the reports.
"""

import dataclasses
import html
import numbers
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

_GAP = "  "


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of text for Markdown, HTML and the terminal.

    A cell can be any object: a number that is not an integer is shown with
    four decimals, `None` as an empty cell, and everything else as `str` shows
    it. Cells are escaped for each format, so foreign text, such as the name of
    a model, neither breaks the table nor adds markup to a page.

    Args:
        header: The titles of the columns.
        rows: The rows, each with as many cells as `header`.
        emphasis: Pairs of a row and a column, counted from 0: the cells to
            show in bold, or between asterisks where there is no bold.

    Raises:
        TypeError: If `header` or a row is a string or not a sequence.
        ValueError: If `header` is empty, a row has a different number of
            cells, or `emphasis` names a cell outside the table.

    Example:

    ```python
    table = Table(["model", "accuracy"], [["baseline", 0.5], ["CEB", 0.75]])
    print(table)
    table.to_markdown()
    ```
    """

    header: Sequence[Any]
    rows: Iterable[Sequence[Any]]
    emphasis: Collection[tuple[int, int]] = ()

    def __post_init__(self) -> None:
        rows = tuple(map(_cells, self.rows))
        object.__setattr__(self, "header", _cells(self.header))
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "emphasis", frozenset(self.emphasis))
        if not self.header:
            raise ValueError(
                "`header` must have at least one title. Received: header="
                f"{self.header!r}"
            )
        for row in rows:
            if len(row) != len(self.header):
                raise ValueError(
                    f"`rows` must have {len(self.header)} cells each, as many "
                    f"as `header`. Received: {len(row)} in {row!r}"
                )
        for row_number, column in self.emphasis:
            inside = 0 <= row_number < len(rows)
            if not (inside and 0 <= column < len(self.header)):
                raise ValueError(
                    "`emphasis` must name cells of the table, which has "
                    f"{len(rows)} rows of {len(self.header)}. "
                    f"Received: {(row_number, column)}"
                )

    def to_markdown(self) -> str:
        """GitHub-flavored Markdown, without a trailing line break."""
        header, *rows = self._texts(_markdown, "**{}**")
        lines = [header, ["---"] * len(header), *rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def to_html(self) -> str:
        """A `<table>` element. Templates can insert the table itself."""
        header, *rows = self._texts(html.escape, "<strong>{}</strong>")
        lines = ["<table>", _html_row("th", header)]
        lines += [_html_row("td", row) for row in rows]
        return "\n".join([*lines, "</table>"])

    def to_text(self) -> str:
        """Columns aligned with spaces, for a terminal."""
        lines = self._texts(str, "*{}*")
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            _GAP.join(
                cell.ljust(width)
                for cell, width in zip(line, widths, strict=True)
            ).rstrip()
            for line in lines
        )

    def __str__(self) -> str:
        return self.to_text()

    def __html__(self) -> str:
        """The escaped text that templates insert."""
        return self.to_html()

    def _texts(
        self, escape: Callable[[str], str], bold: str
    ) -> list[list[str]]:
        """The escaped text of every cell, the header first."""
        lines = [[escape(_plain(title)) for title in self.header]]
        for number, row in enumerate(self.rows):
            texts = [escape(_plain(cell)) for cell in row]
            for column, text in enumerate(texts):
                if text and (number, column) in self.emphasis:
                    texts[column] = bold.format(text)
            lines.append(texts)
        return lines


def _cells(row: Any) -> tuple[Any, ...]:
    if isinstance(row, str) or not isinstance(row, Iterable):
        raise TypeError(
            "`header` and each of `rows` must be a sequence of cells. "
            f"Received: {row!r} of type {type(row).__name__}"
        )
    return tuple(row)


def _plain(cell: Any) -> str:
    """A cell as one line of text."""
    if cell is None:
        return ""
    real = isinstance(cell, numbers.Real)
    if real and not isinstance(cell, numbers.Integral):
        return f"{cell:.4f}"
    text = str(cell)
    return "".join(c if c.isprintable() else " " for c in text)


def _markdown(text: str) -> str:
    """Text in which `|` does not end the cell."""
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _html_row(tag: str, cells: Iterable[str]) -> str:
    inside = "".join(f"<{tag}>{cell}</{tag}>" for cell in cells)
    return f"<tr>{inside}</tr>"
