"""Worker processes: started in one place, and ended with whoever started them.

A worker whose parent is killed would wait for more work for ever, or go on with what it has. It is
tied to its parent by a pipe of which only the parent has the other end: when that end closes, the
system kills the worker (Linux: ``F_SETSIG``), whatever the worker does then, be it compiled code
that lets no other thread run, or the imports with which it begins. Where a system cannot do that,
a thread in the worker watches its parent.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import reduction, resource_tracker, util
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # not on every system
    fcntl = None  # type: ignore[assignment]

__all__ = ["NoProcesses", "WorkerLost", "cannot_start", "prepared_here", "refuse_unguarded"]
__all__ += ["start_processes", "stop_processes", "why_lost", "workers_available"]

MOST_ON_WINDOWS = 61  # processes that one pool can wait for there
UNGUARDED = 97  # exit code of a worker that begins its parent's work anew


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

_prepared: Any = None  # of this worker process


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
