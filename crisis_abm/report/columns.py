"""Columns of a bundle's tables as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["arrays"]


def arrays(columns: Mapping[str, Sequence[Any]]) -> dict[str, np.ndarray]:
    """Columns as arrays; an empty text where there is no figure is a missing number.

    >>> arrays({"low": [1.0, ""], "name": ["a", ""]})
    {'low': array([ 1., nan]), 'name': array(['a', ''], dtype=object)}
    """
    return {name: _array(column) for name, column in columns.items()}


def _array(column: Sequence[Any]) -> np.ndarray:
    if any(isinstance(value, str) and value for value in column):
        return np.array(column, dtype=object)
    return np.array([np.nan if value == "" else value for value in column])
