"""What the dashboard's server answers to: its pages, their parts, their messages, nothing else.

solara brings routes of its own. One of them removes folders of the installation, others tell
strangers about the server, and all believe whatever a request says about where the server stands.
None of them is reachable here: what is served is this list.

Messages of a page are those of the Jupyter messaging protocol: JSON, or in binary the number of
parts, where each of them begins, and the parts, the first of which is JSON. The libraries below
believe what they are told there: a frame of the four bytes ``7f ff ff ff`` is taken for two
thousand million parts. So they are looked at before anything is done for them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import struct
import time
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from solara.lab import on_kernel_start
from solara.server import kernel_context, server
from solara.server import settings as solara_settings
from solara.server import starlette as solara_starlette
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from crisis_abm.dashboard.server import MOST_PAGES
from crisis_abm.dashboard.server.visitors import Pages, give_back, remember, visitor_of
from crisis_abm.dashboard.state.view import page_at
from crisis_abm.web.guard import Names, OwnPagesOnly, SecurityHeaders, nonce_of

logger = logging.getLogger(__name__)

CLOSED = ("/_solara", "/jupyter", "/static")  # beneath them nothing is a page
FULL = """<!doctype html><html lang="en-GB"><meta charset="utf-8"><title>crisis_abm</title>
<h1>Too many pages are open</h1><p>This server has no room for another page at the moment. Close
pages that you do not need and load this one again. Whoever runs it can allow more:
<code>crisis-abm dashboard --pages N</code>.</p></html>"""
LARGEST = 4 * 2**20  # bytes of a whole message; an upload comes in parts of a quarter of that
MOST_JSON = 2**20  # bytes
MOST_PARTS = 16
AT_ONCE, A_SECOND = 1000, 100  # messages of one page: it asks for its many widgets when it begins
LONGEST_NAME = 200
CHANNELS = {"shell", "control", "iopub", "stdin"}
COMMS = {"comm_open", "comm_msg", "comm_close"}
KINDS = COMMS | {"comm_info_request", "kernel_info_request", "shutdown_request"}
OPENED = {"solara.control", "jupyter.widget.control"}  # widgets are made here, never by a page
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
_NAME = re.compile(r"[0-9A-Za-z-]{16,64}")
_SCRIPT = re.compile(r"<script(?=[\s>])")


def application(names: Names, most_pages: int = MOST_PAGES) -> Starlette:
    """The dashboard as an ASGI application, of so many open pages at the most."""
    on_kernel_start(lambda: give_back)  # what a page calls when it ends
    return Starlette(
        routes=_routes(names, Pages(most_pages)),
        middleware=_middleware(names),
        lifespan=solara_starlette.lifespan,
    )


def guard(app: Starlette, names: Names) -> None:
    """Make an application of solara's that one: `solara run` has started it already."""
    app.router.routes[:] = _routes(names, Pages())
    app.user_middleware[:] = _middleware(names)
    app.middleware_stack = app.build_middleware_stack()


def assets_folder() -> Path:
    """Where the scripts and styles of every page are installed."""
    return Path(solara_settings.assets.proxy_cache_dir)


def _middleware(names: Names) -> list[Middleware]:
    return [
        Middleware(AtRoot),
        Middleware(SecurityHeaders, policy=POLICY),
        Middleware(OwnPagesOnly, names=names, what="dashboard", command="crisis-abm dashboard"),
        Middleware(solara_starlette.SolaraGZipMiddleware, minimum_size=1000),
    ]


def _routes(names: Names, pages: Pages) -> list[BaseRoute]:
    own = server.solara_static.parent / "assets"
    secure = names.base.startswith("https:")
    return [
        Mount("/_solara/cdn", Assets(directory=assets_folder(), check_dir=False)),
        Mount("/static/assets", solara_starlette.StaticFilesOptionalAuth(directory=own)),
        Mount("/jupyter/nbextensions", Extensions()),
        Route("/_solara/api/close/{kernel}", partial(_close, pages), methods=["POST"]),
        Route("/jupyter/api/kernels/{kernel_id}", _kernel, methods=["GET"]),
        WebSocketRoute("/jupyter/api/kernels/{kernel_id}/channels", Channel(pages)),
        Route("/{path:path}", partial(_page, pages, secure), methods=["GET", "HEAD"]),
    ]


async def _kernel(request: Request) -> Response:
    """What a page asks before it connects again: the same of every name, there or not."""
    kernel = request.path_params["kernel_id"]
    if not _NAME.fullmatch(kernel):
        return PlainTextResponse("There is nothing here.\n", 404)
    return JSONResponse({"id": kernel, "name": "crisis_abm"})


class AtRoot:
    """Says that the server stands at the root of its address, whatever a request says about it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does."""
        await self.app({**scope, "root_path": ""}, receive, send)


class Assets(solara_starlette.StaticCdn):
    """Installed scripts and styles, as they are.

    solara's own fetches what is not there, and takes a folder for the remains of an older version.
    """

    lookup_path = StaticFiles.lookup_path


class Extensions(solara_starlette.StaticNbFiles):
    """The scripts of widgets that pages load, and nothing else of the folders where they lie."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """As in `StaticFiles`."""
        first = Path(path).parts[:1]
        known = {name.split("/")[0] for name in server.get_nbextension_names()}
        return super().lookup_path(path) if first and first[0] in known else ("", None)


async def _page(pages: Pages, secure: bool, request: Request) -> Response:
    """A page as it is before anything is in it; 404 comes with the page that says so."""
    path = "/" + request.path_params["path"].strip("/")
    if path.startswith(CLOSED):
        return PlainTextResponse("There is nothing here.\n", 404)
    visitor = visitor_of(request.cookies)
    if not pages.has_room(visitor, _address(request.scope)):
        return HTMLResponse(FULL, 503, {"Retry-After": "60", "Cache-Control": "no-store"})
    text = server.read_root(path)
    assert text is not None  # every path has a page
    marked = _SCRIPT.sub(f'<script nonce="{nonce_of(request)}"', text)
    status = 200 if page_at(path) else 404
    response = HTMLResponse(marked, status, {"Cache-Control": "no-store"})
    remember(response, visitor, secure)
    return response


async def _close(pages: Pages, request: Request) -> Response:
    """Take note that a visitor has closed a page of their own."""
    kernel, page = request.path_params["kernel"], request.query_params.get("session_id", "")
    context = kernel_context.contexts.get(kernel)
    visitor = visitor_of(request.cookies)
    known = context is not None and visitor is not None and context.session_id == visitor
    if known and page in context.page_status:
        await anyio.to_thread.run_sync(context.page_close, page)
        pages.close(kernel)
    return Response(status_code=200 if known else 404)


class Channel:
    """The connection of an open page: for who has loaded one, sound messages, in bounds."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a page until it goes."""
        asked = WebSocket(scope, receive, send)
        visitor, kernel = visitor_of(asked.cookies), asked.path_params["kernel_id"]
        named = all(map(_NAME.fullmatch, (kernel, asked.query_params.get("session_id", ""))))
        if visitor is None or not named:
            await send({"type": "websocket.close", "code": 1008})
            return
        place = await self.pages.enter(kernel, visitor, _address(scope))
        if place is None:
            logger.info("refused: no room for another page")
            await send({"type": "websocket.close", "code": 1013})
            return
        try:
            await _serve_page(scope, receive, send)
        except Exception:
            logger.exception("a page's connection failed")
        finally:
            await self.pages.leave(place)


async def _serve_page(scope: Scope, receive: Receive, send: Send) -> None:
    """Let solara serve a page, which hears nothing but sound messages."""
    broken = False
    pace = Pace()

    async def heard() -> Message:
        nonlocal broken
        message = await receive()
        await asyncio.sleep(pace.wait(time.monotonic()))
        if message["type"] != "websocket.receive" or is_sound(_content(message)):
            return message
        logger.info("a connection was ended: it sent what no page of the dashboard sends")
        broken = True
        return {"type": "websocket.disconnect", "code": 1008}

    async def told(message: Message) -> None:
        if broken and message["type"] == "websocket.close":
            message = {**message, "code": 1008}
        await send(message)

    await solara_starlette.kernel_connection(WebSocket(scope, heard, told))


def _content(message: Message) -> str | bytes:
    text = message.get("text")
    found: str | bytes = message.get("bytes") or b"" if text is None else text
    return found


def _address(scope: Scope) -> str:
    client: Any = scope.get("client") or ("", 0)
    return str(client[0])


class Pace:
    """How fast one page may send: what comes faster waits, and so does whoever sends it."""

    def __init__(self) -> None:
        self._left, self._last = float(AT_ONCE), 0.0

    def wait(self, now: float) -> float:
        """Seconds that a message is to wait which came at `now`, seconds."""
        passed, self._last = max(0.0, now - self._last), now
        self._left = min(float(AT_ONCE), self._left + passed * A_SECOND) - 1.0
        return max(0.0, -self._left / A_SECOND)


def is_sound(message: str | bytes) -> bool:
    """Whether a message is one that a page of the dashboard may send."""
    text = message if isinstance(message, str) else _json_of(message)
    if text is None or len(text) > MOST_JSON:
        return False
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and _is_message(told)


def _is_message(told: dict[str, Any]) -> bool:
    header, content = told.get("header"), told.get("content")
    if not (isinstance(header, dict) and isinstance(content, dict)):
        return False
    if any(not isinstance(told.get(part, {}), dict) for part in ("parent_header", "metadata")):
        return False
    kind = header.get("msg_type")
    if not (_is_one_of(kind, KINDS) and _is_one_of(told.get("channel"), CHANNELS)):
        return False
    if kind in COMMS:
        comm = content.get("comm_id")
        if not (isinstance(comm, str) and len(comm) <= LONGEST_NAME):
            return False
        if not isinstance(content.get("data", {}), dict):
            return False
    return kind != "comm_open" or _is_one_of(content.get("target_name"), OPENED)


def _is_one_of(value: Any, names: set[str]) -> bool:
    return isinstance(value, str) and value in names


def _json_of(message: bytes) -> bytes | None:
    """The first part of a binary message; None if the parts are not where it says."""
    if not 4 <= len(message) <= LARGEST:
        return None
    (count,) = struct.unpack_from("!I", message)
    if not 1 <= count <= MOST_PARTS or len(message) < 4 * (count + 1):
        return None
    starts = struct.unpack_from(f"!{count}I", message, 4)
    ends = (*starts[1:], len(message))
    if starts[0] != 4 * (count + 1) or any(a > b for a, b in zip(starts, ends, strict=True)):
        return None
    return message[starts[0] : ends[0]]
