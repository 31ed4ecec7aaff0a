"""What a run that is shortened does not reach: events and policy changes behind its end.

What begins behind the new end is left out, and what is left out is said by name: without its shock
a crisis is another one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from crisis_abm.scenario.places import Part, parse_place, show_place
from crisis_abm.scenario.schema import Time

if TYPE_CHECKING:
    from crisis_abm.scenario.scenario import Scenario

__all__ = ["LeftOut", "behind_the_end", "ranges_moved"]

Parts = tuple[Part, ...]


@dataclass(frozen=True)
class LeftOut:
    """An event or a policy change that a run ends before.

    Attributes
    ----------
    parts : tuple of (str or int)
        Its place, counted as before anything was left out.
    title : str
        What it is called, if it is.
    start : int or date
    """

    parts: Parts
    title: str
    start: int | date

    def __str__(self) -> str:
        called = f" “{self.title}”" if self.title else ""
        return f"{show_place(self.parts)}{called} (start {self.start})"


def behind_the_end(
    scenario: Scenario, time: Any, said: Collection[Parts] = (), data: Any = None
) -> list[LeftOut]:
    """Events and policy changes that a shortened run does not reach.

    Parameters
    ----------
    scenario : Scenario
        Before it is shortened.
    time : mapping
        What stands under `[time]` then; nothing is left out if that is wrong, or no shorter.
    said : collection of tuple
        Places that are written anew, or the start of what stands there: who names a start wants it
        in the run, so an entry at one of these or inside it is left to the checks.
    data : mapping, optional
        The changed content: a list with other entries than before is taken as it is.
    """
    try:
        short = Time.model_validate(time)
    except ValidationError:
        return []  # told by its own check
    if short.steps >= scenario.time.steps:
        return []
    lists: list[tuple[Parts, Any]] = [(("events",), scenario.events)]
    lists += [
        (("policies", name, "changes"), policy.changes)
        for name, policy in scenario.policies.items()
    ]
    return [
        LeftOut((*place, row), getattr(entry, "title", ""), entry.start)
        for place, entries in lists
        if data is None or _length(data, place) == len(entries)
        for row, entry in enumerate(entries)
        if entry.start is not None
        and not {(*place, row)[:length] for length in range(1, len(place) + 2)} & set(said)
        and _reached(entry.start, short) >= short.steps
    ]


def _length(data: Any, place: Parts) -> int | None:
    for part in place:
        data = data.get(part) if isinstance(data, Mapping) else None
    return len(data) if isinstance(data, list) else None


def _reached(start: int | date, time: Time) -> int:
    """The tick of a start; 0 for a date without a calendar, which its own check tells."""
    return 0 if isinstance(start, date) and time.start is None else time.tick_of(start)


def ranges_moved(
    ranges: Mapping[str, Any] | None, late: Collection[LeftOut]
) -> list[tuple[Parts, Any]]:
    """Ranges of events left out go with them; those of events behind these move up.

    Returns
    -------
    list of (tuple, object)
        Places under `[uncertain]` with what then stands there; None for nothing.
    """
    if not isinstance(ranges, Mapping):
        return []  # told by its own check, if it is wrong
    gone = {one.parts[1] for one in late if one.parts[0] == "events"}
    away: list[tuple[Parts, Any]] = []
    moved: list[tuple[Parts, Any]] = []
    for path, entry in ranges.items():
        try:
            parts = parse_place(path)
        except ValueError:
            continue  # told by its own check
        number = parts[1] if parts[0] == "events" and len(parts) > 1 else None
        if not isinstance(number, int):
            continue
        before = sum(isinstance(row, int) and row < number for row in gone)
        if number not in gone and not before:
            continue
        away.append((("uncertain", path), None))
        if number not in gone:
            own = show_place(("events", number - before, *parts[2:]))
            moved.append((("uncertain", own), entry))
    return [*away, *moved]
