"""Columns as text: rounded for a page, to the last bit for a spreadsheet."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.report.words import figure
from crisis_abm.runs.bundle_tables import csv_rows
from crisis_abm.spreadsheet import csv_text, marked

__all__ = ["Shown", "as_csv", "cell", "shown"]

Columns = Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """Columns as a page shows them.

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


def shown(columns: Columns, headings: Mapping[str, str], most: int) -> Shown:
    """Columns as text for a page: three significant digits, a dash where there is nothing.

    Parameters
    ----------
    columns : mapping of str to sequence
        Of the same length.
    headings : mapping of str to str
        Where a column is not called as on the page; its name otherwise, with spaces.
    most : int
        Rows that are shown.

    Raises
    ------
    ValueError
        If the columns differ in length.
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns differ in length: {lengths}")
    kept = [_plain(column[:most]) for column in columns.values()]
    return Shown(
        [headings.get(name, name.replace("_", " ")) for name in columns],
        [_is_numeric(column) for column in kept],
        [[cell(value) for value in row] for row in zip(*kept, strict=True)],
        max(lengths.values(), default=0),
    )


def as_csv(columns: Columns) -> str:
    """The text of a CSV file, as `bundle_tables.write_csv` writes it."""
    return marked(csv_text(csv_rows([dict(columns)])))


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


def _plain(column: Any) -> list[Any]:
    values = np.asarray(column)
    if values.dtype.kind == "M":
        return [str(value) for value in values]
    found: list[Any] = values.tolist()
    return found


def _is_numeric(column: list[Any]) -> bool:
    """Whether there are numbers in a column, and nothing else but gaps."""
    filled = [value for value in column if value is not None and value != ""]
    numeric = (isinstance(v, numbers.Real) and not isinstance(v, bool) for v in filled)
    return bool(filled) and all(numeric)
