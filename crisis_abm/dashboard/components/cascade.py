"""The cascade of one crisis: drawn, its roots ranked, and the chain of causes to whom it came."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import solara

from crisis_abm.dashboard.components.charts import numbers
from crisis_abm.dashboard.components.html import marked, tag
from crisis_abm.dashboard.data.analyses import Answer
from crisis_abm.dashboard.data.explaining import LEAST, CauseChain, ChainPlace, Explained
from crisis_abm.dashboard.state.session import use_view
from crisis_abm.dashboard.state.view import WHY, View, address
from crisis_abm.dashboard.widgets.pictures import CHOSEN_MARK, CascadeTree
from crisis_abm.report.words import figure, span

Columns = Mapping[str, Any]
TOLD = 8  # lines of the story
CLEAR, FAIR = 0.8, 0.5  # rank correlations


@solara.component
def DrawnCascade(found: Explained | None, unit: str) -> None:
    """The picture, and the table behind it; the picture's place is held while it is waited for."""
    view, _ = use_view()
    tag("h2", *marked("The cascade", "cascade"))
    chain = found.chains.get(view.chosen) if found is not None else None
    CascadeTree.element(
        data=found.cascade.drawing if found is not None else {},
        title=found.finding if found is not None else "",
        way=chain.signs if chain is not None else [],
        why=address(WHY, view.but(chosen=CHOSEN_MARK)),
    ).key("cascade tree")
    if found is None:
        return
    if not found.hops["from"]:
        tag("p", "Nobody's failure was passed on to another.", look="ca-note")
        return
    headings = {"from": "from", "to": "to", "what": "what", "percent_not_sent": "% not sent"}
    headings |= {"since": "since", "harm": unit}
    links = {
        name: [address(WHY, view.but(chosen=one)) if one else "" for one in ids]
        for name, ids in zip(("from", "to"), zip(*found.hop_ids, strict=True), strict=False)
    }
    numbers("Who shorted whom", "hops", found.hops, headings, links=links)


@solara.component
def RootCauses(found: Explained, total: float, unit: str, others: Answer | None = None) -> None:
    """Roots, most harm first, beside what vanishes without each, and their part in other crises."""
    tag("h2", *marked("The roots", "roots"))
    shown = {"title": "root", "harm": f"{unit} traced to it", "percent": "% of all"}
    columns = found.roots
    if others is not None and others.report.sections[0].tables:
        columns = _beside(columns, others.report.sections[0].tables[0].plain())
        shown |= {"percent_of_all": "% in all crises, mean", "percent_band": "in 80% of them"}
    shown |= {"organisations": "reached"}
    if found.checked:
        shown |= {"vanishes": "vanishes without it", "why": "where the two differ"}
        tag("p", how_sure(found.agreement), look="ca-note")
    else:
        tag("p", "Running the same crisis again without each root …", look="ca-note")
    most = weighty(found, total)
    table = numbers(
        "Root causes, most harm first", "roots", columns, shown, folded=False, most=most
    )
    tag("div", table, look="ca-roots")
    rest = len(found.roots.get("title", ())) - most
    if rest:
        tag("p", f"{rest} more, that did next to nothing, are in the file.", look="ca-note")


def _beside(roots: Columns, crises: Columns) -> dict[str, Any]:
    """The table of roots with what each is over all crises: nothing where it is in none."""
    columns = ("root", "percent", "percent_low", "percent_high")
    each = zip(*(crises[name].tolist() for name in columns), strict=True)
    known = {root: (mean, span(low, high)) for root, mean, low, high in each}
    here = [known.get(root, (0.0, "0")) for root in roots["root"]]
    return {
        **roots,
        "percent_of_all": [mean for mean, _ in here],
        "percent_band": [band for _, band in here],
    }


def weighty(found: Explained, total: float) -> int:
    """How many of the first roots matter; `explained` sets those behind that do not."""
    gone = found.roots.get("vanishes", ())
    harm = found.roots.get("harm", ())
    sizes = [max(one, abs(other or 0.0)) for one, other in zip(harm, gone, strict=True)]
    return sum(size > LEAST * total for size in sizes)


def how_sure(agreement: float) -> str:
    """How far the two ways of ranking roots agree."""
    if math.isnan(agreement):
        return "The same crisis was run again without each root, to see what vanishes."
    degree = "in the same" if agreement > 0.995 else "in nearly the same"
    if agreement < CLEAR:
        degree = "in a partly different" if agreement >= FAIR else "in another"
    return (
        "How sure: harm is shared out over roots by who shorted whom; then the same crisis is run "
        f"again without each. What vanishes puts them {degree} order "
        f"(rank correlation {agreement:.2f})."
    )


@solara.component
def Story(found: Explained, unit: str) -> None:
    """How it came to whom, in words."""
    view, _ = use_view()
    tag("h2", "How it came to whom")
    if not found.story:
        tag("p", "Nobody came to harm.")
        return
    lines = [
        tag("li", f"{figure(line.harm)} {unit}: ", *with_links(view, line.parts))
        for line in found.story[:TOLD]
    ]
    tag("ol", *lines, look="ca-story")
    if len(found.story) > TOLD:
        rest = len(found.story) - TOLD
        tag("p", f"{rest} more in the numbers behind the picture.", look="ca-note")


@solara.component
def ChainOfCauses(chain: CauseChain, unit: str) -> None:
    """Places one after the other, with what each handed on; then words, and the other roots."""
    view, _ = use_view()
    steps = [
        _place(view, place, chain.places[k - 1] if k else None, k + 1 == len(chain.places))
        for k, place in enumerate(chain.places)
    ]
    tag("ol", *steps, look="ca-path", attributes={"aria-label": "From the root to it"})
    tag("p", *with_links(view, chain.parts), look="ca-way")
    if chain.harm <= 0.0:
        tag("p", f"It came to no {unit} of its own.")
    elif chain.shares:
        parts = "; ".join(f"{100 * share:.0f}% {title}" for title, share in chain.shares)
        tag("p", f"Its {figure(chain.harm)} {unit}, shared out over all of its days: {parts}.")


def _place(view: View, place: ChainPlace, before: ChainPlace | None, last: bool) -> Any:
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
