"""The events of a scenario file on a line of time, where they are moved and stretched."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from crisis_abm.dashboard.editing import removed
from crisis_abm.dashboard.event_times import calendar, moved, spans
from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.parts.forms import Change
from crisis_abm.dashboard.site_map import EDIT
from crisis_abm.dashboard.view import View, address
from crisis_abm.dashboard.widgets.timeline import Timeline
from crisis_abm.scenario import Problem
from crisis_abm.scenario.paths import Part, show_place

__all__ = ["timeline"]


def timeline(
    text: str,
    problems: tuple[Problem, ...],
    view: View,
    change: Change,
    only: int | None = None,
) -> Any:
    """Events as bars from their first to their last day, each with what is wrong with it.

    Parameters
    ----------
    text : str
        The scenario file.
    problems : tuple of Problem
        What is wrong in it.
    view : View
    change : Change
    only : int, optional
        Only the event of that number.
    """
    known = calendar(text)
    if known is None:
        words = "Events are shown on a line of time as soon as what is said of time is right."
        return tag("p", words, look="ca-note")

    def asked(what: str, number: int, start: int | None, end: int | None) -> bool:
        def other(now: str, place: tuple[Part, ...]) -> str:
            if what == "remove":
                return removed(now, place)
            assert start is not None and isinstance(place[-1], int)
            return moved(now, place[-1], start, end)

        try:
            return change(other, ("events", number))
        except (ValueError, OverflowError):
            return False

    shown = [span for span in spans(text, known) if only is None or span.number == only]
    return Timeline.element(
        events=[
            {
                **asdict(span),
                "fault": _fault(span.number, problems),
                "link": address(EDIT, view.but(place=show_place(("events", span.number)))),
            }
            for span in shown
        ],
        steps=known.steps,
        unit=known.unit,
        first="" if known.first is None else known.first.isoformat(),
        length=known.length,
        removable=only is None,
        asked=asked,
    ).key("timeline")


def _fault(number: int, problems: tuple[Problem, ...]) -> str:
    here = show_place(("events", number))
    found = []
    for problem in problems:
        if problem.place == here or problem.place.startswith((f"{here}.", f"{here}[")):
            inside = problem.place.removeprefix(here).lstrip(".").replace("_", " ")
            found.append(" ".join(part for part in (inside, problem.message) if part))
    return "; ".join(found)
