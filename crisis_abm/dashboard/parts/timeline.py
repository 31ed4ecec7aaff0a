"""The events of a scenario on a line of time."""

from __future__ import annotations

from typing import Any

from crisis_abm.dashboard.html import tag
from crisis_abm.report.describe import event_line
from crisis_abm.report.words import day
from crisis_abm.scenario import Scenario

__all__ = ["timeline"]


def timeline(scenario: Scenario) -> Any:
    """Events as bars from their first to their last day, each with its sentence."""
    steps = scenario.time.steps
    rows = []
    for event in scenario.events:
        line = event_line(scenario, event)
        if event.start is None:
            rows.append(tag("li", tag("span", line)))
            continue
        first = scenario.tick_of(event.start)
        last = steps if event.end is None else scenario.tick_of(event.end)
        left, width = 100 * first / steps, max(0.6, 100 * (last - first) / steps)
        style = f"left: {left:.2f}%; width: {min(width, 100 - left):.2f}%"
        bar = tag("span", look="ca-bar-of-event", attributes={"style": style})
        rail = tag("span", bar, look="ca-rail", attributes={"aria-hidden": "true"})
        rows.append(tag("li", rail, tag("span", line)))
    ends = tag("p", f"{day(scenario, 0)} to {day(scenario, steps - 1)}", look="ca-note")
    return tag("div", ends, tag("ol", *rows, look="ca-timeline"))
