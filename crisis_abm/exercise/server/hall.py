"""A sitting as many people see it at once: who is here, what changed, what went wrong."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import anyio

from crisis_abm.exercise.log import LogError
from crisis_abm.exercise.server.evaluation import Evaluation
from crisis_abm.exercise.server.keys import Keys, Pass
from crisis_abm.exercise.sitting import Refused, Sitting

logger = logging.getLogger(__name__)

T = TypeVar("T")
SECOND = 1.0
APART = 0.2  # seconds between two messages to a page: of much at once it is told once
HEARTBEAT = 15.0  # seconds after which a page is told that there is nothing new


class Hall:
    """A sitting and those who look at it.

    Parameters
    ----------
    sitting : Sitting
    keys : Keys

    Attributes
    ----------
    trouble : str
        What could not be stored, and why, until something is stored again; else empty.
    beside : list of callable
        What goes on beside, for as long as the server runs: clocks, and bots if there are any.
    """

    def __init__(self, sitting: Sitting, keys: Keys) -> None:
        self.sitting, self.keys = sitting, keys
        self.trouble = ""
        self._version = 0
        self._ended = False
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._here: Counter[Pass] = Counter()
        self._last: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._evaluation = Evaluation(sitting, self.changed)
        self.beside: list[Callable[[], Coroutine[Any, Any, None]]] = [self.keep_time]

    @property
    def evaluation(self) -> Evaluation:
        """What was expected and what objectives came to, as far as it is worked out."""
        return self._evaluation

    # ------------------------------------------------------------------ who is here

    @contextmanager
    def present(self, who: Pass) -> Iterator[None]:
        """While a page of somebody's is open."""
        self._here[who] += 1
        self.changed()
        try:
            yield
        finally:
            self._here[who] -= 1
            if not self._here[who]:
                del self._here[who]
            self.changed()

    def here(self, role: str) -> list[str]:
        """The names of those who have a page of a seat open."""
        return sorted({one.person for one in list(self._here) if one.role == role})

    def last_action(self, role: str) -> datetime | None:
        """When somebody at a seat last did something."""
        return self._last.get(role)

    # ------------------------------------------------------------------ what is done

    async def do(self, who: Pass, act: Callable[[Sitting], T]) -> T:
        """Let somebody do something with the sitting, in a thread of its own; all pages are told.

        Raises
        ------
        Refused
            If it cannot be done, or could not be stored: then it counts as not done.
        """

        def work() -> T:
            try:
                made = act(self.sitting)
                self.sitting.watched()  # once, before thirty pages ask for it
                self._evaluation.begin()
                return made
            except LogError as error:
                logger.error("%s", error)
                self.trouble = str(error)
                raise Refused(
                    "This could not be stored, so it does not count. The facilitator is told."
                ) from None

        try:
            made = await anyio.to_thread.run_sync(work)
            self.trouble = ""
            self._last[who.role] = datetime.now(UTC)
            return made
        finally:
            self.changed()

    async def keep_time(self) -> None:
        """Send injects as their moments come, for as long as the server runs."""
        self._loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SECOND)
            try:
                sent = await anyio.to_thread.run_sync(self.sitting.on_time, datetime.now(UTC))
            except LogError as error:
                logger.error("%s", error)
                if self.trouble != str(error):
                    self.trouble = str(error)
                    self.changed()
                continue
            except Refused as error:  # an effect that cannot be any more: sent by hand it is told
                logger.warning("an inject was not sent: %s", error)
                continue
            except Exception:  # the clock goes on, whatever else is wrong
                logger.exception("injects could not be looked at")
                continue
            if sent:
                self._evaluation.begin()
                self.changed()

    # ------------------------------------------------------------------ what changed

    @property
    def version(self) -> int:
        """A number that grows with every change."""
        return self._version

    def changed(self) -> None:
        """Tell every page that something is new."""
        with self._lock:
            self._version += 1
            before, self._changed = self._changed, asyncio.Event()
        if self._loop is None or self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(before.set)

    def end(self) -> None:
        """Let go of the pages that follow: the server ends."""
        self._ended = True
        self.changed()

    async def versions(self, who: Pass) -> AsyncIterator[int]:
        """The number of the last change, whenever there is one, and now and then without."""
        self._loop = asyncio.get_running_loop()
        with self.present(who):
            while not self._ended:
                waiting = self._changed
                yield self._version
                await asyncio.sleep(APART)
                try:
                    await asyncio.wait_for(waiting.wait(), HEARTBEAT)
                except TimeoutError:
                    continue
