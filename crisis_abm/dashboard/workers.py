"""Worker processes that all pages share: nobody's long run freezes another's page.

A cab rank, and beside it one for lorries: whoever has short work takes the next free cab. Runs of
very large scenarios have processes of their own, which give way to the others and are sent home
when nobody has asked them anything for a while, for they hold a gigabyte each.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from crisis_abm.runs import Prepared, WorkerLost
from crisis_abm.runs.processes import start_processes, stop_processes, workers_available
from crisis_abm.scenario import Scenario

__all__ = ["GIVING_WAY", "Workers", "is_long"]

LONG = 1_000_000  # organisations times ticks from which a run takes half a second or more
MOST_KEPT = 4  # scenarios that a process keeps compiled; of long ones a single one
GIVING_WAY = 10  # of 19: short questions of others come first
IDLE = 60.0  # seconds after which processes for long runs end
PATIENCE = 0.1  # seconds between two looks whether an answer is still wanted
TRIES = 3
LOST = "The processes that work it out end without an answer (killed, or out of memory)."
Task = Callable[[Prepared, Any], Any]


def is_long(scenario: Scenario) -> bool:
    """Whether a run takes so long that others should not have to wait for its end."""
    return sum(scenario.census().values()) * scenario.time.steps >= LONG


class Workers:
    """Processes that answer ``function(prepared, task)`` for any scenario.

    Parameters
    ----------
    count : int, optional
        For short runs, and again for long ones; one a core, two at least.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = max(2, count or workers_available())
        self._short = _Rank(self.count, MOST_KEPT)
        self._long = _Rank(self.count, 1, GIVING_WAY, IDLE)

    def submit(self, function: Task, scenario: Scenario, task: Any) -> Future[Any]:
        """Have a task done; `function` is module-level.

        The future raises BrokenProcessPool if the process dies; the next call finds new ones.
        """
        rank = self._long if is_long(scenario) else self._short
        return rank.submit(function, scenario, task)

    def ask(
        self,
        function: Task,
        scenario: Scenario,
        task: Any,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Any:
        """Have a task done and wait for it, trying again if a process dies.

        Parameters
        ----------
        function, scenario, task
            As in `submit`; whatever `function` raises is raised here.
        wanted : callable
            Asked now and then; when it says no, the answer is None.

        Raises
        ------
        WorkerLost
            If processes die over it again and again.
        """
        for _ in range(TRIES):
            future = self.submit(function, scenario, task)
            try:
                while not future.done():
                    if not wanted():
                        future.cancel()
                        return None
                    try:
                        future.exception(PATIENCE)
                    except NotYet:
                        continue
                return future.result()
            except BrokenProcessPool:
                continue
        raise WorkerLost(LOST)

    def warm(self, scenario: Scenario) -> None:
        """Start the processes, and have them load what they need to run."""
        for replicate in range(self.count):
            self.submit(_warmed, scenario, replicate)

    def stop(self) -> None:
        """End the processes, work in hand included."""
        self._short.stop()
        self._long.stop()


class _Rank:
    """Processes of one sort: started when they are asked, ended when they were idle for long."""

    def __init__(self, count: int, kept: int, nice: int = 0, idle: float | None = None) -> None:
        self._count, self._kept, self._nice, self._idle = count, kept, nice, idle
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()
        self._sent: OrderedDict[str, bytes] = OrderedDict()
        self._under_way = 0
        self._leaving: threading.Timer | None = None

    def submit(self, function: Task, scenario: Scenario, task: Any) -> Future[Any]:
        key, blob = scenario.fingerprint(), self._packed(scenario)
        pool = self._there()
        try:
            future = pool.submit(_answer, function, key, blob, task)
        except (BrokenProcessPool, RuntimeError):
            self._drop(pool)
            future = self._there().submit(_answer, function, key, blob, task)
        if self._idle is not None:
            self._stay()
            future.add_done_callback(self._may_leave)
        return future

    def stop(self) -> None:
        with self._lock:
            pool, self._pool = self._pool, None
            self._sent.clear()
            if self._leaving is not None:
                self._leaving.cancel()
        if pool is not None:
            stop_processes(pool)

    def _there(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = start_processes(_begin, (self._kept, self._nice), self._count)
            return self._pool

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.shutdown(wait=False, cancel_futures=True)

    def _stay(self) -> None:
        with self._lock:
            self._under_way += 1
            if self._leaving is not None:
                self._leaving.cancel()

    def _may_leave(self, _: Future[Any]) -> None:
        with self._lock:
            self._under_way -= 1
            if self._under_way or self._idle is None:
                return
            self._leaving = threading.Timer(self._idle, self._leave)
            self._leaving.daemon = True
            self._leaving.start()

    def _leave(self) -> None:
        with self._lock:
            if self._under_way:
                return
        self.stop()

    def _packed(self, scenario: Scenario) -> bytes:
        key = scenario.fingerprint()
        with self._lock:
            if key not in self._sent:
                self._sent[key] = pickle.dumps(scenario)
            self._sent.move_to_end(key)
            while len(self._sent) > self._kept:
                self._sent.popitem(last=False)
            return self._sent[key]


_scenarios: OrderedDict[str, Prepared] = OrderedDict()  # of this worker process
_most = MOST_KEPT


def _begin(how: tuple[int, int]) -> None:
    global _most
    _most, nice = how
    if nice and hasattr(os, "nice"):
        os.nice(nice)


def _answer(function: Task, key: str, blob: bytes, task: Any) -> Any:
    if key not in _scenarios:
        while len(_scenarios) >= _most:  # before another is made: two large ones may not fit
            _scenarios.popitem(last=False)
        _scenarios[key] = Prepared(pickle.loads(blob))
    _scenarios.move_to_end(key)
    return function(_scenarios[key], task)


def _warmed(prepared: Prepared, replicate: int) -> None:
    from crisis_abm.runs.comparison import replicate_under

    replicate_under(prepared, (replicate, 0, ("siloed", "reciprocal")))
