"""What went wrong, and the ways on: a box that every page shows in the same words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.session import library, use_view
from crisis_abm.dashboard.site_map import COMPARE, EDIT, SCENARIOS
from crisis_abm.dashboard.view import View, address
from crisis_abm.scenario import ScenarioError

__all__ = ["ErrorPanel"]


@solara.component
def ErrorPanel(lines: Sequence[str], *more: Any) -> None:
    """Why there is nothing to see, and where to go from here.

    Parameters
    ----------
    lines : sequence of str
    *more : element
        Buttons beside the ways on.
    """
    view, _ = use_view()
    ways = {"Other scenarios": address(SCENARIOS, view)}
    if _own(view.scenario):
        ways["Edit this scenario"] = address(EDIT, view.but(place=""))
    plain = View(scenario=view.scenario)
    if view.question != plain.question:
        ways["The usual settings"] = address(COMPARE, plain)
    links = [tag("li", solara.Link(where, children=[words])) for words, where in ways.items()]
    tag(
        "div",
        *[tag("p", line) for line in lines],
        tag("ul", *links, look="ca-inline"),
        *more,
        look="ca-problem",
        attributes={"role": "alert"},
    )


def _own(key: str) -> bool:
    try:
        return library().entry(key).own
    except ScenarioError:  # it is the trouble that there is no such scenario
        return False
