"""An address without a page: what is said there, and the ways on."""

from __future__ import annotations

import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.session import use_view
from crisis_abm.dashboard.site_map import COMPARE, SCENARIOS
from crisis_abm.dashboard.view import address

__all__ = ["Unknown"]


@solara.component
def Unknown() -> None:
    """Whatever else may stand in an address."""
    view, _ = use_view()
    tag("h1", "There is no such page")
    tag("p", "The address may be mistyped, or from an older version.")
    ways = {"Compare": COMPARE, "Scenarios": SCENARIOS}
    links = [solara.Link(address(path, view), children=[name]) for name, path in ways.items()]
    tag("ul", *[tag("li", link) for link in links], look="ca-inline")
