"""Decimal commas in the cells of a table, where it is certain that they are that.

``0,25`` is a quarter wherever it is written. ``1,250`` is 1.25 in a table whose cells are kept
apart by semicolons, which spreadsheets use where the comma is taken, unless another cell has a
decimal point; elsewhere it may be 1250 as well. So may ``1.250`` beside decimal commas, and among
semicolons.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from .imports import Row
from .problems import Problem

__all__ = ["with_points"]

_COMMA = re.compile(r"[+-]?\d+,\d+")
_POINT = re.compile(r"[+-]?\d+\.\d+")
_BOTH = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+")  # points between thousands
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}[,.]\d{3}")


def with_points(
    rows: Sequence[Row], text_columns: Collection[str], delimiter: str, file: str
) -> list[Problem]:
    """Write the numbers of a table with decimal points, in place; what is not certain is told.

    Parameters
    ----------
    rows : sequence of Row
    text_columns : collection of str
        Columns without numbers.
    delimiter : str
        What keeps cells apart.
    file : str
        What to call the table in messages.
    """

    def cells() -> Iterator[tuple[str, dict[str, Any], str, str]]:
        for called, found in rows:
            for key, value in found.items():
                if key not in text_columns:
                    yield called, found, key, str(value)

    if delimiter != ";" and not any("," in text for *_, text in cells()):
        return []  # as most tables are
    points = any(_certainly(_POINT, text) for *_, text in cells())
    commas = any(_certainly(_COMMA, text) or _BOTH.fullmatch(text) for *_, text in cells())
    usual = delimiter == ";" and not points
    problems = []
    for called, found, key, text in cells():
        if _BOTH.fullmatch(text):
            found[key] = text.replace(".", "").replace(",", ".")
        elif _COMMA.fullmatch(text) and (usual or _certainly(_COMMA, text)):
            found[key] = text.replace(",", ".")
        elif _THOUSANDS.fullmatch(text) and ("," in text or commas or usual):
            message = "may be a number with decimals, or one in thousands"
            remedy = "write thousands without a sign between them, and decimals in one way"
            problems.append(Problem(file, f"{called}, column {key}", text, message, remedy))
    return problems


def _certainly(decimal: re.Pattern[str], text: str) -> bool:
    """Whether the sign in a number is one for decimals, not for thousands."""
    return bool(decimal.fullmatch(text)) and not _THOUSANDS.fullmatch(text)
