"""Worker processes that all pages share: nobody's long run freezes another's page.

Short runs and runs of very large scenarios have processes of their own. Those for large ones give
way to the others and end when nobody has asked them anything for a while, for they hold a gigabyte
each.

Compiled code cannot be interrupted. So each process is watched by a thread of its own, which ends
it when its task takes longer than any may, or when nobody waits for the answer any more, and starts
another in its place: what others have asked is in other processes, or still in the queue.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

import psutil

from crisis_abm.runs import Prepared, WorkerLost
from crisis_abm.runs.prepared import Recent, kept
from crisis_abm.runs.processes import start_processes, stop_processes, workers_available
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.schema.policy import BUILT_IN

LONG = 1_000_000  # organisations times ticks from which a run takes half a second or more
MOST_SENT = 4  # scenarios that are kept as they are sent to processes
GIVING_WAY = 10  # of 19: short questions of others come first
IDLE = 60.0  # seconds after which processes for long runs end
PATIENCE = 0.1  # seconds between two looks whether an answer is still wanted
LIMITS = (30.0, 600.0)  # seconds that one task may compute: short ones, long ones
COMPILING = 120.0  # seconds that a process must have computed by then: at first it compiles
WAITING = 10  # times as long by the clock: others may need the machine
IN_VAIN = 3.0  # seconds after which a task that nobody waits for is ended; starting anew takes two
STOPPING = 3.0  # seconds that ending a process is waited for
TRIES = 3
LOST = "The processes that work it out end without an answer (killed, or out of memory)."
Task = Callable[[Prepared, Any], Any]


class TakesTooLong(WorkerLost):
    """A task was ended since it took longer than one may; the message is a sentence."""


class Asked(Future[Any]):
    """The answer to a task; who cancels it wants it no more, also if it is being worked at."""

    in_vain = False

    def cancel(self) -> bool:
        """Want the answer no more; as `Future.cancel`."""
        self.in_vain = True
        return super().cancel()


def is_long(scenario: Scenario) -> bool:
    """Whether a run takes so long that others should not have to wait for its end."""
    return sum(scenario.census().values()) * scenario.time.steps >= LONG


class Workers:
    """Processes that answer ``function(prepared, task)`` for any scenario.

    So many for short runs, and again for long ones: one a core, two at least.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = max(2, count or workers_available())
        self._short = _Rank(self.count, LIMITS[0])
        self._long = _Rank(self.count, LIMITS[1], GIVING_WAY, IDLE)

    def submit(self, function: Task, scenario: Scenario, task: Any) -> Asked:
        """Have a task done; `function` is module-level.

        The future raises BrokenProcessPool if the process dies, TakesTooLong if it was ended; the
        next task finds a new one.
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
            If processes die over it again and again, or it takes too long.
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


@dataclass(frozen=True)
class _Job:
    """A task, and where its answer goes."""

    asked: Asked
    function: Task
    key: str
    blob: bytes
    task: Any


class _Clock:
    """How long a process has been at a task."""

    def __init__(self, process: ProcessPoolExecutor) -> None:
        self._process, self._began, self._before = process, time.monotonic(), 0.0
        self._before = self._computed()

    @property
    def waited(self) -> float:
        """Seconds by the clock on the wall."""
        return time.monotonic() - self._began

    def is_past(self, limit: float) -> bool:
        """Whether it has computed for more than so many seconds, or waits for something."""
        if self.waited <= limit:
            return False
        computed = self._computed()
        late = computed - self._before > limit and computed > COMPILING
        return late or self.waited > WAITING * (limit + COMPILING)

    def _computed(self) -> float:
        """Seconds that the process has computed since it began."""
        for identity in self._process._processes or {}:
            with contextlib.suppress(psutil.Error):
                spent = psutil.Process(identity).cpu_times()
                return float(spent.user + spent.system)
        return 0.0


class _Rank:
    """Processes of one sort: started when they are asked, ended when they were idle for long."""

    def __init__(self, count: int, limit: float, nice: int = 0, idle: float | None = None) -> None:
        self._count, self._nice, self._limit, self._idle = count, nice, limit, idle
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._sent = Recent(MOST_SENT)
        self._watchers = self._free = 0
        self._threads: list[threading.Thread] = []
        self._round = 0  # counts the times everything was stopped

    def submit(self, function: Task, scenario: Scenario, task: Any) -> Asked:
        asked, key = Asked(), scenario.fingerprint()
        job = _Job(asked, function, key, self._sent.get(key, lambda: pickle.dumps(scenario)), task)
        with self._changed:
            self._jobs.append(job)
            if self._free < len(self._jobs) and self._watchers < self._count:
                self._watchers += 1
                watch = threading.Thread(target=self._watch, args=(self._round,), daemon=True)
                self._threads = [thread for thread in self._threads if thread.is_alive()] + [watch]
                watch.start()
            self._changed.notify()
        return asked

    def stop(self) -> None:
        with self._changed:
            self._round += 1
            self._watchers = self._free = 0
            dropped, self._jobs = self._jobs, deque()
            self._sent = Recent(MOST_SENT)
            self._changed.notify_all()
        for job in dropped:
            job.asked.cancel()
        for thread in self._threads:
            thread.join(STOPPING)

    def _watch(self, of_round: int) -> None:
        """In a thread: one process, which works off one job after the other."""
        process: ProcessPoolExecutor | None = None
        try:
            while (job := self._next(of_round)) is not None:
                if job.asked.set_running_or_notify_cancel():
                    process = self._done(job, process, of_round)
        finally:
            if process is not None:
                stop_processes(process)

    def _next(self, of_round: int) -> _Job | None:
        """The next job; None if there was none for long, or everything was stopped."""

        def something() -> bool:
            return bool(self._jobs) or self._round != of_round

        with self._changed:
            if self._round != of_round:
                return None
            self._free += 1
            there = self._changed.wait_for(something, self._idle)
            if self._round != of_round:
                return None
            self._free -= 1
            if not there:
                self._watchers -= 1
                return None
            return self._jobs.popleft()

    def _done(
        self, job: _Job, process: ProcessPoolExecutor | None, of_round: int
    ) -> ProcessPoolExecutor | None:
        """Have a job done, and its answer told; the process, unless it is no more."""
        asked = job.asked
        try:
            process = process or start_processes(_begin, self._nice, 1)
            clock = _Clock(process)
            answer = process.submit(_answer, job.function, job.key, job.blob, job.task)
        except (OSError, RuntimeError) as lost:  # the system starts none, or it has ended meanwhile
            if process is not None:
                stop_processes(process)
            asked.set_exception(lost)
            return None
        while not answer.done():
            with contextlib.suppress(NotYet):
                answer.exception(PATIENCE)
            late = clock.is_past(self._limit)
            in_vain = asked.in_vain and clock.waited > IN_VAIN
            if late or in_vain or self._round != of_round:
                stop_processes(process)
                asked.set_exception(self._ended(late))
                return None
        error = answer.exception()
        if error is None:
            asked.set_result(answer.result())
            return process
        asked.set_exception(error)
        if isinstance(error, BrokenProcessPool):
            stop_processes(process)
            return None
        return process

    def _ended(self, late: bool) -> Exception:
        if not late:
            return WorkerLost("It was ended, since nobody waited for it any more.")
        return TakesTooLong(
            f"This was ended: it took more than {self._limit:.0f} seconds of computing. Take "
            "fewer ticks or organisations; or use the command crisis-abm, which sets no limit."
        )


def _begin(nice: int) -> None:
    if nice and hasattr(os, "nice"):
        os.nice(nice)


def _answer(function: Task, key: str, blob: bytes, task: Any) -> Any:
    return function(kept((key,), lambda: pickle.loads(blob)), task)


def _warmed(prepared: Prepared, replicate: int) -> None:
    from crisis_abm.runs.comparison import replicate_under

    replicate_under(prepared, (replicate, 0, (BUILT_IN["siloed"], BUILT_IN["reciprocal"])))
