"""Rows of a CSV file: commas, or semicolons or tabs as spreadsheet programs write, too."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from crisis_abm.scenario.cells import TEXT_COLUMNS
from crisis_abm.scenario.import_numbers import with_points
from crisis_abm.scenario.import_text import decoded, read_table_text
from crisis_abm.scenario.imports import MOST_ROWS, Row
from crisis_abm.scenario.load import KeptFile
from crisis_abm.scenario.problems import NOTHING, FirstProblems, Problem, ScenarioError, nearest

__all__ = ["LARGEST_CSV", "header", "headings", "read_csv"]

LARGEST_CSV = 150_000_000
"""Bytes: about two million rows."""

_DELIMITERS = ",;\t"
_END = r"(?:\r\n|\r|\n)"  # no other sign ends a line, whatever Python takes for one
_LINE = re.compile(rf"[^\r\n]*{_END}|[^\r\n]+")
_SAID = re.compile(rf"\"?sep=([^\w\s\"'.+-]|\t)\"?{_END}", re.IGNORECASE)  # Excel's own first line
_MOST_HEADINGS = 10  # told one by one


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
        Rows are counted as a spreadsheet shows them, the heading being row 1, whether or not a
        cell goes over several lines; empty rows are left out.

    Raises
    ------
    ScenarioError
    """
    text, delimiter = _apart(read_table_text(path, LARGEST_CSV, name))
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
        found: dict[str, Any] = {
            key: cell.strip() for key, cell in zip(keys, cells, strict=False) if cell.strip()
        }
        if found:
            rows.append((called, found))
            if len(rows) > MOST_ROWS:
                remedy = "put many organisations of a kind into a group ([[groups]])"
                message = f"has more than {MOST_ROWS:,} rows"
                raise ScenarioError(Problem(name, "", NOTHING, message, remedy))
    problems.add_all(with_points(rows, TEXT_COLUMNS, delimiter, name))
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
    problems = FirstProblems(name, _MOST_HEADINGS)
    if not keys:
        remedy = f"name the columns in the first row: {', '.join(columns)}"
        problems.add(Problem(name, "row 1", NOTHING, "has no headings", remedy))
    seen: set[str] = set()
    for at, key in enumerate(keys[:MOST_ROWS], start=1):
        if key not in columns:
            remedy = nearest(key[:200], columns, "columns") if at <= 100 else "take it away"
            message = "is no column of this table"
            problems.add(Problem(name, f"row 1, column {at}", key, message, remedy))
        elif key in seen:
            message, remedy = "is the heading of two columns", "keep one of them"
            problems.add(Problem(name, f"row 1, column {at}", key, message, remedy))
        seen.add(key)
    problems.raise_any()
    return keys
