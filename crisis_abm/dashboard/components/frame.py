"""What surrounds pages, and boxes they share: errors with the ways on, what is asked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import solara

from crisis_abm.dashboard.components.html import GLOSSARY, identity, tag
from crisis_abm.dashboard.scenarios.problems import unforeseen
from crisis_abm.dashboard.state.session import library, use_view
from crisis_abm.dashboard.state.view import COMPARE, EDIT, PAGES, SCENARIOS, View, address, page_at
from crisis_abm.dashboard.widgets.controls import Button, Choice, CopyLink, Fetch, PageAbout, Words
from crisis_abm.scenario import ScenarioError

logger = logging.getLogger(__name__)

COUNTS = (10, 30, 100, 300)  # of crises


@solara.component
def Frame(children: list[Any]) -> None:
    """A page and what surrounds it."""
    view, _ = use_view()
    router = solara.use_router()
    at = page_at(router.path)
    links = []
    for page in PAGES:
        if page.under:
            continue
        here = {"aria-current": "page"} if page == at else {}
        if at is not None and at.under == page.address:
            here = {"aria-current": "true"}
        element = tag("span", page.title, look="ca-page", attributes=here)
        links.append(tag("li", solara.Link(address(page.address, view), children=[element])))
    skip = tag("a", "Skip to the page", look="ca-skip", attributes={"href": "#content"})
    bar = tag(
        "header",
        skip,
        tag("p", "crisis_abm", look="ca-name"),
        tag("nav", tag("ul", *links), attributes={"aria-label": "Pages"}),
        look="ca-bar",
    )
    fault, clear = solara.use_exception()
    solara.use_effect(lambda: clear, [router.path, router.search])  # on leaving the address
    if fault is not None:
        children = [_Fault(fault, clear)]
    main = tag("main", *children, attributes={"id": "content", "tabindex": "-1"}, look="ca-main")
    name = "No such page" if at is None else at.title
    told = PageAbout.element(title=f"{name} – crisis_abm").key("about")
    words = [[identity(word), word, means] for word, means in sorted(GLOSSARY.items())]
    foot = tag("footer", Words.element(words=words).key("words"), look="ca-foot")
    tag("div", told, bar, main, foot, look="ca-app")


@solara.component
def _Fault(fault: BaseException, clear: Callable[[], None]) -> None:
    """A page that could not be drawn, with the ways on; what was wrong is in the server's log."""
    solara.use_effect(lambda: logger.error("a page failed", exc_info=fault), [fault])
    tag("h1", "This page could not be shown")
    ErrorPanel(
        [f"Something went wrong that nobody foresaw: {unforeseen(fault)}."],
        Button.element(label="Try again", on_presses=lambda _: clear()),
    )


@solara.component
def ErrorPanel(lines: Sequence[str], *more: Any) -> None:
    """Why there is nothing to see, and where to go from here; more are buttons beside the ways."""
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


@solara.component
def Panel(label: str, children: list[Any]) -> None:
    """Controls in the order in which they are read.

    The label says what they decide, to a screen reader and on the button that unfolds them.
    """
    unfolded, unfold = solara.use_state(False)
    fold = Button.element(
        label=label,
        unfolds="yes" if unfolded else "no",
        on_presses=lambda _: unfold(not unfolded),
    ).key("fold")
    inside = tag("div", *children, look="ca-panel-inside")
    look = "ca-panel ca-panel-unfolded" if unfolded else "ca-panel"
    tag("section", fold, inside, look=look, attributes={"aria-label": label})


def choice_of_crises(view: View, go: Callable[..., None], about: str) -> Any:
    """How many crises are run, for a panel: a few numbers, and the one in the address."""
    return Choice.element(
        label="Crises",
        term=identity("crises"),
        about=about,
        options=[[str(count), str(count)] for count in sorted({*COUNTS, view.replicates})],
        value=str(view.replicates),
        on_value=lambda count: go(replicates=int(count), crisis=0),
    ).key("crises")


@solara.component
def ExportButtons(name: str, make: Callable[[], str] | None, note: str = "") -> None:
    """What can be taken away from a page: its report, and the link that reopens it.

    `make` gives the text of the report, None while there is nothing to report.
    """
    with solara.v.Html(tag="div", class_="ca-row"):
        Fetch.element(
            label="Report",
            busy="Writing the report …",
            name=f"crisis_abm-{name}.html",
            kind="text/html",
            disabled=make is None,
            make=make,
        ).key("report")
        CopyLink.element().key("link")
        if note:
            tag("span", note, look="ca-note")
