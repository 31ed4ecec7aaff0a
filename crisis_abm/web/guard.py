"""Who may talk to a server, browsers that came by a name of its own; headers of answers.

A web page may ask any address for anything. What tells a page of the server from one of
somebody else's are headers that no script can set: `Host` (the name that the browser went by, which
for a name that was pointed to this machine behind the visitor's back is a stranger's), `Origin` and
`Sec-Fetch-Site` (whose page it is that asks).
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

LOOPBACK = ("127.0.0.1", "localhost", "::1")
WILDCARDS = ("", "0.0.0.0", "::")
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Names:
    """What a server goes by: names and addresses without a port, in lower case.

    With `addresses`, each address of this machine is one of them. `base` is the address that
    visitors see where a proxy stands in front, else empty.
    """

    hosts: frozenset[str]
    addresses: bool = False
    base: str = ""


def names(
    host: str, allowed: Iterable[str] = (), base: str = "", machine: Iterable[str] = ()
) -> Names:
    """What a server goes by that listens at `host`, by which names it was told, or as `base` says.

    What this `machine` calls itself counts where the server listens at all its addresses.
    """
    known = {*LOOPBACK, host, *allowed, urlsplit(base).hostname or ""}
    if host in WILDCARDS:
        known |= set(machine)
    found = frozenset(_plain(name) for name in known if name)
    return Names(found, host in WILDCARDS, base)


class OwnPagesOnly:
    """Answers 403 to what was asked for by another name, or by a page of somebody else's.

    Links that lead here from elsewhere may be followed. Messages call the server `what`; `command`
    starts it.
    """

    def __init__(self, app: ASGIApp, names: Names, what: str, command: str) -> None:
        self.app, self.names, self.what, self.command = app, names, what, command

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self.app(scope, receive, send)
            return
        logger.info("refused: %s", refusal)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(f"{refusal}\n", 403)(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")  # of several nobody knows which was meant
        host = parts_of(f"//{hosts[0]}") if len(hosts) == 1 else None
        if host is None or not self._served(host.hostname or "", scope):
            return (
                f"The {self.what} is not served under this name. Whoever runs it can allow it: "
                f"{self.command} --allow-host NAME"
            )
        told = headers.getlist("origin")
        if any(not self._own(origin, host) for origin in told):
            return f"This was asked for by a page that is not the {self.what}'s."
        if scope["type"] == "websocket":  # a browser always says whose page opens one
            return None if told else f"Only a page of the {self.what} may open this."
        if headers.get("sec-fetch-site", "none") in ("none", "same-origin") or _follows_link(
            scope, headers
        ):
            return None
        return f"This was asked for by a page that is not the {self.what}'s."

    def _served(self, name: str, scope: Scope) -> bool:
        if _plain(name) in self.names.hosts:
            return True
        server: Any = scope.get("server") or ("", 0)
        return self.names.addresses and bool(name) and _plain(name) == _plain(str(server[0]))

    def _own(self, origin: str, host: SplitResult) -> bool:
        asked = parts_of(origin)
        if asked is None or asked.scheme not in PORTS or not asked.hostname:
            return False
        base = parts_of(self.names.base)
        if base is not None and base.hostname:
            if _site(asked) == _site(base):
                return asked.scheme == base.scheme
            if _site(host._replace(scheme=base.scheme)) == _site(base):
                return False  # the proxy passed its name on: http may be anybody's on the way
        here = host._replace(scheme=asked.scheme)  # a proxy may speak https for us
        return _site(asked) == _site(here)


def _follows_link(scope: Scope, headers: Headers) -> bool:
    """Whether a visitor goes to a page, in a window of its own."""
    return (
        scope["method"] in ("GET", "HEAD")
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
        and "sec-purpose" not in headers  # fetched in advance, which nobody asked for
    )


def parts_of(address: str) -> SplitResult | None:
    """An address taken apart; None if it is none, or names a user."""
    try:
        found = urlsplit(address)
        _ = found.port
    except ValueError:
        return None
    return None if "@" in found.netloc else found


def _site(address: SplitResult) -> tuple[str, int]:
    return _plain(address.hostname or ""), address.port or PORTS[address.scheme]


def _plain(name: str) -> str:
    """A name as it is compared: an address of IPv6 may be written in many ways, letters in two."""
    name = name.strip("[]").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        with contextlib.suppress(UnicodeError):
            return name.encode("idna").decode()  # as browsers write it
        return name
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


NONCE = "crisis_abm.nonce"  # in the scope of a request
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """Says with every answer where it may be shown, and what it may load and run.

    That is `policy`, directives of a content security policy by name, in which ``{nonce}`` is the
    request's own and ``{host}`` the name that the browser came by. An answer may say its own.
    """

    def __init__(self, app: ASGIApp, policy: Mapping[str, str]) -> None:
        self.app, self.policy = app, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with the headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope[NONCE] = secrets.token_urlsafe(16)
        host = HTTPConnection(scope).headers.get("host", "")
        named = host if _is_plain(host) else ""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                framed = self.policy["frame-ancestors"] != "'none'"
                headers["X-Frame-Options"] = "SAMEORIGIN" if framed else "DENY"
                own = "; ".join(
                    f"{what} {where.format(nonce=scope[NONCE], host=named)}"
                    for what, where in self.policy.items()
                    if named or "{host}" not in where
                )
                headers.setdefault("Content-Security-Policy", own)
            await send(message)

        await self.app(scope, receive, with_headers)


def nonce_of(connection: HTTPConnection) -> str:
    """What marks the scripts that stand in a page itself: no other of its text is run."""
    return str(connection.scope[NONCE])


def _is_plain(host: str) -> bool:
    signs = ".-:[]_"
    return host.isascii() and all(sign.isalnum() or sign in signs for sign in host)
