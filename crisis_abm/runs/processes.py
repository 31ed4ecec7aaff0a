"""Worker processes: started in one place, and ended with whoever started them.

A worker whose parent is killed would wait for more work for ever, or go on with what it has. It is
tied to its parent by a pipe of which only the parent has the other end: when that end closes, the
system kills the worker (Linux: ``F_SETSIG``), whatever the worker does then, be it compiled code
that lets no other thread run, or the imports with which it begins. Where a system cannot do that,
a thread in the worker watches its parent.

Short work is dealt out by `in_order`; long work, of which nothing may be lost: `chunks`. Results
never depend on it: every task is a pure function of its arguments, and answers are put back in the
order of the tasks. Work that is too short to be worth starting processes for is done here.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import reduction, resource_tracker, util
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any, TypeVar

try:
    import fcntl
except ImportError:  # not on every system
    fcntl = None  # type: ignore[assignment]

MOST_ON_WINDOWS = 61  # processes that one pool can wait for there
UNGUARDED = 97  # exit code of a worker that begins its parent's work anew
Task = TypeVar("Task")
Answer = TypeVar("Answer")
Progress = Callable[[int, int], None]
SHORTEST_CHUNK = 0.05  # seconds of work handed out at a time, at least
AHEAD = 2  # chunks a worker that are handed out, so that none waits for more
WORTH_STARTING = 4.0  # seconds of work left from which starting processes pays

_prepared: Any = None  # of this worker process


class WorkerLost(RuntimeError):
    """A worker process ended without an answer (killed, or out of memory)."""


class NoProcesses(WorkerLost):
    """No worker process can be started here; says why."""


def workers_available() -> int:
    """Cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


class _Inherited:
    """The end of a pipe that a worker has from its first moment."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def __reduce__(self) -> tuple[Any, ...]:
        reduction.DupFd(self.handle)  # it goes to who is being started
        return _Inherited, (self.handle,)


class _Worker(SpawnProcess):
    """A process that the system kills when its parent ends."""

    def start(self) -> None:
        """Start it.

        Raises
        ------
        NoProcesses
            If the system starts no more.
        """
        ends = os.pipe() if hasattr(fcntl, "F_SETSIG") else None
        try:
            if ends is not None:
                self._tie = _Inherited(ends[0])
            super().start()
            if ends is not None:
                util.Finalize(self, os.close, (ends[1],))
        except BaseException as error:
            if ends is not None:
                os.close(ends[1])
            if isinstance(error, OSError):
                raise NoProcesses(f"no worker process can be started ({error.strerror})") from error
            raise
        finally:
            if ends is not None:
                os.close(ends[0])

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        if not hasattr(fcntl, "F_SETSIG"):
            return SpawnProcess._Popen(process_obj)
        from multiprocessing.popen_spawn_posix import Popen

        class Tied(Popen):
            """Tied as soon as it has a number: what it is told to do it reads after its imports."""

            def __setattr__(self, name: str, value: Any) -> None:
                super().__setattr__(name, value)
                if name == "pid":
                    _kill_when_closed(process_obj._tie.handle, value)

        return Tied(process_obj)


def _kill_when_closed(handle: int, process: int) -> None:
    """Have the system kill a process when the other end of a pipe is closed."""
    fcntl.fcntl(handle, fcntl.F_SETOWN, process)
    fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(handle, fcntl.F_SETFL, fcntl.fcntl(handle, fcntl.F_GETFL) | os.O_ASYNC)


class _Context(SpawnContext):
    Process = _Worker


# `spawn` is safe with threads; named here so that nobody's default changes.
_CONTEXT = _Context()


def _set_up(prepare: Callable[[Any], Any], argument: Any) -> None:
    global _prepared
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _prepared = prepare(argument)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def prepared_here() -> Any:
    """What was prepared in this worker process."""
    return _prepared


def cannot_start() -> str:
    """Why no worker process can be started here; empty if one can."""
    _start_tracker()
    try:
        _CONTEXT.Lock()
    except (ImportError, NotImplementedError, OSError) as error:
        why = getattr(error, "strerror", None) or error
        return (
            "worker processes cannot be started: the system has no semaphores for them "
            f"(/dev/shm: {why}); mount /dev/shm, or take a single worker (--workers 1)"
        )
    return ""


def start_processes(
    prepare: Callable[[Any], Any], argument: Any, workers: int
) -> ProcessPoolExecutor:
    """Worker processes, each of which calls ``prepare(argument)`` once.

    Raises
    ------
    NoProcesses
        If the system has not what they need.
    """
    refuse_unguarded()
    if why := cannot_start():
        raise NoProcesses(why)
    if sys.platform == "win32":
        workers = min(workers, MOST_ON_WINDOWS)
    return ProcessPoolExecutor(workers, _CONTEXT, _set_up, (prepare, argument))


def stop_processes(pool: ProcessPoolExecutor) -> None:
    """End a pool at once, work in hand included."""
    processes = list((pool._processes or {}).values())
    manager: Any = pool._executor_manager_thread
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    if manager is not None:  # or it closes its pipe while Python, at its end, writes to it
        manager.join(2.0)


def refuse_unguarded() -> None:
    """End this process if it is a worker that runs its parent's script from the beginning.

    A worker begins by importing the script that started it. If that is not guarded, it comes here
    again, and would start workers of its own; see `why_lost`, which tells the parent.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        os._exit(UNGUARDED)


def why_lost(pool: ProcessPoolExecutor) -> tuple[str, bool]:
    """Why the processes of a broken pool ended, in words; and whether others would end alike."""
    processes = list((pool._processes or {}).values())
    manager: Any = pool._executor_manager_thread
    if manager is not None:  # which asks them how they ended, and they answer once
        manager.join(2.0)
    codes = [process.exitcode for process in processes]
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    again = f"{Path(script).name if script else 'the script'} is run again by each worker process"
    remedy = 'put what it does under if __name__ == "__main__":'
    if UNGUARDED in codes:
        return f"{again}, and starts them anew: {remedy}", True
    if any(code is not None and code > 0 for code in codes):
        own = "a worker process ended with an error of its own (above)"
        return f"{own}; if it is that {again}: {remedy}", True
    killed = "a worker process ended without an answer (killed, or out of memory)"
    return f"{killed}; fewer may have enough (--workers 1)", False


def _start_tracker() -> None:
    """Start multiprocessing's own helper, which leaves Ctrl-C unblocked, and put that back.

    Whoever blocked it in this thread wants the worker processes to inherit that.
    """
    if hasattr(signal, "pthread_sigmask"):
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


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
