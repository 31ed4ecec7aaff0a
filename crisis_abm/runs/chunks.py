"""Tasks in chunks that survive the death of who works at them.

Every worker gets a chunk at a time and gives back its results; a chunk that was lost with its
worker is handed out again. Who hands out chunks and yields finished ones is an `Executor`:
processes on this machine (`in_processes`), this process itself (`here`), a cluster.

Each worker is a process pool of one, so a death takes one chunk with it, and it is known which. A
chunk that was lost `TRIES` times is handed out again task by task; a task that then ends its worker
once more is given up, and the rest goes on.
"""

from __future__ import annotations

import itertools
import math
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from crisis_abm.runs.processes import (
    SHORTEST_CHUNK,
    WorkerLost,
    cannot_start,
    prepared_here,
    start_processes,
    stop_processes,
    why_lost,
)

MOST = 2000  # tasks in a chunk
SHARES = 4  # chunks a worker that what is left is cut into, so that all end together
LONGEST = (1.0, 30.0)  # seconds of work in a chunk: at first, and in a long sweep
GROWTH = 0.05  # of the time gone by; between the two
TRIES = 3  # times a chunk, or the start of a worker, may fail
PATIENCE = 0.5  # seconds between two looks whether to stop


@dataclass(frozen=True)
class Work:
    """What is done with a task: ``function(prepare(argument), task)``, both module-level.

    `prepare` is called once in every process. No answer is None: that stands for a lost task.
    """

    function: Callable[[Any, Any], Any]
    prepare: Callable[[Any], Any]
    argument: Any


@dataclass(frozen=True)
class Chunk:
    """Tasks to be handed out together, and how often they were lost with their worker."""

    tasks: Sequence[Any]
    losses: int = 0


@dataclass(frozen=True)
class Finished:
    """Tasks and their answers; None for one that ended every worker it was given to."""

    tasks: Sequence[Any]
    answers: Sequence[Any]


class TaskQueue:
    """Tasks to be done, taken out in chunks and put back if need be.

    Parameters
    ----------
    tasks : iterable
        May be as long as it likes: only what is handed out is held.
    total : int
        How many there are.
    workers : int
        Among whom they are shared out.
    """

    def __init__(self, tasks: Iterable[Any], total: int, workers: int) -> None:
        self._tasks, self._returned = iter(tasks), deque[Chunk]()
        self._left, self.workers = total, workers
        self._each = SHORTEST_CHUNK  # seconds a task; learnt
        self._began = time.monotonic()

    def take(self) -> Chunk | None:
        """The next chunk, if there is one."""
        if self._returned:
            return self._returned.popleft()
        least = math.ceil(SHORTEST_CHUNK / max(self._each, 1e-6))
        share = math.ceil(self._left / (SHARES * self.workers))
        tasks = list(itertools.islice(self._tasks, min(MOST, max(least, share))))
        self._left -= len(tasks)
        return Chunk(tasks) if tasks else None

    def put_back(self, *chunks: Chunk) -> None:
        """Tasks that were not done; they go out next."""
        self._returned.extendleft(reversed([chunk for chunk in chunks if chunk.tasks]))

    def longest(self) -> float:
        """Seconds after which a worker is to bring what it has done: a lost chunk costs that."""
        return min(LONGEST[1], max(LONGEST[0], GROWTH * (time.monotonic() - self._began)))

    def learn(self, tasks: int, seconds: float) -> None:
        """Take note of how long tasks took."""
        self._each = seconds / max(1, tasks)


Executor = Callable[[Work, TaskQueue, Callable[[], None]], Generator[Finished, None, None]]
"""Hands out what is in a queue, and yields what comes back, in any order, nothing twice.

The last argument is called now and then, and before anything is done again; it raises to end the
work. Nothing is left running when the generator is closed.
"""


def here(
    work: Work, queue: TaskQueue, check: Callable[[], None]
) -> Generator[Finished, None, None]:
    """Work in this process: where none may be started. A task that ends it ends everything."""
    prepared = work.prepare(work.argument)
    while chunk := queue.take():
        answers, seconds = work_off(work.function, prepared, chunk.tasks, queue.longest(), check)
        yield brought(queue, chunk, answers, seconds)


def in_processes(
    work: Work, queue: TaskQueue, check: Callable[[], None]
) -> Generator[Finished, None, None]:
    """Work in as many processes of this machine as the queue has workers.

    A single worker is this process where no other can be started.

    Raises
    ------
    WorkerLost
        If processes cannot be started, or end before they have begun.
    """
    if queue.workers == 1 and cannot_start():
        yield from here(work, queue, check)
        return
    crew = [_Worker(work) for _ in range(queue.workers)]
    try:
        while True:
            for worker in crew:
                worker.take_from(queue)
            busy = [worker.future for worker in crew if worker.future is not None]
            if not busy:
                return
            wait(busy, PATIENCE, FIRST_COMPLETED)
            check()
            for worker in crew:
                brought = worker.brought(queue, check)
                if brought is not None:
                    worker.take_from(queue)  # before others look at what it brought
                    yield brought
    finally:
        for worker in crew:
            worker.stop()


class _Worker:
    """A pool of one process, with at most one chunk."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.future: Future[tuple[list[Any], float]] | None = None
        self._pool: ProcessPoolExecutor | None = None
        self._begun: Future[None] | None = None
        self._chunk = Chunk(())
        self._failed_starts = 0

    def take_from(self, queue: TaskQueue) -> None:
        """Begin with the next chunk, if there is one and nothing else to do."""
        if self.future is not None:
            return
        chunk = queue.take()
        if chunk is None:
            return
        self._chunk = chunk
        try:
            self.future = self._handed(chunk, queue.longest())
        except BrokenProcessPool:  # it ended while it had nothing to do
            self.stop()
            self.future = self._handed(chunk, queue.longest())

    def _handed(self, chunk: Chunk, longest: float) -> Future[tuple[list[Any], float]]:
        if self._pool is None:
            self._pool = start_processes(self.work.prepare, self.work.argument, 1)
            self._begun = self._pool.submit(_begin)
        return self._pool.submit(_answer, self.work.function, chunk.tasks, longest)

    def brought(self, queue: TaskQueue, check: Callable[[], None]) -> Finished | None:
        """What has been done since, if anything; what was lost goes back into the queue."""
        future, chunk = self.future, self._chunk
        if future is None or not future.done():
            return None
        self.future = None
        try:
            answers, seconds = future.result()
        except BrokenProcessPool as error:
            check()  # it may have been ended on purpose
            return self._lost(queue, chunk, error)
        self._failed_starts = 0
        return brought(queue, chunk, answers, seconds)

    def _lost(self, queue: TaskQueue, chunk: Chunk, error: BrokenProcessPool) -> Finished | None:
        begun = self._begun is not None and self._begun.done() and not self._begun.exception()
        why, alike = why_lost(self._pool) if self._pool is not None else ("", False)
        self.stop()
        if not begun:
            self._failed_starts += 1
            if self._failed_starts >= TRIES or alike:
                raise WorkerLost(f"no worker process begins to work: {why}") from error
            queue.put_back(chunk)
        elif chunk.losses + 1 < TRIES:
            queue.put_back(Chunk(chunk.tasks, chunk.losses + 1))
        elif len(chunk.tasks) > 1:
            queue.put_back(*(Chunk([task], TRIES - 1) for task in chunk.tasks))
        else:
            return Finished(chunk.tasks, [None])
        return None

    def stop(self) -> None:
        """End the process at once, work in hand included."""
        if self._pool is not None:
            stop_processes(self._pool)
        self._pool = self._begun = self.future = None


def brought(queue: TaskQueue, chunk: Chunk, answers: list[Any], seconds: float) -> Finished:
    """What was done of a chunk; the rest of it goes back."""
    queue.learn(len(answers), seconds)
    queue.put_back(Chunk(chunk.tasks[len(answers) :], chunk.losses))
    return Finished(chunk.tasks[: len(answers)], answers)


def _begin() -> None:
    """Done once a process is there."""


def _answer(
    function: Callable[[Any, Any], Any], tasks: Sequence[Any], longest: float
) -> tuple[list[Any], float]:
    return work_off(function, prepared_here(), tasks, longest, lambda: None)


def work_off(
    function: Callable[[Any, Any], Any],
    prepared: Any,
    tasks: Sequence[Any],
    longest: float,
    check: Callable[[], None],
) -> tuple[list[Any], float]:
    """Answers to as many tasks as time allows, one at least; and the seconds they took."""
    answers, began = [], time.perf_counter()
    for task in tasks:
        check()
        answers.append(function(prepared, task))
        if time.perf_counter() - began > longest:
            break
    return answers, time.perf_counter() - began
