"""The dashboard as solara runs it: pages, what surrounds them, the page of any other address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import solara

from crisis_abm.dashboard.components.frame import Frame
from crisis_abm.dashboard.components.html import tag
from crisis_abm.dashboard.state.session import use_view
from crisis_abm.dashboard.state.view import COMPARE, PAGES, SCENARIOS, address


@solara.component
def Layout(children: list[Any]) -> None:
    """What surrounds every page."""
    solara.Style(Path(__file__).parent / "style.css")
    Frame(children)


class _Other(str):
    """A path that is any but the home page: solara compares it to what stands in an address.

    Without it solara answers one line of its own to an address that it does not know, in no page.
    """

    __slots__ = ()

    def __eq__(self, part: object) -> bool:
        return part not in ("/", "")

    def __ne__(self, part: object) -> bool:
        return not self == part

    __hash__ = str.__hash__


@solara.component
def Unknown() -> None:
    """Whatever else may stand in an address."""
    view, _ = use_view()
    tag("h1", "There is no such page")
    tag("p", "The address may be mistyped, or from an older version.")
    ways = {"Compare": COMPARE, "Scenarios": SCENARIOS}
    links = [solara.Link(address(path, view), children=[name]) for name, path in ways.items()]
    tag("ul", *[tag("li", link) for link in links], look="ca-inline")


routes = [
    *(
        solara.Route(
            path=page.address.strip("/") or "/",
            component=page.load(),
            label=page.title,
            layout=None if number else Layout,  # the first one's holds for all
        )
        for number, page in enumerate(PAGES)
    ),
    solara.Route(path=_Other("…"), component=Unknown, label="No such page"),  # after all others
]
