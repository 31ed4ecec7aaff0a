"""What runs on the workers of a cluster; loaded there, and here only with a cluster.

What all chunks have in common is told to every worker once, also to one that joins later, and taken
back when the work is over. Chunks only name it (`Job`), so that the experiment goes to each worker
once.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, cast

from distributed import WorkerPlugin, get_worker
from distributed.protocol.pickle import dumps, loads

from crisis_abm.runs.chunks import Work, work_off
from crisis_abm.runs.provenance import Tuning, differences, tuning

PREFIX = "crisis_abm-"  # begins the name of every job; then the client's, then a number

# Kernels remember in module variables what they computed last (`engine.run`), so a worker with
# several threads works at one chunk at a time.
_one_at_a_time = threading.Lock()


class Differs(Exception):
    """A worker would not compute the same bits; says what differs."""


class _Over(Exception):
    """Nobody waits for this any more."""


class Job(WorkerPlugin):
    """What is to be done, on every worker of a cluster.

    Parameters
    ----------
    name : str
    work : Work
    wanted : mapping
        `provenance.tuning` of whoever asked for it.
    """

    def __init__(self, name: str, work: Work, wanted: Tuning) -> None:
        self.name, self._wanted = name, wanted
        self._work: bytes | Work = dumps(work)  # opened when it is needed, so that errors are heard
        self._prepared: Any = None
        self._over = False

    def teardown(self, worker: Any) -> None:
        """Nobody waits for it any more: stop between two tasks."""
        self._over = True

    def prepared(self) -> tuple[Work, Any]:
        """What is to be done, and what it needs; made once.

        Raises
        ------
        Differs
        """
        if isinstance(self._work, bytes):
            differ = differences(self._wanted, tuning())
            if differ:
                raise Differs(differ)
            work: Work = loads(self._work)
            self._prepared = work.prepare(work.argument)
            self._work = work
        return self._work, self._prepared

    def go_on(self) -> None:
        """Raise if nobody waits for it any more."""
        if self._over:
            raise _Over


def begin(name: str) -> None:
    """Prepare, which a worker may not survive."""
    with _one_at_a_time:
        _job(name).prepared()


def do(name: str, tasks: Sequence[Any], longest: float) -> tuple[list[Any], float]:
    """Answers to as many tasks as time allows, and the seconds they took; see `chunks.work_off`."""
    job = _job(name)
    try:
        with _one_at_a_time:
            work, prepared = job.prepared()
            return work_off(work.function, prepared, tasks, longest, job.go_on)
    except _Over:
        return [], 0.0


def abandoned(dask_scheduler: Any) -> list[str]:
    """Jobs on a scheduler whose client went away without taking them down."""
    clients = dask_scheduler.clients
    return [
        name
        for name in dask_scheduler.worker_plugins
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).rpartition("-")[0] not in clients
    ]


def _job(name: str) -> Job:
    return cast(Job, get_worker().plugins[name])
