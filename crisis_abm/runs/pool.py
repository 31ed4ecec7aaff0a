"""The one pool of worker processes, and how short work is dealt out to it; long work: `chunks`.

Results never depend on it: every task is a pure function of its arguments, and answers are put back
in the order of the tasks. Work that is too short to be worth starting processes for is done here.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import resource_tracker
from typing import Any, TypeVar

__all__ = ["Processes", "WorkerLost", "in_order", "next_chunk", "prepared_here"]
__all__ += ["start_processes", "stop_processes", "workers_available"]

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Progress = Callable[[int, int], None]

SHORTEST_CHUNK = 0.05  # seconds of work handed out at a time, at least
AHEAD = 2  # chunks a worker that are handed out, so that none waits for more
WORTH_STARTING = 4.0  # seconds of work left from which starting processes pays
START_METHOD = "spawn"  # safe with threads; named here so that nobody's default changes


class WorkerLost(RuntimeError):
    """A worker process ended without an answer (killed, or out of memory)."""


def workers_available() -> int:
    """Cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


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


_prepared: Any = None  # of this worker process


def _set_up(prepare: Callable[[Any], Any], argument: Any) -> None:
    global _prepared
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _prepared = prepare(argument)


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for more work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def prepared_here() -> Any:
    """What was prepared in this worker process."""
    return _prepared


def start_processes(
    prepare: Callable[[Any], Any], argument: Any, workers: int
) -> ProcessPoolExecutor:
    """Worker processes, each of which calls ``prepare(argument)`` once."""
    context = multiprocessing.get_context(START_METHOD)
    _start_tracker()
    return ProcessPoolExecutor(workers, context, _set_up, (prepare, argument))


def stop_processes(pool: ProcessPoolExecutor) -> None:
    """End a pool at once, work in hand included."""
    processes = list((pool._processes or {}).values())
    manager: Any = pool._executor_manager_thread
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    if manager is not None:  # or it closes its pipe while Python, at its end, writes to it
        manager.join(2.0)


def _answer(function: Callable[[Any, Any], Any], tasks: Sequence[Any]) -> tuple[list[Any], float]:
    """Answers, and the seconds a task took."""
    began = time.perf_counter()
    answers = [function(_prepared, task) for task in tasks]
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
        stop_processes(pool)
        raise WorkerLost(
            "a worker process ended without an answer (killed, or out of memory); "
            "try fewer with --workers 1"
        ) from error
    except BaseException:
        stop_processes(pool)
        raise
    return [answer for first in sorted(found) for answer in found[first]]


def next_chunk(each: float, left: int, workers: int) -> int:
    """How many tasks to hand out: worth handing out, and few enough that all end together."""
    return max(1, min(math.ceil(SHORTEST_CHUNK / max(each, 1e-9)), left // (AHEAD * workers)))


def _start_tracker() -> None:
    """Start multiprocessing's own helper, which leaves Ctrl-C unblocked, and put that back.

    Whoever blocked it in this thread wants the worker processes to inherit that.
    """
    if hasattr(signal, "pthread_sigmask"):
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
