"""A table as rows of values: its headings, which columns hold text, what a number looks like.

A number is what a spreadsheet calls one: ``12.5``, ``+5``, ``1e5``. Python would take more for a
number, as ``12_5`` or figures of other scripts, and a planner would not see it. A decimal comma is
taken where it is certain to be one: ``0,25`` is a quarter wherever it is written. ``1,250`` is 1.25
if another cell of the table has a decimal comma and none a decimal point; else it may be 1250 as
well, and is asked about. So is ``1.250`` beside decimal commas, and where nothing says that the
point is the sign for decimals.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crisis_abm.scenario.problems import NOTHING, FirstProblems, Problem, nearest
from crisis_abm.spreadsheet import ERROR, from_spreadsheet

TEXT_COLUMNS = {"id", "name", "kind", "area", "from", "to", "resource"}
_WHOLE = {"lead_time", "lead_time_spread"}

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_WITHOUT_FIGURES = re.compile(r"[+-]?(?:inf|infinity|nan)", re.IGNORECASE)
_BREAKS = re.compile(r"[ \t]*[\r\n\t][ \t\r\n]*")
_MOST_HEADINGS = 10  # told one by one
_EXACT = 1e15  # above it a spreadsheet no longer keeps every figure of a number


Row = tuple[str, dict[str, Any]]
"""What a row is called in messages ("row 3"), and its cells by column, empty ones left out."""

MOST_ROWS = 2_000_000
"""Organisations, or links, of one file."""


@dataclass(frozen=True)
class ReadTable:
    """One table as it stands in a file.

    Attributes
    ----------
    called : str
        Its file, and perhaps sheet, in messages.
    rows : list of Row
    notes : list of str
        What a reader of the file may not expect of how it was read.
    spreadsheet : bool
        Whether spreadsheet programs write such files.
    """

    called: str
    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    spreadsheet: bool = True


def cell_values(
    cells: dict[str, Any], file: str, called: str, spreadsheet: bool = True
) -> tuple[dict[str, Any], list[Problem]]:
    """Cells as values: text stays text, everything else must be a number.

    Parameters
    ----------
    cells : dict
        By column: texts, numbers, dates, and whether something is true.
    file, called : str
        What to call the table and the row in messages.
    spreadsheet : bool
        Whether a spreadsheet program may have had its hands on it.
    """
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for column, cell in cells.items():
        if column in TEXT_COLUMNS:
            message, remedy = _no_text(cell, column, spreadsheet)
            if not message:
                values[column] = _as_text(cell, column, spreadsheet)
                continue
        else:
            number = as_number(cell, column in _WHOLE)
            if number is not None:
                values[column] = number
                continue
            message, remedy = _no_number(cell, column)
        problems.append(Problem(file, f"{called}, column {column}", cell, message, remedy))
    return values, problems


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


def as_number(cell: Any, whole: bool = False) -> float | int | None:
    """The number in a cell, None if it is not certainly one.

    >>> [as_number(cell) for cell in ("+12.5", "1e5", "12_5", "٣", "0x10", "1e999", "inf", True)]
    [12.5, 100000.0, None, None, None, None, inf, None]
    """
    if isinstance(cell, str):
        text = cell.strip()
        if not _NUMBER.fullmatch(text) and not _WITHOUT_FIGURES.fullmatch(text):
            return None
        number = float(text)
        if math.isinf(number) and _NUMBER.fullmatch(text):
            return None
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        try:
            number = float(cell)
        except OverflowError:
            return None
    else:
        return None
    if not whole:
        return number
    return int(number) if number.is_integer() else None


def _no_text(cell: Any, column: str, spreadsheet: bool) -> tuple[str, str]:
    """Why a cell cannot be a text, and what to do; nothing if it can."""
    remedy = "format its column as text, and write it again"
    if isinstance(cell, bool):
        return "is true or false, not a text", remedy
    if isinstance(cell, date):
        return "is a date, as spreadsheets make of 1-2 or MAR1", remedy
    if isinstance(cell, int | float) and abs(cell) >= _EXACT:
        return "has more figures than a spreadsheet keeps", remedy
    if spreadsheet and isinstance(cell, str) and ERROR.fullmatch(cell.strip()):
        return "is a spreadsheet's error", "write what belongs there"
    return "", ""


def _no_number(cell: Any, column: str) -> tuple[str, str]:
    what = "a whole number" if column in _WHOLE else "a number"
    if isinstance(cell, date):
        return f"is a date; it must be {what}", "format its column as numbers, and write it again"
    remedy = "write it in figures 0 to 9, with a point for decimals and without spaces or units"
    return f"must be {what}", remedy


def _as_text(cell: Any, column: str, spreadsheet: bool) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).strip()
    if not spreadsheet:
        return text
    if column == "name":  # a name is one line, whatever was done to fit it into its cell
        text = _BREAKS.sub(" ", text)
    return from_spreadsheet(text)


_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_POINT = re.compile(r"[+-]?[0-9]+\.[0-9]+")
_BOTH = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+")  # points between thousands
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}[,.][0-9]{3}")


def with_points(
    rows: Sequence[Row], text_columns: Collection[str], delimiter: str | None, file: str
) -> list[Problem]:
    """Write the numbers of a table with decimal points, in place; what is not certain is told.

    Parameters
    ----------
    rows : sequence of Row
    text_columns : collection of str
        Columns without numbers.
    delimiter : str or None
        What keeps cells apart; None for a workbook, whose numbers are numbers unless they are
        stored as text.
    file : str
        What to call the table in messages.

    Returns
    -------
    list of Problem
        One for each sign that may mean two things, with the first number that it stands in.
    """

    def cells() -> Iterator[tuple[str, dict[str, Any], str, str]]:
        for called, found in rows:
            for key, value in found.items():
                if key not in text_columns and isinstance(value, str):
                    yield called, found, key, value

    either_sign = delimiter in (";", None)  # the comma is not sure to be taken
    if not either_sign and not any("," in text for *_, text in cells()):
        return []  # as most tables are
    points = any(_certainly(_POINT, text) for *_, text in cells())
    commas = any(_certainly(_COMMA, text) or _BOTH.fullmatch(text) for *_, text in cells())
    doubtful: dict[str, list[tuple[str, str]]] = {}
    for called, found, key, text in cells():
        if _BOTH.fullmatch(text):
            found[key] = text.replace(".", "").replace(",", ".")
        elif _certainly(_COMMA, text):
            found[key] = text.replace(",", ".")
        elif _THOUSANDS.fullmatch(text):
            if "," in text and commas and not points:
                found[key] = text.replace(",", ".")
            elif "," in text or commas or (either_sign and not points):
                sign = "," if "," in text else "."
                doubtful.setdefault(sign, []).append((f"{called}, column {key}", text))
    return [_asked(sign, places, file) for sign, places in doubtful.items()]


def _asked(sign: str, places: Sequence[tuple[str, str]], file: str) -> Problem:
    place, text = places[0]
    whole, _, part = text.partition(sign)
    decimal = f"{whole}.{part.rstrip('0') or '0'}"
    message = f"may be {decimal} or {whole}{part}"
    if len(places) > 1:
        message += f", and so may {len(places) - 1:,} more with such a sign"
    remedy = f"write {whole}{part} without a sign between thousands, or {decimal}"
    return Problem(file, place, text, message, remedy)


def _certainly(decimal: re.Pattern[str], text: str) -> bool:
    """Whether the sign in a number is one for decimals, not for thousands."""
    return bool(decimal.fullmatch(text)) and not _THOUSANDS.fullmatch(text)
