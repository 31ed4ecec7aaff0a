"""What browsers are told they may do with an answer: next to nothing."""

from __future__ import annotations

import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["SecurityHeaders", "nonce_of"]

NONCE = "crisis_abm.nonce"  # in the scope of a request
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
POLICY = {
    "default-src": "'none'",
    # Vue compiles its templates in the browser, and a widget's own module comes as a blob
    "script-src": "'self' 'nonce-{nonce}' 'unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' ws://{host} wss://{host}",  # older Safari: 'self' is no websocket
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}


class SecurityHeaders:
    """Says with every answer where it may be shown, and what it may load and run.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
                headers["Content-Security-Policy"] = "; ".join(
                    f"{what} {where.format(nonce=scope[NONCE], host=named)}"
                    for what, where in POLICY.items()
                    if named or "{host}" not in where
                )
            await send(message)

        await self.app(scope, receive, with_headers)


def nonce_of(connection: HTTPConnection) -> str:
    """What marks the scripts that stand in a page itself: no other of its text is run."""
    return str(connection.scope[NONCE])


def _is_plain(host: str) -> bool:
    signs = ".-:[]_"
    return host.isascii() and all(sign.isalnum() or sign in signs for sign in host)
