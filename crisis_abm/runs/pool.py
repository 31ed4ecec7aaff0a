"""The one pool of worker processes, and how work is dealt out to it.

Results never depend on it: every task is a pure function of its arguments, and answers are put back
in the order of the tasks. Work that is too short to be worth starting processes for is done here.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import resource_tracker
from typing import Any, TypeVar

__all__ = ["WorkerLost", "in_order", "workers_available"]

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Progress = Callable[[int, int], None]

SHORTEST_CHUNK = 0.05  # seconds of work handed out at a time, at least
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


_prepared: Any = None  # of this worker process


def _set_up(prepare: Callable[[Any], Any], argument: Any) -> None:
    global _prepared
    _prepared = prepare(argument)


def _answer(function: Callable[[Any, Any], Any], tasks: Sequence[Any]) -> list[Any]:
    return [function(_prepared, task) for task in tasks]


def in_order(
    function: Callable[[Any, Task], Answer],
    tasks: Sequence[Task],
    prepare: Callable[[Any], Any],
    argument: Any,
    workers: int | None = None,
    progress: Progress | None = None,
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

    Raises
    ------
    WorkerLost
        If a process dies; nothing is left running.
    """
    tell = progress or (lambda done, total: None)
    total = len(tasks)
    answers: list[Answer] = []
    most = min(workers or workers_available(), max(1, total))
    prepared, began = prepare(argument), time.perf_counter()
    for done, task in enumerate(tasks):
        spent = time.perf_counter() - began
        left = spent / done * (total - done) if done > 1 else 0.0
        wanted = workers is not None or left > WORTH_STARTING
        if most > 1 and done > 1 and wanted:
            each = spent / done
            chunk = max(1, min(math.ceil(SHORTEST_CHUNK / max(each, 1e-9)), -(-total // most)))
            rest = _with_processes(
                function, tasks[done:], prepare, argument, most, chunk, partial(_later, tell, done)
            )
            return answers + rest
        answers.append(function(prepared, task))
        tell(done + 1, total)
    return answers


def _later(tell: Progress, before: int, done: int, more: int) -> None:
    """Tell of progress when `before` tasks were answered already."""
    tell(before + done, before + more)


def _with_processes(
    function: Callable[[Any, Task], Answer],
    tasks: Sequence[Task],
    prepare: Callable[[Any], Any],
    argument: Any,
    workers: int,
    chunk: int,
    tell: Callable[[int, int], None],
) -> list[Answer]:
    chunks = [tasks[start : start + chunk] for start in range(0, len(tasks), chunk)]
    context = multiprocessing.get_context(START_METHOD)
    _start_tracker()
    pool = ProcessPoolExecutor(workers, context, _set_up, (prepare, argument))
    try:
        number = {pool.submit(_answer, function, part): k for k, part in enumerate(chunks)}
        waiting, found, done = set(number), {}, 0
        while waiting:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                found[number[future]] = future.result()
                done += len(chunks[number[future]])
                tell(done, len(tasks))
        pool.shutdown()
    except BrokenProcessPool as error:
        _stop(pool)
        raise WorkerLost(
            "a worker process ended without an answer (killed, or out of memory); "
            "try fewer with --workers 1"
        ) from error
    except BaseException:
        _stop(pool)
        raise
    return [answer for k in range(len(chunks)) for answer in found[k]]


def _start_tracker() -> None:
    """Start multiprocessing's own helper, which leaves Ctrl-C unblocked, and put that back.

    Whoever blocked it in this thread wants the worker processes to inherit that.
    """
    if hasattr(signal, "pthread_sigmask"):
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _stop(pool: ProcessPoolExecutor) -> None:
    """End a pool at once, work in hand included."""
    processes = list((pool._processes or {}).values())
    manager: Any = pool._executor_manager_thread
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    if manager is not None:  # or it closes its pipe while Python, at its end, writes to it
        manager.join(2.0)
