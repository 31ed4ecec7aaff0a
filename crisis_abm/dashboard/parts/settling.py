"""A button for as many crises as would settle what the comparison leaves open."""

from __future__ import annotations

import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.parts.running import Running
from crisis_abm.dashboard.session import use_view
from crisis_abm.dashboard.view import MOST_REPLICATES
from crisis_abm.dashboard.widgets.controls import Button
from crisis_abm.report.finding import settling

__all__ = ["Settling"]


@solara.component
def Settling(running: Running) -> None:
    """Nothing while crises come in, and where they leave nothing open."""
    _, go = use_view()
    result = running.result
    many = None
    if result is not None and running.finished and not running.stopped:
        many = settling(result.difference("harm", result.policies[1]))
    with solara.v.Html(tag="div", class_="ca-row"):
        if many is None:
            return
        if many > MOST_REPLICATES:
            tag("span", f"More than the {MOST_REPLICATES:,} that a page runs.", look="ca-note")
            return
        Button.element(
            label=f"Run {many:,} crises", on_presses=lambda _: go(replicates=many, crisis=0)
        ).key(f"settle {many}")
