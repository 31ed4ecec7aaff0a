"""Connections of browsers, and for how long and how many of them the server waits.

uvicorn waits for ever for a request that does not come, and takes as many as come.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from crisis_abm.dashboard.serving import PAGES

__all__ = ["BoundedConnection", "connection_for"]

PATIENCE = 20.0  # seconds for a request to be all there
OF_A_PAGE = 6  # connections: its own, and those by which it is loaded


class BoundedConnection(H11Protocol):
    """A connection that is closed if no whole request comes in time, or there are too many.

    Attributes
    ----------
    most, most_of_one : int
        How many there may be, of all browsers and of one address (a proxy is one, too).
    """

    most = OF_A_PAGE * PAGES
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
    most = OF_A_PAGE * max(pages, PAGES)
    return type("Connection", (BoundedConnection,), {"most": most, "most_of_one": most // 2})


def _address(connection: Any) -> str:
    client = getattr(connection, "client", None)
    return str(client[0]) if client else ""
