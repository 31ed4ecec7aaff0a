"""CSV for people: what spreadsheet programs make of it, in one place.

- A text that begins like a formula, or is one of their errors, gets an apostrophe in front: names
  come from files that may be somebody else's, and would be computed. Whoever reads such a file of
  ours takes the apostrophe away (`from_spreadsheet`).
- A file with other letters than ASCII begins with the mark of UTF-8, without which Excel shows
  them garbled. A file that will be edited (`graph`, `new --tables`) always has it. Other files
  without such letters stay as plain as programs expect them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

__all__ = ["ERROR", "MARK", "cells", "csv_text", "for_spreadsheet", "from_spreadsheet", "marked"]

MARK = "\ufeff"

ERROR = re.compile(
    r"#(?:N/A|(?:REF|DIV/0|VALUE|NUM|NULL|SPILL|CALC|FIELD|BUSY)!|NAME\?|GETTING_DATA)"
)
"""What a spreadsheet writes where it could not compute; `run_view_table.js` knows them, too."""

_COMPUTED = re.compile(rf"'*(?:[=+\-@\t\r\n]|{ERROR.pattern}$)")
_GUARDED = re.compile(rf"'+(?:[=+\-@\t\r\n]|{ERROR.pattern}$)")


def for_spreadsheet(text: str) -> str:
    """A text as a cell that no spreadsheet computes; `from_spreadsheet` takes it back.

    >>> [for_spreadsheet(text) for text in ("ward", "=1+1", "'=1+1", "-", "#N/A")]
    ['ward', "'=1+1", "''=1+1", "'-", "'#N/A"]
    """
    return f"'{text}" if _COMPUTED.match(text) else text


def from_spreadsheet(cell: str) -> str:
    """The text of a cell that `for_spreadsheet` wrote; any other is as it is.

    >>> [from_spreadsheet(cell) for cell in ("'=1+1", "=1+1", "'s-Hertogenbosch")]
    ['=1+1', '=1+1', "'s-Hertogenbosch"]
    """
    return cell[1:] if _GUARDED.match(cell) else cell


def cells(row: Iterable[Any]) -> Iterator[Any]:
    """The cells of a row: texts as `for_spreadsheet`, numbers as they are."""
    return (for_spreadsheet(cell) if isinstance(cell, str) else cell for cell in row)


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    r"""Rows as the text of a CSV file, floats so that they are read back to the bit.

    >>> csv_text([["id", "x"], ["=1+1", -0.5]])
    "id,x\n'=1+1,-0.5\n"
    """
    text = io.StringIO(newline="")
    write_rows(text, rows)
    return text.getvalue()


def write_rows(file: TextIO, rows: Iterable[Iterable[Any]]) -> None:
    """Write rows as lines of a CSV file; texts as `for_spreadsheet`, numbers as they are."""
    csv.writer(_Lines(file), lineterminator="\r\n").writerows(cells(row) for row in rows)


class _Lines:
    r"""A file whose lines end in ``\n``, in which a lone ``\r`` is quoted as well.

    Python's writer quotes what is part of its line end, and leaves a lone ``\r`` bare otherwise.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, line: str) -> int:
        """Write one row."""
        return self._file.write(line.removesuffix("\r\n") + "\n")


def marked(text: str) -> str:
    """The text of a file, with the mark of UTF-8 if it needs one.

    >>> marked("Łódź") == MARK + "Łódź", marked("Lodz")
    (True, 'Lodz')
    """
    return text if text.isascii() else MARK + text
