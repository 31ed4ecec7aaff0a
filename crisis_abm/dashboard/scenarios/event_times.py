"""When the events of a scenario file are, and the file after one was moved or stretched.

Read from the text, so that events are shown and can be moved while something else in the file is
wrong. A time stays written as it was: a tick as a tick, a date as a date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import tomlkit
from pydantic import TypeAdapter, ValidationError

from crisis_abm.dashboard.scenarios.editing import plain
from crisis_abm.report.words import event_trigger, event_what
from crisis_abm.scenario import EFFECTS, Event
from crisis_abm.scenario.io.editor import at, document_of, set_key
from crisis_abm.scenario.schema import Time
from crisis_abm.scenario.schema.fields import When

LENGTHS = {"day": 1, "week": 7}  # days of a tick that has a date
_when: TypeAdapter[int | date] = TypeAdapter(When)


@dataclass(frozen=True)
class Calendar:
    """The ticks of a run.

    Attributes
    ----------
    steps : int
    unit : str
    first : date or None
        Date of the first tick, if ticks have dates.
    length : int
        Days of a tick; 0 if ticks have no dates.
    """

    steps: int
    unit: str
    first: date | None
    length: int

    def tick_of(self, written: Any) -> int | None:
        """The tick of a time as it is written, or None if it is none."""
        try:
            when = _when.validate_python(written)
        except ValidationError:
            return None
        if not isinstance(when, date):
            return when
        return None if self.first is None else (when - self.first).days // self.length

    def shifted(self, written: Any, ticks: int) -> Any:
        """A time so many ticks later, written alike."""
        if isinstance(written, int):
            return int(written) + ticks
        days = timedelta(days=ticks * self.length)
        if isinstance(written, str):
            return (date.fromisoformat(written) + days).isoformat()
        return date(written.year, written.month, written.day) + days


@dataclass(frozen=True)
class Span:
    """One event.

    Attributes
    ----------
    number : int
        Its place in the file, from 0.
    what : str
        What it does to whom, in words.
    start, end : int or None
        Its first tick and the first that it no longer holds. No start: it waits for the epidemic,
        or has none that can be understood; no end: it lasts as long as the run.
    once : bool
        Whether it happens at its start only.
    waits : str
        For what, in words, if it waits for the epidemic.
    """

    number: int
    what: str
    start: int | None
    end: int | None
    once: bool
    waits: str


def calendar(text: str) -> Calendar | None:
    """The ticks of a scenario file, or None while its ``[time]`` cannot be understood."""
    try:
        time = Time.model_validate(plain(text).get("time", {}))
    except ValidationError:
        return None
    length = LENGTHS.get(time.unit, 0)
    dated = time.start is not None and length > 0
    return Calendar(time.steps, time.unit, time.start if dated else None, length if dated else 0)


def spans(text: str, known: Calendar) -> list[Span]:
    """The events of a scenario file, in its order."""
    events = plain(text).get("events")
    if not isinstance(events, list):
        return []
    return [_span(number, event, known) for number, event in enumerate(events)]


def moved(text: str, number: int, start: int, end: int | None = None) -> str:
    """The text with an event at other ticks; what does not change stays as it is written.

    `start` is its first tick, `end` the first that it no longer holds; None leaves that as it is.

    Raises
    ------
    ValueError
        If there is no such event, it has no start to be moved, or would not lie in the run.
    """
    known, event = calendar(text), at(plain(text), ("events", number))
    if known is None or number < 0 or not isinstance(event, Mapping):
        raise ValueError(f"there is no event number {number + 1}")
    was = _span(number, event, known)
    if was.start is None:
        raise ValueError("an event without a start cannot be moved")
    last = was.end if end is None else end
    if not 0 <= start < known.steps or (last is not None and last <= start):
        raise ValueError(f"from {start} to {last} is not within a run of {known.steps}")
    document = document_of(text)
    table = document["events"][number]
    if start != was.start:
        table["start"] = known.shifted(event["start"], start - was.start)
    if end is not None and end != was.end:
        if was.end is not None:
            table["end"] = known.shifted(event["end"], end - was.end)
        else:
            set_key(table, "end", known.shifted(event["start"], end - was.start))
    return str(tomlkit.dumps(document))


def first_day(known: Calendar | None) -> int | date:
    """When a new event begins: in the middle of the run, as a date if the run has dates."""
    if known is None:
        return 0
    middle = known.steps // 2
    try:
        return middle if known.first is None else known.shifted(known.first, middle)
    except OverflowError:  # a run beyond the year 9999
        return middle


def _span(number: int, event: Any, known: Calendar) -> Span:
    if not isinstance(event, Mapping):
        return Span(number, "Not an event", None, None, False, "")
    start, end = (known.tick_of(event[key]) if key in event else None for key in ("start", "end"))
    once = any(effect.once for key, effect in EFFECTS.items() if key in event)
    try:
        checked = Event.model_validate(event)
    except ValidationError:
        return Span(number, _called(event), start, end, once, "")
    what = event_what(checked) if checked.effects else _called(event)
    return Span(number, what, start, end, once, event_trigger(checked, known.unit))


def _called(event: Mapping[str, Any]) -> str:
    """What is said of an event that does not say what it does."""
    title = event.get("title")
    return title if isinstance(title, str) and title else "An event without an effect"
