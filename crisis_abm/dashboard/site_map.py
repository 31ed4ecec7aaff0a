"""The pages of the dashboard: where each is, what it is called and what draws it.

A page more is an entry in `PAGES` and its component: server, navigation and titles read this list,
links name a page by its constant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

__all__ = ["COMPARE", "EDIT", "PAGES", "SCENARIOS", "WEAK_LINKS", "WHY", "Page", "page_at"]

COMPARE, WHY, WEAK_LINKS, SCENARIOS, EDIT = "/", "/why", "/weak-links", "/scenarios", "/edit"


@dataclass(frozen=True)
class Page:
    """A page of the dashboard.

    Attributes
    ----------
    address : str
    title : str
    component : str
        Module and name in `crisis_abm.dashboard.pages`.
    under : str
        Address of the page whose link in the bar stands for it; nothing for one with its own.
    """

    address: str
    title: str
    component: str
    under: str = ""

    def load(self) -> Callable[..., Any]:
        """What draws it; pages link to each other, so it is loaded only here."""
        module, name = self.component.split(".")
        found: Callable[..., Any] = getattr(
            import_module(f"crisis_abm.dashboard.pages.{module}"), name
        )
        return found


PAGES = (
    Page(COMPARE, "Compare", "compare.Compare"),
    Page(WHY, "Why", "why.Why"),
    Page(WEAK_LINKS, "Weak links", "weak_links.WeakLinks"),
    Page(SCENARIOS, "Scenarios", "scenarios.Scenarios"),
    Page(EDIT, "Edit", "edit.Edit", under=SCENARIOS),
)


def page_at(path: str) -> Page | None:
    """The page at the path of an address, if there is one.

    >>> page_at("/why/").title, page_at("/nowhere")
    ('Why', None)
    """
    path = path.rstrip("/") or "/"
    return next((page for page in PAGES if page.address == path), None)
