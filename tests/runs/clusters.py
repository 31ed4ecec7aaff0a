"""Clusters on this machine, and what tests have them do: in a module that workers can load."""

from __future__ import annotations

import logging
import multiprocessing
import os
import platform
import signal
import threading
import time
from pathlib import Path
from typing import Any

import dask
from distributed import LocalCluster
from distributed.utils import get_mp_context

from crisis_abm.runs.chunks import Finished, TaskQueue, Work
from crisis_abm.runs.cluster import Cluster

if "forkserver" in multiprocessing.get_all_start_methods():  # a new worker need not import anything
    dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"})
    get_mp_context().set_forkserver_preload(["distributed", "crisis_abm.runs.cluster", __name__])


def started(workers: int, threads: int = 1) -> LocalCluster:
    """Workers in processes of their own; a task may end two of them before it is given back."""
    with dask.config.set({"distributed.scheduler.allowed-failures": 1}):
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=threads,
            processes=True,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )


def has_workers(local: LocalCluster, workers: int, seconds: float = 5.0) -> bool:
    """Whether so many are there, or come back soon after they were killed."""
    end = time.monotonic() + seconds
    while len(local.scheduler.workers) < workers:
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def nothing() -> None:
    """Nobody stops the work."""


def disguise(processor: str) -> None:
    """Make this process say that it has another processor."""
    platform.machine = lambda: processor


def prepare(argument: Any) -> Any:
    return argument


def die() -> None:
    """End this process; a nanny whose worker ends before she has seen it start lets it lie."""
    time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGKILL)


def never_begins(argument: Any) -> None:
    die()


def square(prepared: int, task: int) -> int:
    return prepared + task * task


def slowly(folder: str, task: int) -> int:
    Path(folder, f"{task}").write_text(str(os.getpid()))
    time.sleep(0.05)
    return task


def once_killed(folder: str, task: int) -> int:
    if task == 7 and not (mark := Path(folder, "died")).exists():
        mark.touch()
        die()
    return task


def always_killed(folder: str, task: int) -> int:
    if task == 7:
        Path(folder, f"died-{os.getpid()}").touch()
        die()
    return task


def wrong(prepared: Any, task: int) -> int:
    raise ValueError("not\na number")


_inside = threading.Semaphore(1)


def alone(prepared: Any, task: int) -> bool:
    """Whether no other thread of this process is at work."""
    free = _inside.acquire(blocking=False)
    time.sleep(0.001)
    if free:
        _inside.release()
    return free


def dealt(cluster: Cluster, function: Any, tasks: Any, argument: Any, **how: Any) -> dict[int, Any]:
    """What came back, by task; nothing twice."""
    work = Work(function, how.get("prepare", prepare), argument)
    bag = TaskQueue(tasks, len(tasks), len(cluster.workers()))
    found: dict[int, Any] = {}
    for finished in cluster.deal(work, bag, how.get("check", nothing)):
        assert isinstance(finished, Finished)
        for task, answer in zip(finished.tasks, finished.answers, strict=True):
            assert task not in found
            found[task] = answer
    return found
