"""Chunks dealt out to the workers of a cluster: few at a time, none lost, the guilty found.

There is one chunk a worker in flight and, while tasks are short, a second one, so that no worker
need wait for the post. What is held is therefore bounded by the workers, not by the tasks. Which
worker gets which is left to the scheduler: a chunk that names its worker, were it with
``allow_other_workers``, waits for that one for ever if it dies while no other is there.

The scheduler itself gives a chunk whose worker died to others, a few times (its setting
``allowed-failures``). Then the chunk comes back here, but nobody knows which of the chunks that
were with those workers did it. So its tasks are put aside, and at the end run one at a time, with
nothing else in flight: one that then ends its workers again is the one, and is given up.
"""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, NamedTuple

from crisis_abm.runs.chunks import PATIENCE, Bag, Chunk, Finished, brought
from crisis_abm.runs.cluster.errors import ClusterLost

if TYPE_CHECKING:
    from crisis_abm.runs.cluster.connection import Cluster

__all__ = ["deal_out"]

LOOK = 1.0  # seconds between two looks who is there
SHORT = 1.0  # seconds a task, below which a second chunk is worth having beside the first


def deal_out(
    cluster: Cluster, job: str, bag: Bag, check: Callable[[], None]
) -> Generator[Finished, None, None]:
    """Hand out what is in a bag; see `chunks.Deal`."""
    table = _Table(cluster, job, bag)
    try:
        table.prepare(check)
        while table.hand_out():
            for future in table.back():
                finished = table.brought(future)
                if finished is not None:
                    table.hand_out()  # before others look at what was brought
                    yield finished
            cluster.be_there()
            check()
    finally:
        cluster.cancel([one.future for one in table.flight.values()])


class _Out(NamedTuple):
    """A chunk that was handed out."""

    future: Any
    chunk: Chunk


class _Table:
    """What is in flight, and what waits."""

    def __init__(self, cluster: Cluster, job: str, bag: Bag) -> None:
        self.cluster, self.job, self.bag = cluster, job, bag
        self.flight: dict[Any, _Out] = {}
        self._back: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._suspects: deque[Chunk] = deque()
        self._workers = 0
        self._looked = -LOOK
        self._each: float | None = None  # seconds a task, once it is known
        self._waiting = False

    def prepare(self, check: Callable[[], None]) -> None:
        """Have one worker prepare; waits until there is one.

        Raises
        ------
        ClusterLost
        """
        from crisis_abm.runs.cluster.worker import begin

        self._submit(begin, Chunk(()))
        while self.flight:
            self._look()
            for future in self.back():
                del self.flight[future.key]
                if self._killed(future):
                    raise ClusterLost(
                        f"workers of {self.cluster.address} end before they have begun (killed, or "
                        "out of memory)"
                    )
            self.cluster.be_there()
            check()

    def hand_out(self) -> bool:
        """Hand out as much as is good; whether anything is in flight then."""
        from crisis_abm.runs.cluster.worker import do

        self._look()
        short = self._each is not None and self._each < SHORT
        # one even where no worker is: a cluster that grows on demand waits for that
        most = max(1, self._workers * (2 if short else 1))
        while len(self.flight) < most and (chunk := self.bag.take()):
            self._submit(do, chunk, chunk.tasks, self.bag.longest())
        if not self.flight and self._suspects:
            chunk = self._suspects.popleft()
            self._submit(do, chunk, chunk.tasks, self.bag.longest())
        return bool(self.flight)

    def back(self) -> list[Any]:
        """Futures that are done, after waiting for one a little."""
        found = []
        try:
            found.append(self._back.get(timeout=PATIENCE))
            while True:
                found.append(self._back.get_nowait())
        except queue.Empty:
            pass
        return found

    def brought(self, future: Any) -> Finished | None:
        """What has been done of a chunk, if anything; what was lost is put aside."""
        chunk = self.flight[future.key].chunk
        try:
            if self._killed(future):
                del self.flight[future.key]
                return self._lost(chunk)
            with self.cluster.asked():
                answers, seconds = future.result(timeout=PATIENCE)
        except TimeoutError:  # its worker is busy, or died with it, and it is made again
            future.add_done_callback(self._back.put)
            return None
        del self.flight[future.key]
        future.release()
        self._each = seconds / max(1, len(answers))
        return brought(self.bag, chunk, answers, seconds)

    def _killed(self, future: Any) -> bool:
        """Whether it ended the workers it was given to; raises if they fail in another way."""
        from distributed import KilledWorker

        from crisis_abm.runs.cluster.worker import Differs

        address = self.cluster.address
        if future.status == "cancelled":
            raise ClusterLost(f"the scheduler at {address} is gone, or was restarted")
        if future.status != "error":
            return False
        error = future.exception(timeout=PATIENCE)
        if isinstance(error, KilledWorker):
            return True
        if isinstance(error, Differs):
            raise ClusterLost(f"a worker that joined {address}: {error}")
        told = " ".join(f"{type(error).__name__}: {error}".split())
        raise ClusterLost(f"a worker of {address} cannot work: {told}")

    def _lost(self, chunk: Chunk) -> Finished | None:
        if chunk.losses:
            return Finished(chunk.tasks, [None])
        self._suspects.extend(Chunk([task], 1) for task in chunk.tasks)
        return None

    def _submit(self, function: Callable[..., Any], chunk: Chunk, *arguments: Any) -> None:
        future = self.cluster.submit(function, self.job, *arguments)
        self.flight[future.key] = _Out(future, chunk)
        future.add_done_callback(self._back.put)

    def _look(self) -> None:
        """See who is there, now and then."""
        if time.monotonic() - self._looked < LOOK:
            return
        self._workers = len(self.cluster.workers())
        self._looked = time.monotonic()
        self.bag.workers = max(1, self._workers)
        if not self._workers and not self._waiting:
            self.cluster.say(f"No worker is at {self.cluster.address}; waiting for one …")
        self._waiting = not self._workers
