"""How short work is dealt out to worker processes (`processes`); long work: `chunks`.

Results never depend on it: every task is a pure function of its arguments, and answers are put back
in the order of the tasks. Work that is too short to be worth starting processes for is done here.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, TypeVar

from crisis_abm.runs.processes import (
    WorkerLost,
    prepared_here,
    refuse_unguarded,
    start_processes,
    stop_processes,
    why_lost,
    workers_available,
)

__all__ = ["Processes", "in_order", "next_chunk"]

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Progress = Callable[[int, int], None]

SHORTEST_CHUNK = 0.05  # seconds of work handed out at a time, at least
AHEAD = 2  # chunks a worker that are handed out, so that none waits for more
WORTH_STARTING = 4.0  # seconds of work left from which starting processes pays


class Processes:
    """Worker processes that stay for several calls of `in_order`, so that they start once.

    A context; all the calls must be given the same `prepare` and `argument`.
    """

    def __init__(self) -> None:
        self.pool: ProcessPoolExecutor | None = None
        self.each = SHORTEST_CHUNK  # seconds a task took of late

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        if self.pool is not None:
            self.pool.shutdown()


def _answer(function: Callable[[Any, Any], Any], tasks: Sequence[Any]) -> tuple[list[Any], float]:
    """Answers, and the seconds a task took."""
    began = time.perf_counter()
    prepared = prepared_here()
    answers = [function(prepared, task) for task in tasks]
    return answers, (time.perf_counter() - began) / len(tasks)


def in_order(
    function: Callable[[Any, Task], Answer],
    tasks: Sequence[Task],
    prepare: Callable[[Any], Any],
    argument: Any,
    workers: int | None = None,
    progress: Progress | None = None,
    processes: Processes | None = None,
) -> list[Answer]:
    """Answer every task, in the order of the tasks.

    Parameters
    ----------
    function : callable
        ``function(prepared, task)``; module-level, so that it can be sent to a process.
    tasks : sequence
    prepare : callable
        Called once in every process with `argument`; its result is the `prepared` of `function`.
    argument : object
        Sent once to every process.
    workers : int, optional
        Processes to use; as many as there are cores. Asked for explicitly, they are started however
        short the work.
    progress : callable, optional
        Called with (answered, in all) as answers come in.
    processes : Processes, optional
        Where processes that are started are to stay, or have stayed from an earlier call.

    Raises
    ------
    WorkerLost
        If a process dies; nothing is left running.
    """
    tell = progress or (lambda done, total: None)
    total = len(tasks)
    most = workers or workers_available()
    most = most if processes else min(most, max(1, total))
    if most > 1:
        refuse_unguarded()
    crew = processes or Processes()
    if most > 1 and total > 1 and crew.pool is not None:
        return _with_processes(crew.pool, function, tasks, crew, most, tell)
    answers: list[Answer] = []
    prepared, began = prepare(argument), time.perf_counter()
    for done, task in enumerate(tasks):
        spent = time.perf_counter() - began
        left = spent / done * (total - done) if done > 1 else 0.0
        wanted = workers is not None or left > WORTH_STARTING
        if most > 1 and done > 1 and wanted:
            pool = crew.pool = start_processes(prepare, argument, most)
            crew.each, told = spent / done, partial(_later, tell, done)
            rest = _with_processes(pool, function, tasks[done:], crew, most, told)
            if processes is None:
                pool.shutdown()
            return answers + rest
        answers.append(function(prepared, task))
        tell(done + 1, total)
    return answers


def _later(tell: Progress, before: int, done: int, more: int) -> None:
    """Tell of progress when `before` tasks were answered already."""
    tell(before + done, before + more)


def _with_processes(
    pool: ProcessPoolExecutor,
    function: Callable[[Any, Task], Answer],
    tasks: Sequence[Task],
    crew: Processes,
    workers: int,
    tell: Progress,
) -> list[Answer]:
    """Answer every task in `pool`, the crew's, which is ended if that fails."""
    out: dict[Future[tuple[list[Answer], float]], int] = {}  # handed out; number of first task
    found: dict[int, list[Answer]] = {}
    begun = done = 0
    try:
        while done < len(tasks):
            while begun < len(tasks) and len(out) < AHEAD * workers:
                chunk = tasks[begun : begun + next_chunk(crew.each, len(tasks) - begun, workers)]
                out[pool.submit(_answer, function, chunk)] = begun
                begun += len(chunk)
            for future in wait(out, return_when=FIRST_COMPLETED).done:
                first = out.pop(future)
                found[first], crew.each = future.result()
                done += len(found[first])
            tell(done, len(tasks))
    except BrokenProcessPool as error:
        why, _ = why_lost(pool)
        stop_processes(pool)
        raise WorkerLost(why) from error
    except BaseException:
        stop_processes(pool)
        raise
    return [answer for first in sorted(found) for answer in found[first]]


def next_chunk(each: float, left: int, workers: int) -> int:
    """How many tasks to hand out: worth handing out, and few enough that all end together."""
    return max(1, min(math.ceil(SHORTEST_CHUNK / max(each, 1e-9)), left // (AHEAD * workers)))
