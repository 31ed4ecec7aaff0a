"""Figures as people read them: three significant digits, ranges as "33 to 50", dates as dates."""

from __future__ import annotations

import math
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from crisis_abm.history import dates
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.scenario import EFFECTS, Event, Scenario

ROUNDING = 1e-7  # what is left of sums that cancel
DIGITS = 3  # of a figure
DIGITS_OF_WIDTH = 2
LEAST_PART = 1e-9  # of an axis: what is nearer to zero is zero
MOST_PLACES = 6  # after the point; smaller figures as powers of ten


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
    rounded, places = _three_digits(value), _places(value)
    if abs(rounded) >= 1e6:
        return f"{float(f'{rounded / 1e6:.3g}'):,g} M"
    if abs(rounded) < 1e-4:
        return f"{rounded:.2e}"
    text = f"{rounded:,.{max(0, places)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _places(value: float) -> int:
    return DIGITS - 1 - math.floor(math.log10(abs(value)))


def _three_digits(value: float) -> float:
    """What `figure` prints, as a number."""
    return 0.0 if abs(value) < ROUNDING else round(value, _places(value))


def signed(value: float) -> str:
    """As `figure`, with a sign.

    >>> signed(12.34), signed(-12.34), signed(0)
    ('+12.3', '-12.3', '0')
    """
    text = figure(value)
    return "+" + text if value > 0 and text != "0" else text


def span(
    low: float,
    high: float,
    mean: float | None = None,
    *,
    plus: bool = False,
    to: str = " to ",
    whole: float | None = None,
) -> str:
    """A range as in a public report, as exact as its width warrants; every range in print is one.

    Both ends keep their signs, an end that is not zero is not printed as zero, and what is printed
    holds the mean, as it is and as `figure` prints it.

    Parameters
    ----------
    low, high : float
    mean : float, optional
        Of what the range is about. Rounding would leave a mean beside its interval outside of it
        where it lies at an end; then that end is rounded outwards.
    plus : bool
        Whether what is above zero has a plus, as differences in tables have.
    to : str
        What stands between the ends.
    whole : float, optional
        Width of the axis that the range is a part of, such as the values of a factor: all its
        parts are then equally exact, to three digits of that.

    >>> span(33.4, 50.2), span(1203, 1250), span(0.0121, 0.0339), span(12345, 45678)
    ('33 to 50', '1,203 to 1,250', '0.012 to 0.034', '12,000 to 46,000')
    >>> span(-7.4, 10.1), span(-7.4, 10.1, plus=True), span(0.03, 12.2), span(4, 4)
    ('-7 to 10', '-7 to +10', '0.03 to 12', '4')
    >>> span(1203, 1250, 1204), span(2021, 2021, whole=4), span(0.0003, 0.09, whole=0.2)
    ('1,200 to 1,250', '2,021', '0.0003 to 0.09')
    """
    one, other = range_ends(low, high, mean, whole)
    if plus:
        one, other = (_with_plus(end) for end in (one, other))
    return one if one == other else f"{one}{to}{other}"


def spans(ends: tuple[float, float] | None, mean: float | None = None) -> str:
    """A range with signs, for tables; a dash where there is none.

    >>> spans((-50.21, -33.4)), spans((-1, 3)), spans((0, 0)), spans(None)
    ('-50 to -33', '-1.0 to +3.0', '0', '–')
    """
    return "–" if ends is None else span(*ends, mean, plus=True)


def share_span(low: float, high: float, mean: float | None = None) -> str:
    """A range of shares in per cent; what is not all is not printed as all.

    >>> share_span(0.334, 0.451), share_span(0.002, 0.0123), share_span(0.97, 0.998)
    ('33 to 45%', '0.2 to 1%', '97 to 99.8%')
    >>> share_span(0.2, 0.2), share_span(1, 1), share_span(math.nan, math.nan)
    ('20%', '100%', '–')
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return "–"
    middle = None if mean is None else 100 * mean
    one, other = range_ends(100 * low, 100 * high, middle, 100.0)
    one, other = _short_of_all(one, low, middle, 1), _short_of_all(other, high, middle, 0)
    return f"{one}%" if one == other else f"{one} to {other}%"


def _short_of_all(text: str, share: float, mean: float | None, end: int) -> str:
    """An end that is not all, told by what is missing to it: of that the other end."""
    rest = 100 - 100 * share
    if text != "100" or rest < ROUNDING:
        return text
    missing = None if mean is None else 100 - mean
    return str(100 - Decimal(range_ends(rest, rest, missing, 100.0)[end]))


def range_ends(
    low: float, high: float, mean: float | None = None, whole: float | None = None
) -> tuple[str, str]:
    """The two ends of a range as `span` prints them; one figure twice where they do not differ.

    >>> range_ends(-14.9, 9.37), range_ends(1234.0, 1234.1)
    (('-15', '9'), ('1,230', '1,230'))
    """
    size = max(abs(low), abs(high))
    if not math.isfinite(size):
        return figure(low), figure(high)
    if whole:
        return _ends_within(low, high, mean, whole)
    if high - low < size / 1000 or size < ROUNDING:
        middle = figure((low + high) / 2 if mean is None else mean)
        return middle, middle
    places = DIGITS_OF_WIDTH - 1 - math.floor(math.log10(high - low))
    within = [] if mean is None else [mean, _three_digits(mean)]
    return _both_ends(low, high, within, places, ROUNDING)


def _ends_within(low: float, high: float, mean: float | None, whole: float) -> tuple[str, str]:
    """The same as exact as the whole warrants, without noughts that say nothing."""
    places = DIGITS - 1 - math.floor(math.log10(whole))
    within = []
    if mean is not None:
        rounded = round(mean, places)
        within = [mean] if rounded in (0, whole) else [mean, rounded]
    texts = _both_ends(low, high, within, places, min(ROUNDING, LEAST_PART * whole))
    one, other = (
        text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text for text in texts
    )
    return one, other


def _both_ends(
    low: float, high: float, within: list[float], places: int, nothing: float
) -> tuple[str, str]:
    least, most = min(within, default=math.inf), max(within, default=-math.inf)
    return (
        _end(low, places, least, ROUND_FLOOR, nothing),
        _end(high, places, most, ROUND_CEILING, nothing),
    )


def _end(value: float, places: int, within: float, outwards: str, nothing: float) -> str:
    """An end of a range; rounded outwards, or moved, where it would not hold what is within."""
    if abs(value) < nothing:
        value = 0.0
    else:
        places = max(places, -math.floor(math.log10(abs(value))))
    unit, nearest = Decimal(1).scaleb(-places), max if outwards == ROUND_CEILING else min
    found = Decimal(value).quantize(unit)
    if nearest(found, within) != found:
        found = Decimal(nearest(value, within)).quantize(unit, outwards)
    if not found:
        return "0"
    return f"{found:,.{max(0, places)}f}" if places <= MOST_PLACES else f"{found:e}"


def _with_plus(text: str) -> str:
    return text if text.startswith("-") or not text.strip("0.") else f"+{text}"


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


def event_line(scenario: Scenario, event: Event) -> str:
    """One line on an event, such as ``day 20 to 62: The depot burns (capacity × 0; depot)``."""
    return f"{_when(scenario, event)}: {event_what(event)}"


def event_what(event: Event) -> str:
    """What an event with an effect does, and to whom, whenever that is.

    >>> event_what(Event(title="The depot burns", capacity=0.0, kinds=["depot"], start=20))
    'The depot burns (capacity × 0; depot)'
    """
    if event.announcement is not None:
        return event.title or event.announcement
    what = f"{_what(event)}{_whom(event)}"
    return f"{event.title} ({what})" if event.title else what


def event_trigger(event: Event, unit: str) -> str:
    """When an event begins that waits for the epidemic; nothing if it does not."""
    if event.when is None:
        return ""
    share = f"{100 * event.when.prevalence_above:.3g}%"
    lasting = f", for {counted(event.duration, unit)}" if event.duration else ""
    return f"once more than {share} are infectious{lasting}"


def _when(scenario: Scenario, event: Event) -> str:
    if event.when is not None:
        return event_trigger(event, scenario.time.unit)
    if event.start is None:
        return "throughout"
    start = day(scenario, scenario.tick_of(event.start))
    once = EFFECTS[event.effect].once
    if event.end is None or once:
        return start if once else f"from {start}"
    return f"{start} to {day(scenario, scenario.tick_of(event.end) - 1)}"


def _what(event: Event) -> str:
    value = getattr(event, event.effect)
    if event.levers is not None:
        levers = (f"{name} = {figure(value)}" for name, value in event.levers.settings().items())
        value = ", ".join(levers)
    elif isinstance(value, float):
        value = figure(value)
    resource = event.resource or "everything"
    return EFFECTS[event.effect].words.format(value=value, resource=resource)


def _whom(event: Event) -> str:
    parts = [
        ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        for names in (event.organisations, event.kinds)
        if names
    ]
    if event.areas:
        parts.append("in " + ", ".join(event.areas))
    text = "; " + " ".join(parts) if parts else "; everybody"
    return f"{text}, {100 * event.share:.3g}% of them" if event.share is not None else text
