"""Columns of tables as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["array", "arrays", "in_columns"]


def arrays(columns: Mapping[str, Sequence[Any]]) -> dict[str, np.ndarray]:
    """Columns as arrays; an empty text where there is no figure is a missing number.

    >>> arrays({"low": [1.0, ""], "name": ["a", ""]})
    {'low': array([ 1., nan]), 'name': array(['a', ''], dtype=object)}
    """
    return {name: array(column) for name, column in columns.items()}


def array(column: Sequence[Any] | np.ndarray) -> np.ndarray:
    """One column as `arrays` has it; an array stays as it is."""
    if isinstance(column, np.ndarray):
        return column
    if any(isinstance(value, list) for value in column):
        found = np.empty(len(column), dtype=object)
        for k, value in enumerate(column):
            found[k] = value
        return found
    if any(isinstance(value, str) and value for value in column):
        return np.array(column, dtype=object)
    return np.array([np.nan if isinstance(value, str) else value for value in column])


def in_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows of the same keys as columns; of no rows none.

    >>> in_columns([{"a": 1}, {"a": 2}])
    {'a': [1, 2]}
    """
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else {})}
