"""Columns as the table behind a chart."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from crisis_abm.dashboard.widgets.numbers import Numbers
from crisis_abm.report.words import date_text, figure

__all__ = ["as_csv", "numbers"]

MOST_ROWS = 2000  # shown; the file holds all


def numbers(
    caption: str,
    name: str,
    columns: Mapping[str, Any],
    headings: Mapping[str, str],
    folded: bool = True,
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
    """
    shown = [np.asarray(columns[column]) for column in headings]
    rows = [
        [_read(value) for value in row]
        for row in zip(*(column[:MOST_ROWS].tolist() for column in shown), strict=True)
    ]
    texts = next((k for k, c in enumerate(shown) if k and c.dtype.kind in "fiu"), len(shown))
    return Numbers.element(
        caption=caption,
        headings=list(headings.values()),
        rows=rows,
        figures=texts,
        csv=as_csv(columns),
        name=f"{name}.csv",
        folded=folded,
    )


def as_csv(columns: Mapping[str, Any]) -> str:
    r"""Columns as the text of a CSV file, floats so that they are read back to the bit.

    >>> as_csv({"day": [0, 1], "harm": [0.1, 2.0]})
    'day,harm\n0,0.1\n1,2.0\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(np.asarray(c).tolist() for c in columns.values()), strict=True))
    return text.getvalue()


def _read(value: Any) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else figure(value)
    if hasattr(value, "isoformat"):
        return date_text(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
