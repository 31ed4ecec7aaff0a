"""Rows of a CSV file: commas, or semicolons or tabs as spreadsheet programs write, too."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .cells import TEXT_COLUMNS
from .import_numbers import with_points
from .import_text import decoded, read_table_text
from .imports import Row
from .load import KeptFile
from .problems import NOTHING, Problem, ScenarioError, nearest

__all__ = ["LARGEST_CSV", "header", "headings", "read_csv"]

LARGEST_CSV = 150_000_000
"""Bytes: about two million rows."""

_DELIMITERS = ",;\t"
_SAID = re.compile(r"\"?sep=(.)\"?\r?\n", re.IGNORECASE)  # Excel's own first line


def read_csv(path: Path | KeptFile, name: str, columns: Sequence[str]) -> list[Row]:
    """The rows of a CSV file whose first line names its columns.

    Parameters
    ----------
    path : Path or KeptFile
    name : str
        What to call the file in messages.
    columns : sequence of str
        The columns there may be.

    Returns
    -------
    list of Row
        Rows are counted as in a spreadsheet, the heading being row 1; empty rows are left out.

    Raises
    ------
    ScenarioError
    """
    text, delimiter = _apart(read_table_text(path, LARGEST_CSV, name))
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    problems: list[Problem] = []
    try:
        keys = header(next(reader, []), name, columns)
        for cells in reader:
            called = f"row {reader.line_num}"
            if len(cells) > len(keys) and any(c.strip() for c in cells[len(keys) :]):
                message = f"has {len(cells)} cells under {len(keys)} headings"
                remedy = "put text with a comma in quotes"
                problems.append(Problem(name, called, NOTHING, message, remedy))
                continue
            pairs = zip(keys, cells, strict=False)
            found: dict[str, Any] = {key: cell.strip() for key, cell in pairs if cell.strip()}
            if found:
                rows.append((called, found))
    except csv.Error as error:
        place = f"row {reader.line_num}"
        remedy = "look for a quote that is not closed"
        raise ScenarioError(Problem(name, place, NOTHING, str(error), remedy)) from None
    problems += with_points(rows, TEXT_COLUMNS, delimiter, name)
    if problems:
        raise ScenarioError(problems)
    return rows


def headings(content: bytes, name: str) -> list[str]:
    """What the columns of a CSV file are called, whether there may be such columns or not.

    Raises
    ------
    ScenarioError
        If it is no text.
    """
    text, delimiter = _apart(decoded(content, name))
    cells = next(csv.reader([text.split("\n", 1)[0]], delimiter=delimiter), [])
    return [cell.strip() for cell in cells]


def _apart(text: str) -> tuple[str, str]:
    """The text from its headings on, and what keeps its cells apart."""
    if said := _SAID.match(text):
        return text[said.end() :], said[1]
    first = text.split("\n", 1)[0]
    return text, max(_DELIMITERS, key=first.count)


def header(cells: Iterable[Any], name: str, columns: Sequence[str]) -> list[str]:
    """The names of the columns.

    Raises
    ------
    ScenarioError
        If one is unknown or given twice, or there is none.
    """
    keys = ["" if cell is None else str(cell).strip() for cell in cells]
    while keys and not keys[-1]:
        keys.pop()
    problems = []
    if not keys:
        remedy = f"name the columns in the first row: {', '.join(columns)}"
        problems.append(Problem(name, "row 1", NOTHING, "has no headings", remedy))
    for at, key in enumerate(keys):
        if key not in columns:
            remedy = nearest(key, columns, "columns")
            message = "is no column of this table"
            problems.append(Problem(name, f"row 1, column {at + 1}", key, message, remedy))
        elif key in keys[:at]:
            message, remedy = "is the heading of two columns", "keep one of them"
            problems.append(Problem(name, f"row 1, column {at + 1}", key, message, remedy))
    if problems:
        raise ScenarioError(problems)
    return keys
