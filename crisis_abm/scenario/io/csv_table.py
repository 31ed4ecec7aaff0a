"""Rows of a CSV file, however a spreadsheet program saved it.

Cells are kept apart by commas, semicolons or tabs. Excel writes UTF-8 with a mark in front, UTF-16
("Unicode text"), or, on a western Windows, the code page 1252 without saying so. The first two are
certain; the last is what remains when a file is not UTF-8 and each of its bytes is a letter or sign
of that code page.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from crisis_abm.scenario.io.cells import MOST_ROWS, TEXT_COLUMNS, Row, header, with_points
from crisis_abm.scenario.io.load import KeptFile, read_bytes
from crisis_abm.scenario.problems import NOTHING, FirstProblems, Problem, ScenarioError

LARGEST_CSV = 150_000_000
"""Bytes: about two million rows."""

_DELIMITERS = ",;\t"
_END = r"(?:\r\n|\r|\n)"  # no other sign ends a line, whatever Python takes for one
_LINE = re.compile(rf"[^\r\n]*{_END}|[^\r\n]+")
_SAID = re.compile(rf"\"?sep=([^\w\s\"'.+-]|\t)\"?{_END}", re.IGNORECASE)  # Excel's own first line
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # in no table


def read_csv(
    path: Path | KeptFile,
    name: str,
    columns: Sequence[str],
    text_columns: Collection[str] = TEXT_COLUMNS,
) -> list[Row]:
    """The rows of a CSV file whose first line names its columns.

    Parameters
    ----------
    path : Path or KeptFile
    name : str
        What to call the file in messages.
    columns : sequence of str
        The columns there may be.
    text_columns : collection of str
        Those of them in which no number is looked for.

    Returns
    -------
    list of Row
        Rows are counted as a spreadsheet shows them, the heading being row 1, whether or not a
        cell goes over several lines; empty rows are left out.

    Raises
    ------
    ScenarioError
    """
    text, delimiter = _apart(decoded(read_bytes(path, LARGEST_CSV, name), name))
    records = _records(text, delimiter, name)
    keys = header(next(records, []), name, columns)
    rows: list[Row] = []
    problems = FirstProblems(name)
    for number, cells in enumerate(records, start=2):
        called = f"row {number}"
        if len(cells) > len(keys) and any(c.strip() for c in cells[len(keys) :]):
            message = f"has {len(cells):,} cells under {len(keys)} headings"
            remedy = "put text with a comma in quotes, or name the column in row 1"
            problems.add(Problem(name, called, NOTHING, message, remedy))
            continue
        row: dict[str, Any] = {
            key: cell.strip() for key, cell in zip(keys, cells, strict=False) if cell.strip()
        }
        if row:
            rows.append((called, row))
            if len(rows) > MOST_ROWS:
                remedy = "put many organisations of a kind into a group ([[groups]])"
                message = f"has more than {MOST_ROWS:,} rows"
                raise ScenarioError(Problem(name, "", NOTHING, message, remedy))
    problems.add_all(with_points(rows, text_columns, delimiter, name))
    problems.raise_any()
    return rows


def headings(content: bytes, name: str) -> list[str]:
    """What the columns of a CSV file are called, whether there may be such columns or not.

    Raises
    ------
    ScenarioError
        If it is no text, or its first row is broken.
    """
    text, delimiter = _apart(decoded(content, name))
    return [cell.strip() for cell in next(_records(text, delimiter, name), [])]


def _records(text: str, delimiter: str, name: str) -> Iterator[list[str]]:
    """The rows of a text; a line that ends within quotes goes on in the next one."""
    lines = (found[0] for found in _LINE.finditer(text))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    try:
        for cells in reader:
            number += 1
            yield cells
    except csv.Error as error:
        remedy = "look for a quote that is not closed, in this row or one before"
        message = f"cannot be read ({error})"
        raise ScenarioError(Problem(name, f"row {number + 1}", NOTHING, message, remedy)) from None


def _apart(text: str) -> tuple[str, str]:
    """The text from its headings on, and what keeps its cells apart."""
    if said := _SAID.match(text):
        return text[said.end() :], said[1]
    first = re.split(_END, text, maxsplit=1)[0]
    return text, max(_DELIMITERS, key=first.count)


def decoded(content: bytes, name: str) -> str:
    """The text that the bytes of a table stand for.

    Raises
    ------
    ScenarioError
        If that is not certain.

    >>> decoded("Zürich".encode("cp1252"), "t.csv") == decoded("Zürich".encode("utf-16"), "t.csv")
    True
    """
    marked = [encoding for mark, encoding in _MARKS.items() if content.startswith(mark)]
    for encoding in marked or ["utf-8", *_unmarked(content)]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding in ("utf-8", "utf-8-sig") or not _CONTROL.search(text):
            return text
    remedy = "save it as CSV UTF-8"
    raise ScenarioError(Problem(name, "", NOTHING, "is not text that can be read", remedy))


def _unmarked(content: bytes) -> list[str]:
    """What it may be in that is no UTF-8; every second byte of western UTF-16 is nought."""
    if content[1::2].count(0) > len(content) / 4:
        return ["utf-16-le"]
    if content[::2].count(0) > len(content) / 4:
        return ["utf-16-be"]
    return ["cp1252"]
