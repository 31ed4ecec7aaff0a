"""Visitors, known by a cookie, and how many pages they may have open.

Every open page is a kernel of solara: a copy of the page's widgets in this process, some megabytes.
One that was left without a word stays for a while, since it may come back, and makes room where
room is needed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
from solara.server import kernel_context
from solara.server.server import COOKIE_KEY_SESSION_ID, get_session_id_cookie
from starlette.responses import Response

from crisis_abm.dashboard.serving import PAGES

__all__ = ["Pages", "Place", "remember", "visitor_of"]

REMEMBERED = 90 * 24 * 3600  # seconds since the last visit
RECONNECTING = 3  # connections that one page may have for a moment
_COOKIE = re.compile(r"[0-9A-Za-z_-]{32,64}")


def visitor_of(cookies: Mapping[str, str]) -> str | None:
    """Who sends these cookies; None for whoever was never here."""
    found = get_session_id_cookie(cookies)
    return found if found and _COOKIE.fullmatch(found) else None


def remember(response: Response, visitor: str | None, secure: bool) -> None:
    """Give a visitor the cookie by which the browser is known the next time."""
    response.set_cookie(
        COOKIE_KEY_SESSION_ID,
        visitor or secrets.token_urlsafe(32),
        max_age=REMEMBERED,
        secure=secure,
        httponly=True,
        samesite="lax",  # who follows a link from elsewhere finds the own scenarios all the same
    )


@dataclass(eq=False)
class Place:
    """An open page.

    Attributes
    ----------
    kernel, visitor, address : str
        Its id, the cookie, and where the connection comes from.
    connections : int
        How many it has at this moment.
    """

    kernel: str
    visitor: str
    address: str
    connections: int = 1


class Pages:
    """The pages that are open, and whether there is room for another.

    All of it is to be called in the server's event loop.

    Parameters
    ----------
    most : int
        Pages of all visitors together. One visitor may have half of them, one address three
        quarters, so that nobody takes the last.
    contexts : dict, optional
        Kernels by their ids: solara's own.
    """

    def __init__(self, most: int = PAGES, contexts: dict[str, Any] | None = None) -> None:
        self._most = most
        self._contexts: dict[str, Any] = kernel_context.contexts if contexts is None else contexts
        self._places: dict[str, Place] = {}

    def has_room(self, visitor: str | None, address: str) -> bool:
        """Whether another page can be opened, perhaps in the place of one that was left."""
        limits = self._limits(visitor or "", address)
        return all(self._watched(counts) < most for counts, most in limits)

    async def enter(self, kernel: str, visitor: str, address: str) -> Place | None:
        """Take a place for a page, or its own again; None if it cannot have one.

        Whoever has entered is to `leave`.
        """
        self._forget()
        known = self._places.get(kernel)
        if known is not None:
            if known.visitor != visitor or known.connections >= RECONNECTING:
                return None
            known.connections += 1
            return known
        if kernel in self._contexts or not self.has_room(visitor, address):
            return None
        place = self._places[kernel] = Place(kernel, visitor, address)
        for counts, most in self._limits(visitor, address):
            while len(self._counted(counts)) > most and await self._give_way(counts):
                pass
        return place

    async def leave(self, place: Place) -> None:
        """Say that a page has lost a connection; what never showed anything goes at once."""
        place.connections -= 1
        context = self._contexts.get(place.kernel)
        mine = self._places.get(place.kernel) is place
        if mine and not place.connections and context is not None and context.container is None:
            await _close(context)
        self._forget()

    def close(self, kernel: str) -> None:
        """Say that a page was closed; its connection may take a moment to end."""
        if kernel not in self._contexts:
            self._places.pop(kernel, None)

    def _limits(self, visitor: str, address: str) -> list[tuple[Callable[[Place], bool], int]]:
        return [
            (lambda place: place.visitor == visitor, max(1, self._most // 2)),
            (lambda place: place.address == address, max(1, self._most * 3 // 4)),
            (lambda place: True, self._most),
        ]

    def _counted(self, counts: Callable[[Place], bool]) -> list[str]:
        return [kernel for kernel, place in self._places.items() if counts(place)]

    def _watched(self, counts: Callable[[Place], bool]) -> int:
        return sum(counts(place) and place.connections > 0 for place in self._places.values())

    async def _give_way(self, counts: Callable[[Place], bool]) -> bool:
        """Close the page that was left first, of those that count; whether there was one."""
        for kernel in self._counted(counts):
            if not self._places[kernel].connections:
                context = self._contexts.get(kernel)
                del self._places[kernel]
                if context is not None:
                    await _close(context)
                return True
        return False

    def _forget(self) -> None:
        """Pages that are gone, also those that solara closed by itself."""
        for kernel, place in list(self._places.items()):
            if not place.connections and kernel not in self._contexts:
                del self._places[kernel]


async def _close(context: Any) -> None:
    """In a thread, since it may wait for a page's thread that waits for this one."""
    if not context.closed_event.is_set():
        await anyio.to_thread.run_sync(lambda: context.close(reason="cull"))
