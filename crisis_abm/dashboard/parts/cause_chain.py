"""The chain of causes of one organisation: drawn from the root to it, and in words."""

from __future__ import annotations

from typing import Any

import solara

from crisis_abm.dashboard.explaining import Place, Way
from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.session import use_view
from crisis_abm.dashboard.site_map import WHY
from crisis_abm.dashboard.view import View, address
from crisis_abm.report.words import figure

__all__ = ["ChainOfCauses", "with_links"]


@solara.component
def ChainOfCauses(way: Way, unit: str) -> None:
    """Places one after the other, with what each handed on; then words, and the other roots."""
    view, _ = use_view()
    steps = [
        _place(view, place, way.places[k - 1] if k else None, k + 1 == len(way.places))
        for k, place in enumerate(way.places)
    ]
    tag("ol", *steps, look="ca-path", attributes={"aria-label": "From the root to it"})
    tag("p", *with_links(view, way.parts), look="ca-way")
    if way.harm <= 0.0:
        tag("p", f"It came to no {unit} of its own.")
    elif way.shares:
        parts = "; ".join(f"{100 * share:.0f}% {title}" for title, share in way.shares)
        tag("p", f"Its {figure(way.harm)} {unit}, shared out over all of its days: {parts}.")


def _place(view: View, place: Place, before: Place | None, last: bool) -> Any:
    """A box, and the arrow that leads to it."""
    name: Any = place.name
    if place.id and not last:
        name = solara.Link(address(WHY, view.but(chosen=place.id)), children=[place.name])
    lines = [tag("strong", name), tag("span", place.about)]
    if place.state:
        lines.append(tag("span", place.state))
    look = "ca-path-place" if place.id else "ca-path-place ca-path-root"
    box = tag("div", *lines, look=f"{look} ca-path-last" if last else look)
    if before is None:
        return tag("li", box)
    arrow = tag("div", tag("span", before.hands_on or "strikes"), look="ca-path-arrow")
    return tag("li", arrow, box)


def with_links(view: View, parts: list[tuple[str, str]]) -> list[Any]:
    """A text as children of an element: the organisations in it lead to why they were hit."""
    return [
        solara.Link(address(WHY, view.but(chosen=identity)), children=[text])
        if identity and identity != view.chosen
        else text
        for text, identity in parts
    ]
