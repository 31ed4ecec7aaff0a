"""Columns as the table behind a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import solara  # noqa: F401  it gives widgets their `element`

from crisis_abm.dashboard.terms import find, identity
from crisis_abm.dashboard.widgets.numbers import Numbers
from crisis_abm.report.cells import as_csv, shown
from crisis_abm.report.sections import Table
from crisis_abm.report.words import date_text, figure

__all__ = ["MOST_ROWS", "numbers", "table_numbers"]

MOST_ROWS = 2000  # shown; the file holds all


def numbers(
    caption: str,
    name: str,
    columns: Mapping[str, Any],
    headings: Mapping[str, str],
    folded: bool = True,
    explained: bool = False,
    links: Mapping[str, Sequence[str]] | None = None,
    most: int = MOST_ROWS,
) -> Any:
    """The table of columns, rounded for reading, with its file.

    Parameters
    ----------
    caption : str
    name : str
        Of the file, without the ending.
    columns : dict of str to ndarray or list
        Of the same length.
    headings : dict of str to str
        What columns are called in the table; others are in the file only.
    folded : bool
    explained : bool
        Whether the first column holds words of the model, too; headings that do are always marked.
    links : dict of str to list of str, optional
        By column, the address that each of its cells leads to; nothing for none.
    most : int
        Rows that are shown; the file holds all.
    """
    shown = [_column(columns[column]) for column in headings]
    rows = [
        [_read(value) for value in row]
        for row in zip(*(column[:most].tolist() for column in shown), strict=True)
    ]
    words = {*headings.values(), *(row[0] for row in rows if explained)}
    return Numbers.element(
        caption=caption,
        headings=list(headings.values()),
        rows=rows,
        terms={one.strip(): identity(one) for one in words if find(one)},
        links={
            str(k): list(links[column][:most])
            for k, column in enumerate(headings)
            if links and column in links
        },
        figures=[k > 0 and _is_figure(column) for k, column in enumerate(shown)],
        csv=as_csv(columns),
        name=f"{name}.csv",
        folded=folded,
    )


def table_numbers(
    table: Table,
    caption: str,
    folded: bool,
    links: Mapping[str, Sequence[str]],
    most: int = MOST_ROWS,
) -> Any:
    """A table of a report, its intervals in columns of their own; parameters as of `numbers`."""
    read = shown(table, most)
    words = {one: one for one in read.headings if find(one)}
    names = [one.name for one in table.columns if one.heading]
    return Numbers.element(
        caption=caption,
        headings=read.headings,
        rows=read.rows,
        terms={one: identity(one) for one in words},
        links={str(names.index(name)): list(found[:most]) for name, found in links.items()},
        figures=[k > 0 and number for k, number in enumerate(read.numeric)],
        csv=as_csv(table.plain()),
        name=f"{table.name}.csv",
        folded=folded,
    )


def _column(values: Any) -> np.ndarray:
    """As an array; of numbers among which there are texts, as they are."""
    if isinstance(values, np.ndarray):
        return values
    kinds = {type(value) for value in values}
    return np.asarray(values, object if len(kinds) > 1 else None)


def _is_figure(column: np.ndarray) -> bool:
    """Whether a column holds numbers; where one is missing there is an empty text."""
    if column.dtype.kind in "fiu":
        return True
    known = [value for value in column.tolist() if value != ""]
    return bool(known) and all(isinstance(value, int | float) for value in known)


def _read(value: Any) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else figure(value)
    if hasattr(value, "isoformat"):
        return date_text(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
