"""Figures as people read them: three significant digits, ranges as "33 to 50", dates as dates."""

from __future__ import annotations

import math
from datetime import date

from crisis_abm.history import dates
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.scenario import Scenario

__all__ = [
    "ROUNDING",
    "area_name",
    "counted",
    "date_text",
    "day",
    "figure",
    "minutes",
    "rounded",
    "signed",
    "span",
    "spans",
    "unit",
]

ROUNDING = 1e-7  # what is left of sums that cancel


def area_name(scenario: Scenario, area: str) -> str:
    """What an area is called on a screen: the name that the scenario gives it, or its key."""
    known = scenario.areas_in_play().get(area)
    return known.name if known is not None and known.name else area.replace("_", " ")


def figure(value: float) -> str:
    """Three significant digits.

    >>> [figure(x) for x in (0, 0.01234, 12.34, 1234.5, 98765, 1234567, float("nan"))]
    ['0', '0.0123', '12.3', '1,230', '98,800', '1.23 M', '–']
    """
    if not math.isfinite(value):
        return "–" if math.isnan(value) else ("∞" if value > 0 else "-∞")
    if abs(value) < ROUNDING:
        return "0"
    places = 2 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    if abs(rounded) >= 1e6:
        return f"{float(f'{rounded / 1e6:.3g}'):,g} M"
    if abs(rounded) < 1e-4:
        return f"{rounded:.2e}"
    text = f"{rounded:,.{max(0, places)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(value: float) -> str:
    """As `figure`, with a sign.

    >>> signed(12.34), signed(-12.34), signed(0)
    ('+12.3', '-12.3', '0')
    """
    text = figure(value)
    return "+" + text if value > 0 and text != "0" else text


def spans(ends: tuple[float, float] | None) -> str:
    """A range with signs, for tables.

    >>> spans((-50.21, -33.4)), spans((0, 0)), spans(None)
    ('-50.2 to -33.4', '0', '–')
    """
    if ends is None:
        return "–"
    low, high = signed(ends[0]), signed(ends[1])
    return low if low == high else f"{low} to {high}"


def span(low: float, high: float) -> str:
    """A range as in a public report, as exact as its width warrants.

    >>> span(33.4, 50.2), span(1203, 1250), span(0.0121, 0.0339), span(12345, 45678)
    ('33 to 50', '1,203 to 1,250', '0.012 to 0.034', '12,000 to 46,000')
    """
    width = high - low
    size = max(abs(low), abs(high))
    if size == 0:
        return "0"
    if width < size / 1000:
        return figure((low + high) / 2)
    ends = rounded(low, high)
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def rounded(low: float, high: float) -> tuple[str, str]:
    """The size of both ends of a range, as exact as its width warrants.

    >>> rounded(-14.9, 9.37)
    ('15', '9')
    """
    places = 1 - math.floor(math.log10(high - low)) if high > low else 0
    one, other = (f"{round(abs(end), places):,.{max(0, places)}f}" for end in (low, high))
    return one, other


def unit(outcome: str, scenario: Scenario) -> str:
    """Unit of an outcome in the scenario's own words."""
    return OUTCOMES[outcome].unit.format(harm=scenario.harm_unit, tick=scenario.time.unit)


def day(scenario: Scenario, tick: int) -> str:
    """A tick as its date, or as "day 12" where the scenario has none (the first is day 0)."""
    import numpy as np

    known = dates(scenario, np.array([tick]))
    return date_text(known[0]) if known else f"{scenario.time.unit} {tick}"


def date_text(when: date) -> str:
    """A date in words.

    >>> date_text(date(2020, 3, 5))
    '5 Mar 2020'
    """
    return f"{when.day} {when:%b %Y}"


def minutes(seconds: float) -> str:
    """A duration.

    >>> minutes(0.4), minutes(12.3), minutes(200), minutes(9000)
    ('0.4 s', '12 s', '3 min 20 s', '2 h 30 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "care home"), counted(2, "care home"), counted(1200, "activity", "activities")
    ('1 care home', '2 care homes', '1,200 activities')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
