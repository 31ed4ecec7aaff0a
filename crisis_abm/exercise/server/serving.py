"""Starting the server of an exercise, on this machine unless told otherwise."""

from __future__ import annotations

import contextlib
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crisis_abm.exercise.server.keys import FACILITATOR, Keys
from crisis_abm.exercise.sitting import Sitting
from crisis_abm.web.address import PROXIES, listening, own_names, url
from crisis_abm.web.guard import LOOPBACK, WILDCARDS, names

if TYPE_CHECKING:
    import uvicorn

    from crisis_abm.exercise.server.hall import Hall

HOST, PORT = "127.0.0.1", 8766
PATIENCE = 2  # seconds that open pages are given when the server ends


@dataclass(frozen=True)
class Address:
    """Where an exercise is held.

    Attributes
    ----------
    base : str
        What players open.
    facilitator : str
        The facilitator's secret link.
    code : str
        The join code.
    is_open : bool
        Whether others than this machine can reach it.
    """

    base: str
    facilitator: str
    code: str
    is_open: bool


def serve(
    sitting: Sitting,
    host: str = HOST,
    port: int = PORT,
    browse: bool = True,
    *,
    rehearse: bool = False,
    allowed: Iterable[str] = (),
    base: str = "",
    announce: Callable[[Address], None] = lambda where: None,
) -> None:
    """Serve an exercise until Ctrl-C.

    Parameters
    ----------
    sitting : Sitting
    host, port
        Who listens to another address than 127.0.0.1 lets others in.
    browse : bool
        Whether to open the facilitator's page in a browser.
    rehearse : bool
        Whether bots sit at every seat.
    allowed, base
        Further names by which browsers may come; the address that they see before a proxy.
    announce : callable
        Told where it is when it listens.

    Raises
    ------
    CannotServe
        If it cannot listen there.
    LogError
        If keys cannot be stored.
    """
    with listening(host, port) as place:
        from crisis_abm.exercise.server.app import application
        from crisis_abm.exercise.server.hall import Hall

        port = place.getsockname()[1]
        machine = own_names() if host in WILDCARDS else []
        seen = base or url(machine[0] if machine else host, port).rstrip("/")
        here = base or url(HOST if host in WILDCARDS else host, port).rstrip("/")
        keys = Keys(sitting.folder, sitting.exercise.content.seats)
        hall = Hall(sitting, keys)
        key = keys.give(FACILITATOR, "facilitator")
        link = f"{here}/facilitate/enter?key={key}" + ("&rehearse=1" if rehearse else "")
        app = application(hall, names(host, allowed, base, machine), seen, base.startswith("https"))
        if rehearse:
            from crisis_abm.exercise.server.rehearsal import Rehearsal

            hall.beside.append(Rehearsal(hall).run)
        config = configured(app, base)
        try:
            with contextlib.suppress(KeyboardInterrupt):  # as soon as somebody knows of it
                announce(Address(seen, link, keys.code, host not in LOOPBACK))
                if browse:
                    threading.Timer(1.0, webbrowser.open, (link,)).start()
                server_of(config, hall).run(sockets=[place])
        finally:
            keys.close()


def configured(app: Any, base: str) -> uvicorn.Config:
    """How an application is served; with a `base`, where a request came from is the proxy's word.

    The limit on wrong PINs counts by that address: whoever could say it could try for ever.
    """
    import uvicorn

    return uvicorn.Config(
        app,
        log_level="warning",
        log_config=None,
        access_log=False,  # the facilitator's link would stand in it
        proxy_headers=bool(base),  # else whoever asks could say where from
        forwarded_allow_ips=PROXIES,  # else a variable of the environment could say whom to believe
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
    )


def server_of(config: uvicorn.Config, hall: Hall) -> uvicorn.Server:
    """A server that ends at once: the pages that follow are let go, and come back by themselves."""
    import uvicorn

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            hall.end()
            await super().shutdown(sockets)

    return Server(config)
