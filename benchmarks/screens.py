"""Screens of an exercise without browsers: each follows its page, and asks for it anew when told.

They do what `exercise.js` does: listen to what the server says of changes, fetch the page when the
number is another one, one request at a time, once more if it changed meanwhile. What a browser does
with the page then (drawing it) is not in it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

__all__ = ["Screen", "Visitor"]


@dataclass
class Visitor:
    """A connection that is kept open, with the cookie that was given; one request at a time.

    Attributes
    ----------
    host : str
    port : int
    cookie : str
        As it is sent.
    """

    host: str
    port: int
    cookie: str = ""
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def ask(
        self, path: str, fields: Mapping[str, object] | None = None
    ) -> tuple[int, str, str]:
        """Status, text and where to go on of an answer; with fields they are sent as a form is."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self.host, self.port)
        assert self._reader is not None
        body = b"" if fields is None else urlencode(fields, doseq=True).encode()
        self._writer.write(self._head("GET" if fields is None else "POST", path, body) + body)
        status, headers = await answered(self._reader)
        text = (await self._reader.readexactly(int(headers.get("content-length", 0)))).decode()
        if "set-cookie" in headers:
            self.cookie = headers["set-cookie"].partition(";")[0]
        return status, text, headers.get("location", "")

    async def follow(self, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """What the server says of changes, from a connection of its own."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(self._head("GET", path, b""))
        status, _ = await answered(reader)
        if status != 200:
            raise RuntimeError(f"{path}: answered {status}")
        return reader, writer

    def close(self) -> None:
        """Let go of the connection."""
        if self._writer is not None:
            self._writer.close()

    def _head(self, method: str, path: str, body: bytes) -> bytes:
        place = f"{self.host}:{self.port}"
        lines = [f"{method} {path} HTTP/1.1", f"Host: {place}", f"Content-Length: {len(body)}"]
        if self.cookie:
            lines.append(f"Cookie: {self.cookie}")
        if method == "POST":
            lines += [f"Origin: http://{place}", "Content-Type: application/x-www-form-urlencoded"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def answered(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Status and headers of what comes next on a connection."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = (line.partition(":") for line in lines[1:] if line)
    return int(lines[0].split()[1]), {name.lower(): value.strip() for name, _, value in headers}


@dataclass
class Screen:
    """A page that is open, and follows by itself.

    Attributes
    ----------
    visitor : Visitor
    page, live : str
        Where the page is, and where the server says that it changed.
    text : str
        The page as it was fetched last.
    fetched : int
        How often it was fetched.
    told : list of float
        When it was told of a change, as `time.perf_counter` has it.
    """

    visitor: Visitor
    page: str
    live: str
    text: str = ""
    fetched: int = 0
    told: list[float] = field(default_factory=list)
    _marks: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        """Fetch it for the first time, and follow."""
        await self._fetch()
        reader, self._writer = await self.visitor.follow(self.live)
        self._tasks = [
            asyncio.create_task(self._listen(reader)),
            asyncio.create_task(self._refresh()),
        ]

    def shows(self, mark: str) -> asyncio.Future[float]:
        """When a text stands on it that does not yet, as `time.perf_counter` has it."""
        return self._marks.setdefault(mark, asyncio.get_running_loop().create_future())

    def close(self) -> None:
        """Close it."""
        for task in self._tasks:
            task.cancel()
        if self._writer is not None:
            self._writer.close()
        self.visitor.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        seen = ""
        while line := await reader.readline():
            if line.startswith(b"data: "):
                version = line[6:].strip().decode()
                if version != seen:  # else nothing is new
                    seen = version
                    self.told.append(time.perf_counter())
                    self._wanted.set()

    async def _refresh(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self._fetch()

    async def _fetch(self) -> None:
        status, self.text, _ = await self.visitor.ask(self.page)
        if status != 200:
            raise RuntimeError(f"{self.page}: answered {status}")
        self.fetched += 1
        now = time.perf_counter()
        for mark, future in self._marks.items():
            if not future.done() and mark in self.text:
                future.set_result(now)
