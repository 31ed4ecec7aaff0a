"""Cells of tables as values: which columns hold text, and what a number may look like."""

from __future__ import annotations

from typing import Any

from .problems import Problem

__all__ = ["TEXT_COLUMNS", "cell_values"]

TEXT_COLUMNS = {"id", "name", "kind", "area", "from", "to", "resource"}
_WHOLE = {"lead_time", "lead_time_spread"}


def cell_values(
    cells: dict[str, Any], file: str, called: str
) -> tuple[dict[str, Any], list[Problem]]:
    """Cells as values: text stays text, everything else must be a number."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for column, cell in cells.items():
        if column in TEXT_COLUMNS:
            values[column] = _as_text(cell)
            continue
        number = _as_number(cell, column in _WHOLE)
        if number is None:
            what = "a whole number" if column in _WHOLE else "a number"
            remedy = "write it with a point for decimals and without spaces or units"
            place = f"{called}, column {column}"
            problems.append(Problem(file, place, cell, f"must be {what}", remedy))
        else:
            values[column] = number
    return values, problems


def _as_text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _as_number(cell: Any, whole: bool) -> float | int | None:
    if isinstance(cell, bool):
        return None
    if not isinstance(cell, int | float):
        try:
            cell = float(str(cell).strip())
        except ValueError:
            return None
    if not whole:
        try:
            return float(cell)
        except OverflowError:
            return None
    return int(cell) if float(cell).is_integer() else None
