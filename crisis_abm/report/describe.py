"""Events of a scenario in a line each: when, what, whom."""

from __future__ import annotations

from crisis_abm.report.words import counted, day, figure
from crisis_abm.scenario import EFFECTS, Event, Scenario

__all__ = ["event_line", "event_trigger", "event_what"]


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
