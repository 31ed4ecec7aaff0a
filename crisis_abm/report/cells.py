"""Tables as text: rounded for whoever reads them, to the last bit for a spreadsheet."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.report.sections import Column, Table, columns_of
from crisis_abm.report.words import figure, signed, span
from crisis_abm.runs.bundle import csv_rows
from crisis_abm.spreadsheet import csv_text, marked


@dataclass(frozen=True)
class Shown:
    """A table as a page shows it: intervals in columns of their own.

    Attributes
    ----------
    headings : list of str
    numeric : list of bool
        Whether a column is set to the right.
    rows : list of list of str
        No more than were asked for.
    total : int
        How many rows there are.
    """

    headings: list[str]
    numeric: list[bool]
    rows: list[list[str]]
    total: int

    @property
    def named_rows(self) -> bool:
        """Whether the first column says what a row is about."""
        return len(self.numeric) > 1 and not self.numeric[0]


def shown(table: Table, most: int) -> Shown:
    """A table as text for a page: three significant digits, a dash where there is nothing.

    Parameters
    ----------
    table : Table
        Columns without a heading are left to its file.
    most : int
        Rows that are shown.
    """
    headings, numeric, found = [], [], []
    for column in table.columns:
        if not column.heading:
            continue
        headings.append(column.heading)
        numeric.append(is_numeric(column, most))
        found.append(texts(column, most))
        if column.low is not None:
            headings.append(column.interval)
            numeric.append(True)
            found.append(intervals(column, most))
    rows = [list(row) for row in zip(*found, strict=True)]
    return Shown(headings, numeric, rows, len(table))


def texts(column: Column, most: int) -> list[str]:
    """The values of a column, rounded."""
    write = _signed_cell if column.signed else cell
    return [write(value) for value in _plain(column.values[:most])]


def intervals(column: Column, most: int, to: str = " to ") -> list[str]:
    """The interval of each value, or what is told instead; a dash where there is neither."""
    if column.low is None or column.high is None:
        return []
    told = []
    for k, (low, high) in enumerate(zip(column.low[:most], column.high[:most], strict=True)):
        if math.isfinite(low) and math.isfinite(high):
            told.append(span(low, high, float(column.values[k]), plus=column.signed, to=to))
        else:
            told.append((column.instead[k] if column.instead else "") or "–")
    return told


def as_csv(columns: Mapping[str, Any]) -> str:
    """The text of a CSV file, as `bundle.write_csv` writes it; of a list its entries."""
    return marked(csv_text(csv_rows([{n: _joined(column) for n, column in columns.items()}])))


def _joined(column: Any) -> Any:
    if isinstance(column, np.ndarray) and column.dtype != object:
        return column
    return ["; ".join(value) if isinstance(value, list) else value for value in column]


def cell(value: Any) -> str:
    """One cell.

    >>> [cell(x) for x in (1234.5, 1234, True, float("nan"), None, "care home")]
    ['1,230', '1,234', 'yes', '–', '–', 'care home']
    """
    if value is None or value == "":
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, numbers.Integral):
        return f"{int(value):,}"
    if isinstance(value, numbers.Real):
        return figure(float(value))
    return str(value)


def _signed_cell(value: Any) -> str:
    """The same with a plus before what is above zero."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool) and float(value) > 0:
        return signed(float(value))
    return cell(value)


def is_numeric(column: Column, most: int) -> bool:
    """Whether there are numbers in a column, and nothing else but gaps."""
    filled = [v for v in _plain(column.values[:most]) if v is not None and v != ""]
    numeric = (isinstance(v, numbers.Real) and not isinstance(v, bool) for v in filled)
    return bool(filled) and all(numeric)


def numbers_behind(name: str, title: str, columns: Mapping[str, Any]) -> Table:
    """What a picture shows as a table."""
    return Table(name, title, columns_of(columns))


def _plain(values: np.ndarray) -> list[Any]:
    if values.dtype.kind == "M":
        return [str(value) for value in values]
    found: list[Any] = values.tolist()
    return found
