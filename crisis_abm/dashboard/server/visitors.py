"""Visitors, known by a cookie; how many connections and pages they may have, and for how long.

Every open page is a kernel of solara: a copy of the page's widgets in this process, some megabytes.
One that was left without a word stays for a while, since it may come back, and makes room where
room is needed. uvicorn waits for ever for a request that does not come, and takes as many as come.
Python frees what a page held, but the C library keeps it for whatever may come: after fifty pages
at once the server would stay as large as it was with them.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import re
import secrets
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import h11
from solara.server import kernel_context
from solara.server.server import COOKIE_KEY_SESSION_ID, get_session_id_cookie
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from crisis_abm.dashboard.server import MOST_PAGES

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
    """An open page: its kernel's id, the cookie, where it connects from and how often just now."""

    kernel: str
    visitor: str
    address: str
    connections: int = 1


class Pages:
    """The pages that are open, and whether there is room for another.

    All of it is to be called in the server's event loop. One visitor may have half of the `most`
    pages, one address three quarters, so that nobody takes the last. Contexts are solara's
    kernels by their ids.
    """

    def __init__(self, most: int = MOST_PAGES, contexts: dict[str, Any] | None = None) -> None:
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


PATIENCE = 20.0  # seconds for a request to be all there
OF_A_PAGE = 6  # connections: its own, and those by which it is loaded


class BoundedConnection(H11Protocol):
    """A connection that is closed if no whole request comes in time, or there are too many.

    Attributes
    ----------
    most, most_of_one : int
        How many there may be, of all browsers and of one address (a proxy is one, too).
    """

    most = OF_A_PAGE * MOST_PAGES
    most_of_one = most // 2
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or close it at once."""
        super().connection_made(transport)
        mine = _address(self)
        alike = sum(_address(one) == mine for one in self.connections)
        if len(self.connections) > self.most or alike > self.most_of_one:
            transport.abort()
            return
        self._waiting = self.loop.call_later(PATIENCE, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; from the first byte of a request on, the rest is waited for."""
        super().data_received(data)
        if self.transport.get_protocol() is not self:
            return  # it is a websocket now
        state, (rest, _) = self.conn.their_state, self.conn.trailing_data
        if state not in (h11.IDLE, h11.SEND_BODY) or (state is h11.IDLE and not rest):
            self._wait_no_more()
        elif self._waiting is None and not self.transport.is_closing():
            self._waiting = self.loop.call_later(PATIENCE, self.transport.abort)

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Hand the connection over."""
        self._wait_no_more()
        super().handle_websocket_upgrade(event)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def connection_for(pages: int) -> type[BoundedConnection]:
    """What takes as many connections as so many open pages need."""
    most = OF_A_PAGE * max(pages, MOST_PAGES)
    return type("Connection", (BoundedConnection,), {"most": most, "most_of_one": most // 2})


def _address(connection: Any) -> str:
    client = getattr(connection, "client", None)
    return str(client[0]) if client else ""


SOON = 2.0  # seconds in which other pages may be closed, too

_lock = threading.Lock()
_pending = threading.Event()


def give_back(after: float = SOON) -> None:
    """Give back what nobody needs, once for all pages that are closed within a moment."""
    with _lock:
        if _pending.is_set():
            return
        _pending.set()
    thread = threading.Thread(target=_given_back, args=(after,), daemon=True, name="giving back")
    thread.current_context = None  # type: ignore[attr-defined] # solara's: it would keep the page
    thread.start()


def _given_back(after: float) -> None:
    time.sleep(after)
    _pending.clear()
    gc.collect()  # widgets of a page know each other
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # a C library that has no such thing
            ctypes.CDLL(None).malloc_trim(0)
