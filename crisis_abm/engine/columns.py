"""Whole columns at once: plain loops, which compile in a tenth of the time of array assignments."""

import numpy as np

from crisis_abm.compiled import kernel


@kernel
def fill(column: np.ndarray, value: float) -> None:
    """Set every entry of a column."""
    for k in range(column.shape[0]):
        column[k] = value


@kernel
def copy_row(source: np.ndarray, target: np.ndarray, row: int) -> None:
    """Copy a column into a row of a table."""
    for k in range(source.shape[0]):
        target[row, k] = source[k]
