"""What surrounds every page: the name, the way to the other pages, and where the page stands."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.parts.error_panel import ErrorPanel
from crisis_abm.dashboard.problems import unforeseen
from crisis_abm.dashboard.session import use_view
from crisis_abm.dashboard.site_map import PAGES, page_at
from crisis_abm.dashboard.terms import GLOSSARY, identity
from crisis_abm.dashboard.view import address
from crisis_abm.dashboard.widgets.controls import Button
from crisis_abm.dashboard.widgets.page_about import PageAbout
from crisis_abm.dashboard.widgets.words import Words

__all__ = ["Frame"]

logger = logging.getLogger(__name__)


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
