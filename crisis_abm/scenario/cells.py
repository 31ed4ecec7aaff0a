"""Cells of tables as values: which columns hold text, what a number looks like, what is a formula.

A number is what a spreadsheet calls one: ``12.5``, ``+5``, ``1e5``. Python would take more for a
number, as ``12_5`` or figures of other scripts, and a planner would not see it.
"""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any

from crisis_abm.scenario.problems import Problem
from crisis_abm.spreadsheet import ERROR, from_spreadsheet

__all__ = ["TEXT_COLUMNS", "as_number", "cell_values"]

TEXT_COLUMNS = {"id", "name", "kind", "area", "from", "to", "resource"}
_WHOLE = {"lead_time", "lead_time_spread"}

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_WITHOUT_FIGURES = re.compile(r"[+-]?(?:inf|infinity|nan)", re.IGNORECASE)
_BREAKS = re.compile(r"[ \t]*[\r\n\t][ \t\r\n]*")
_EXACT = 1e15  # above it a spreadsheet no longer keeps every figure of a number


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
