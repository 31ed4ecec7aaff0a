"""Where a server of ours listens, and by which names browsers may come to it."""

from __future__ import annotations

import ipaddress
import re
import socket
import sys
from collections.abc import Iterable

from crisis_abm.web.guard import PORTS, parts_of

BACKLOG = 128  # connections that wait to be taken
PROXIES = ["127.0.0.1", "::1", "::ffff:127.0.0.1"]
"""Proxies that are believed where a request came from, if there is one: those of this machine."""
_NAME = re.compile(r"[\w.-]*\w\.?")  # of a machine, in any letters


class CannotServe(RuntimeError):
    """What was asked for cannot be served so; the message is one line."""


def own_names() -> list[str]:
    """What this machine is called in its network; asking may take seconds where there is none."""
    name = socket.gethostname()
    return [name, f"{name.partition('.')[0]}.local", socket.getfqdn()]


def url(host: str, port: int) -> str:
    """The address of a server, as a browser wants it."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens, at an address of either kind.

    Raises
    ------
    CannotServe
        If it cannot listen there.
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        found = socket.socket(family, kind, protocol)
        try:
            if sys.platform == "win32":  # there SO_REUSEADDR would share a port that is taken
                found.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(place)
            found.listen(BACKLOG)
            return found
        except BaseException:
            found.close()
            raise
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotServe(
            f"{url(host, port)} cannot be listened at ({reason}); "
            "choose another port with --port, or another --host"
        ) from None


def checked_base(base: str) -> str:
    """The address that visitors see, without a slash at its end.

    Raises
    ------
    CannotServe
        If it is none.
    """
    found = parts_of(base)
    plain = (
        found is not None
        and found.scheme in PORTS
        and found.hostname
        and not (found.path.strip("/") or found.query or found.fragment)
    )
    if base and not plain:
        raise CannotServe(
            f"--base-url {base}: is no address of a server; write it like https://name, "
            "since pages need a name of their own, not a path beneath another's"
        )
    return base.rstrip("/")


def checked_names(allowed: Iterable[str]) -> list[str]:
    """Names and addresses by which browsers may come.

    Raises
    ------
    CannotServe
        If one is none, so that no browser would ever come by it.
    """
    found = list(allowed)
    for name in found:
        if _NAME.fullmatch(name):
            continue
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            raise CannotServe(
                f"--allow-host {name}: is no name of a machine; write it like planning.example, "
                "without http:// in front and without a port"
            ) from None
    return found
