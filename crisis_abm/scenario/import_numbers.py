"""Decimal commas in the cells of a table, where it is certain that they are that.

``0,25`` is a quarter wherever it is written. ``1,250`` is 1.25 if another cell of the table has a
decimal comma and none a decimal point; else it may be 1250 as well, and is asked about. So is
``1.250`` beside decimal commas, and where nothing says that the point is the sign for decimals.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from crisis_abm.scenario.imports import Row
from crisis_abm.scenario.problems import Problem

__all__ = ["with_points"]

_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_POINT = re.compile(r"[+-]?[0-9]+\.[0-9]+")
_BOTH = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+")  # points between thousands
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}[,.][0-9]{3}")


def with_points(
    rows: Sequence[Row], text_columns: Collection[str], delimiter: str | None, file: str
) -> list[Problem]:
    """Write the numbers of a table with decimal points, in place; what is not certain is told.

    Parameters
    ----------
    rows : sequence of Row
    text_columns : collection of str
        Columns without numbers.
    delimiter : str or None
        What keeps cells apart; None for a workbook, whose numbers are numbers unless they are
        stored as text.
    file : str
        What to call the table in messages.

    Returns
    -------
    list of Problem
        One for each sign that may mean two things, with the first number that it stands in.
    """

    def cells() -> Iterator[tuple[str, dict[str, Any], str, str]]:
        for called, found in rows:
            for key, value in found.items():
                if key not in text_columns and isinstance(value, str):
                    yield called, found, key, value

    either_sign = delimiter in (";", None)  # the comma is not sure to be taken
    if not either_sign and not any("," in text for *_, text in cells()):
        return []  # as most tables are
    points = any(_certainly(_POINT, text) for *_, text in cells())
    commas = any(_certainly(_COMMA, text) or _BOTH.fullmatch(text) for *_, text in cells())
    doubtful: dict[str, list[tuple[str, str]]] = {}
    for called, found, key, text in cells():
        if _BOTH.fullmatch(text):
            found[key] = text.replace(".", "").replace(",", ".")
        elif _certainly(_COMMA, text):
            found[key] = text.replace(",", ".")
        elif _THOUSANDS.fullmatch(text):
            if "," in text and commas and not points:
                found[key] = text.replace(",", ".")
            elif "," in text or commas or (either_sign and not points):
                sign = "," if "," in text else "."
                doubtful.setdefault(sign, []).append((f"{called}, column {key}", text))
    return [_asked(sign, places, file) for sign, places in doubtful.items()]


def _asked(sign: str, places: Sequence[tuple[str, str]], file: str) -> Problem:
    place, text = places[0]
    whole, _, part = text.partition(sign)
    decimal = f"{whole}.{part.rstrip('0') or '0'}"
    message = f"may be {decimal} or {whole}{part}"
    if len(places) > 1:
        message += f", and so may {len(places) - 1:,} more with such a sign"
    remedy = f"write {whole}{part} without a sign between thousands, or {decimal}"
    return Problem(file, place, text, message, remedy)


def _certainly(decimal: re.Pattern[str], text: str) -> bool:
    """Whether the sign in a number is one for decimals, not for thousands."""
    return bool(decimal.fullmatch(text)) and not _THOUSANDS.fullmatch(text)
