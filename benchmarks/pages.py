"""Memory of the dashboard's server: with so many pages open, and after they are closed.

    python -m benchmarks.pages [PAGES [ROUNDS]]

Pages are opened as a browser does, without one: each has its widgets made and runs the comparison
of 30 crises that a visitor sees first.
"""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
from websockets.sync.client import connect

from tests.dashboard.server import Server

__all__ = ["measured"]

PATH = "/?scenario=local_shock"
SETTLED = 8.0  # seconds after the last page was opened or closed


def _message(kind: str, content: dict[str, Any]) -> str:
    header = {"msg_type": kind, "msg_id": secrets.token_hex(8), "session": "s", "username": ""}
    parts = {"parent_header": {}, "metadata": {}, "channel": "shell", "buffers": []}
    return json.dumps({"header": {**header, "version": "5.2"}, "content": content, **parts})


@contextmanager
def _page(server: Server, cookie: str) -> Iterator[None]:
    """A page that is open, and closed as a browser closes it."""
    kernel, page = secrets.token_hex(16), secrets.token_hex(16)
    address = (
        f"ws://127.0.0.1:{server.port}/jupyter/api/kernels/{kernel}/channels?session_id={page}"
    )
    headers = {"Cookie": cookie}
    with connect(address, origin=server.url, additional_headers=headers, max_size=None) as channel:
        opened = {"comm_id": "control", "target_name": "solara.control", "data": {}}
        channel.send(_message("comm_open", opened))
        shown = {"path": PATH, "themes": {"light": {}, "dark": {}}, "dark": False}
        data = {"method": "run", "args": shown}
        channel.send(_message("comm_msg", {"comm_id": "control", "data": data}))
        ready = threading.Event()

        def read() -> None:
            for message in channel:
                if isinstance(message, str) and '"finished"' in message:
                    ready.set()

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        ready.wait(120)
        yield
        server.ask(f"/_solara/api/close/{kernel}?session_id={page}", headers, "POST")
    reader.join()


def measured(pages: int = 50, rounds: int = 2) -> Iterator[tuple[str, float]]:
    """What was done, and megabytes of the server's process after it."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        server.more = ["--pages", str(2 * pages)]
        server.start()
        try:
            process = psutil.Process(server.process.pid if server.process else 0)
            cookie = (server.ask("/")[0].getheader("Set-Cookie") or "").partition(";")[0]
            with _page(server, cookie):  # loads what every page needs
                time.sleep(SETTLED)
            time.sleep(SETTLED)
            yield "after the first page", process.memory_info().rss / 1e6
            for _ in range(rounds):
                with ExitStack() as stack:
                    for _ in range(pages):
                        stack.enter_context(_page(server, cookie))
                    time.sleep(SETTLED)
                    yield f"with {pages} pages open", process.memory_info().rss / 1e6
                time.sleep(SETTLED)
                yield "after they were closed", process.memory_info().rss / 1e6
        finally:
            server.stop()


if __name__ == "__main__":
    for what, size in measured(*map(int, sys.argv[1:3])):
        print(f"{what:<26}{size:8.0f} MB", flush=True)
