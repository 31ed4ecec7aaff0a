"""The kinds of value a scenario file holds: numbers with their bounds, names, lists of names.

Everything is strict: a bool is not a number, ``"3"`` is not 3; and every number has a least and a
most, so that what is accepted can be computed with. Where a key takes either of two forms (``count
= 6`` or ``count = {north = 3}``), one validator decides, so that a mistake is reported once and in
the file's own terms.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from crisis_abm.scenario.problems import unprintable

MOST = 1e12
"""The largest amount: a float64 then still tells a ten-thousandth of a unit apart, and the sums and
products of a run stay finite."""

LEAST = 1e-12
"""The smallest that is not 0: what is smaller is lost in sums, and divides to nonsense."""

GREATEST_FACTOR = 1e6
"""The largest number of times something may be as much."""

HIGHEST_RANK = 100
"""Each step is a factor of 3, and what weighs 3^-100 must not weigh nothing."""

LONGEST_RUN = 1_000_000
"""Ticks: 2,700 years of days."""

LONGEST_STAY = 1e9
"""Ticks: for ever, next to any run."""

MOST_MEMBERS = 10**9
"""Whole numbers: members of a group, suppliers, partners."""


class Section(BaseModel):
    """A table of the scenario file: unknown keys are errors, nothing is converted silently.

    What is said beneath a key is its description, which the dashboard shows.
    """

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True
    )


class Unfit(ValueError):
    """A value that does not do, and what would."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def _not_next_to_nothing(value: float) -> float:
    if 0 < value < LEAST:
        message = f"is too small to be told from 0: at least {LEAST:g} is"
        raise Unfit(message, "write 0, or count in smaller units")
    return value


_Told = AfterValidator(_not_next_to_nothing)

Number = Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False), _Told]
Factor = Annotated[float, Field(ge=0, le=GREATEST_FACTOR, allow_inf_nan=False), _Told]
Ticks = Annotated[float, Field(ge=0, le=LONGEST_RUN, allow_inf_nan=False), _Told]
Rank = Annotated[float, Field(ge=0, le=HIGHEST_RANK, allow_inf_nan=False), _Told]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), _Told]
PositiveFraction = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False), _Told]
PartFraction = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False), _Told]
Age = Annotated[float, Field(ge=1, le=LONGEST_STAY, allow_inf_nan=False)]
Risk = Annotated[float, Field(ge=1, le=GREATEST_FACTOR, allow_inf_nan=False)]
Whole = Annotated[int, Field(ge=0, le=MOST_MEMBERS)]
WholeTicks = Annotated[int, Field(ge=0, le=LONGEST_RUN)]
PositiveWhole = Annotated[int, Field(ge=1, le=MOST_MEMBERS)]
PositiveTicks = Annotated[int, Field(ge=1, le=LONGEST_RUN)]
Coordinate = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
Position = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number_or_inf(value: Any) -> Any:
    if not _is_number(value) or not value >= 0:  # NaN is not
        raise ValueError("must be a number of at least 0, or inf for no limit")
    if value != math.inf and value > MOST:
        raise ValueError(f"must be at most {MOST:g}, or inf for no limit")
    return _not_next_to_nothing(float(value))


def _patience(value: Any) -> Any:
    if _is_number(value) and value == math.inf:
        return math.inf
    if not _is_number(value) or not 1 <= value <= LONGEST_RUN or value != int(value):
        bounds = f"at least 1 and at most {LONGEST_RUN:,}"
        raise ValueError(f"must be a whole number of ticks, {bounds}, or inf for never")
    return int(value)


def _all_or_count(value: Any) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if value == "all" or (whole and 1 <= value <= MOST_MEMBERS):
        return value
    raise ValueError(f'must be a whole number of at least 1 and at most {MOST_MEMBERS:,}, or "all"')


def _when(value: Any) -> Any:
    if isinstance(value, datetime):
        raise ValueError("must be a tick (a whole number) or a date without a time of day")
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("must be a tick (a whole number) or a date like 2020-03-23") from None
    if isinstance(value, bool) or not isinstance(value, int | date):
        raise ValueError("must be a tick (a whole number) or a date like 2020-03-23")
    if isinstance(value, int) and not 0 <= value <= LONGEST_RUN:
        raise ValueError("must be a tick of the run: 0 is the first")
    return value


def _name(value: Any) -> Any:
    if not isinstance(value, str) or not value or value != value.strip():
        raise ValueError("must be a name: text in quotes, without spaces at its ends")
    if len(value) > 200 or not value.isprintable():
        which = unprintable(value, strict=True)
        raise ValueError(
            "must be a name of at most 200 printable characters" + (f"; {which}" if which else "")
        )
    return value


def _line(value: str) -> str:
    value = value.strip()
    which = unprintable(value)
    if which:
        raise ValueError(f"must be one line that can be printed; {which}")
    return value


def _lines(value: str) -> str:
    which = unprintable(re.sub(r"[\r\n\t]", " ", value))
    if which:
        raise ValueError(f"must be text that can be printed; {which}")
    return value


def _names(value: Any) -> Any:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not value:
        raise ValueError('must be a list of names in quotes, like ["hospital", "care_home"]')
    return [_name(entry) for entry in value]


def _per_area(value: Any, whole: bool) -> Any:
    """One figure for every area, or a table of figures by area."""
    figures = value.values() if isinstance(value, dict) else [value]
    for figure in figures:
        most = MOST_MEMBERS if whole else MOST
        good = _is_number(figure) and 0 <= figure <= most  # NaN compares false
        if not good or (whole and not isinstance(figure, int)):
            what = f"a {'whole ' if whole else ''}number from 0 to {most:,.0f}"
            raise ValueError(f"must be {what}, or one for each area: {{north = 3}}")
        _not_next_to_nothing(figure)
    if isinstance(value, dict):
        return {_name(area): (n if whole else float(n)) for area, n in value.items()}
    return value if whole else float(value)


def _count(value: Any) -> Any:
    return _per_area(value, whole=True)


def _amounts(value: Any) -> Any:
    return _per_area(value, whole=False)


Text = Annotated[str, Field(max_length=20_000), AfterValidator(_lines)]
Line = Annotated[str, Field(max_length=20_000), AfterValidator(_line)]
NumberOrInf = Annotated[float, BeforeValidator(_number_or_inf)]
Patience = Annotated[int | float, BeforeValidator(_patience)]
Reach = Annotated[int | str, BeforeValidator(_all_or_count)]
When = Annotated[int | date, BeforeValidator(_when)]
Key = Annotated[str, BeforeValidator(_name)]
Names = Annotated[list[str], BeforeValidator(_names)]
Count = Annotated[int | dict[str, int], BeforeValidator(_count)]
Amounts = Annotated[float | dict[str, float], BeforeValidator(_amounts)]
