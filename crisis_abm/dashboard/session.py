"""What belongs to one open page, and what all pages of this server share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import solara
from solara.server import kernel_context

from crisis_abm.dashboard.analysing import Analyses
from crisis_abm.dashboard.library import Library
from crisis_abm.dashboard.serving import own_folder
from crisis_abm.dashboard.view import View, address, view_of
from crisis_abm.dashboard.workers import Workers
from crisis_abm.scenario import Scenario, ready_made_scenarios

__all__ = ["analyses", "end", "library", "use_view", "watched", "workers"]

_lock = threading.Lock()


@lru_cache(maxsize=1)
def _started() -> Workers:
    found = Workers()
    found.warm(Scenario.load(ready_made_scenarios()["local_shock"]))
    return found


def workers() -> Workers:
    """The processes that all pages share; started by whoever asks first."""
    with _lock:
        return _started()


@lru_cache(maxsize=1)
def analyses() -> Analyses:
    """The long analyses of all pages."""
    return Analyses()


def end() -> None:
    """End every process that was started for pages, work in hand included."""
    if _started.cache_info().currsize:
        _started().stop()
    analyses().stop()


def library() -> Library:
    """The scenarios of whoever looks at this page."""
    context: Any = kernel_context.get_current_context()
    return Library(own_folder(), context.session_id)


def watched() -> Callable[[], bool]:
    """What tells whether this page is still open in a browser, from any thread."""
    context: Any = kernel_context.get_current_context()
    there = kernel_context.PageStatus.CONNECTED

    def is_watched() -> bool:
        return there in tuple(context.page_status.values())

    return is_watched


def use_view() -> tuple[View, Callable[..., None]]:
    """The view in the address, and how to go to another.

    Returns
    -------
    View
    callable
        ``go(page=None, **changes)``: to another view, on this page unless another is named.
    """
    router = solara.use_router()
    view = view_of(router.search)

    def go(page: str | None = None, **changes: Any) -> None:
        router.push(address(router.path if page is None else page, view.but(**changes)))

    return view, go
