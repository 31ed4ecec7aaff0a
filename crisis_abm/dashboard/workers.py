"""Worker processes that all pages share: nobody's long run freezes another's page.

A cab rank: whoever has work takes the next free one. A page that asks for many replicates keeps
only a few under way at a time, so that the short questions of others come in between; one whose
replicates are long leaves one process to the others.
"""

from __future__ import annotations

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from crisis_abm.runs import Prepared
from crisis_abm.runs.pool import start_processes, stop_processes, workers_available
from crisis_abm.scenario import Scenario

__all__ = ["Workers"]

MOST_KEPT = 4  # scenarios that a process keeps compiled
Task = Callable[[Prepared, Any], Any]


class Workers:
    """Processes that answer ``function(prepared, task)`` for any scenario.

    Parameters
    ----------
    count : int, optional
        One a core, two at least.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = max(2, count or workers_available())
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()
        self._sent: OrderedDict[str, bytes] = OrderedDict()

    def submit(self, function: Task, scenario: Scenario, task: Any) -> Future[Any]:
        """Have a task done; `function` is module-level.

        The future raises BrokenProcessPool if the process dies; the next call finds new ones.
        """
        blob = self._packed(scenario)
        pool = self._there()
        try:
            return pool.submit(_answer, function, scenario.fingerprint(), blob, task)
        except (BrokenProcessPool, RuntimeError):
            self._drop(pool)
            return self._there().submit(_answer, function, scenario.fingerprint(), blob, task)

    def warm(self, scenario: Scenario) -> None:
        """Start the processes, and have them load what they need to run."""
        for replicate in range(self.count):
            self.submit(_warmed, scenario, replicate)

    def stop(self) -> None:
        """End the processes, work in hand included."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            stop_processes(pool)

    def _there(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = start_processes(_kept, MOST_KEPT, self.count)
            return self._pool

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.shutdown(wait=False, cancel_futures=True)

    def _packed(self, scenario: Scenario) -> bytes:
        key = scenario.fingerprint()
        with self._lock:
            if key not in self._sent:
                self._sent[key] = pickle.dumps(scenario)
            self._sent.move_to_end(key)
            while len(self._sent) > MOST_KEPT:
                self._sent.popitem(last=False)
            return self._sent[key]


_scenarios: OrderedDict[str, Prepared] = OrderedDict()  # of this worker process
_most = MOST_KEPT


def _kept(most: int) -> None:
    global _most
    _most = most


def _answer(function: Task, key: str, blob: bytes, task: Any) -> Any:
    if key not in _scenarios:
        _scenarios[key] = Prepared(pickle.loads(blob))
    _scenarios.move_to_end(key)
    while len(_scenarios) > _most:
        _scenarios.popitem(last=False)
    return function(_scenarios[key], task)


def _warmed(prepared: Prepared, replicate: int) -> None:
    from crisis_abm.runs.comparison import replicate_under

    replicate_under(prepared, (replicate, 0, ("siloed", "reciprocal")))
