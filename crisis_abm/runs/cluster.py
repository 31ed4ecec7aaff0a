"""A cluster of dask.distributed as one that can be given chunks: it works off any `chunks.Work`.

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

import asyncio
import contextlib
import itertools
import logging
import queue
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from crisis_abm.runs.chunks import PATIENCE, Chunk, Finished, TaskQueue, Work, brought
from crisis_abm.runs.provenance import differences, tuning

if TYPE_CHECKING:
    from distributed import Client

CONNECTING = 10.0  # seconds for a scheduler to answer
BUSY = 1.0  # seconds after which one that has work to do is asked again later
LEAVING = 1.0  # seconds to take leave: after Ctrl-C nobody waits for much longer
SHOWN = 3  # workers named in an error
REMEDY = "install the same versions everywhere (docs/cluster.md)"
LOGGERS = ("distributed", "distributed.client", "distributed.gc", "tornado.application")
LOOK = 1.0  # seconds between two looks who is there
SHORT = 1.0  # seconds a task, below which a second chunk is worth having beside the first


class ClusterError(RuntimeError):
    """A cluster cannot be used: nothing was begun."""


class ClusterLost(ClusterError):
    """A cluster was lost on the way, or is of no use any more: what came back before is good."""


@contextlib.contextmanager
def connected(address: str, say: Callable[[str], None] = lambda text: None) -> Iterator[Cluster]:
    """A cluster, for as long as the context lasts; it is left running.

    Parameters
    ----------
    address : str
        Of its scheduler: ``host:port``, ``tcp://host:port``, or ``tls://host:port`` with
        certificates as in distributed's own configuration.
    say : callable
        Told in a line what one has to wait for.

    Raises
    ------
    ClusterError
        If nobody answers, or workers would not compute the same bits, with what differs.
    """
    with _quiet():
        client = _client(address)
        try:
            cluster = Cluster(client, address, say)
            cluster.refuse_others()
            yield cluster
        finally:
            with contextlib.suppress(Exception):  # it may be gone, which has been told
                client.close(LEAVING)


class Cluster:
    """Workers at the other end of an address; see `connected`.

    Attributes
    ----------
    address : str
    say : callable
    """

    def __init__(self, client: Client, address: str, say: Callable[[str], None]) -> None:
        self.address, self.say = address, say
        self._client, self._jobs = client, itertools.count()
        self._known: list[str] = []

    def deal(
        self, work: Work, tasks: TaskQueue, check: Callable[[], None]
    ) -> Generator[Finished, None, None]:
        """Work on all workers, as many as there are at the time; a `chunks.Executor`.

        Raises
        ------
        ClusterLost
            If the scheduler is gone, or workers fail in another way than by ending.
        """
        from crisis_abm.runs.cluster_worker import PREFIX, Job

        job = Job(f"{PREFIX}{self._client.id}-{next(self._jobs)}", work, tuning())
        try:
            with self.asked():
                self._client.register_plugin(job)
            yield from _hand_out(self, job.name, tasks, check)
        finally:
            self._forget(job.name)

    def workers(self) -> list[str]:
        """Addresses of its worker processes; as last known, while the scheduler is busy."""
        with self.asked(), contextlib.suppress(TimeoutError):
            self._known = list(self._call("ncores"))
        return self._known

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Hand out one call; its future."""
        with self.asked():
            return self._client.submit(function, *arguments, pure=False)

    def cancel(self, futures: list[Any]) -> None:
        """Nobody waits for these any more."""
        with contextlib.suppress(Exception):
            self._client.cancel(futures, force=True)

    @contextlib.contextmanager
    def asked(self) -> Iterator[None]:
        """Something is asked of the scheduler, which must be there.

        Raises
        ------
        ClusterLost
        """
        self.be_there()
        try:
            yield
        except TimeoutError:  # an OSError since Python 3.10, but busy is not gone
            raise
        except OSError:
            raise self._gone() from None

    def be_there(self) -> None:
        """Raise if the scheduler is not.

        Raises
        ------
        ClusterLost
        """
        if self._client.status != "running":
            raise self._gone()

    def refuse_others(self) -> None:
        """Refuse workers that would not compute the same bits; takes down what others left.

        Raises
        ------
        ClusterError
        """
        from crisis_abm.runs.cluster_worker import abandoned

        here = tuning()
        there = {"the scheduler": self._attempt(lambda: self._client.run_on_scheduler(tuning))}
        workers = self._client.run(tuning, on_error="return")
        there |= {f"the worker {place}": found for place, found in workers.items()}
        found = {}
        for place, one in there.items():
            if isinstance(one, OSError):  # it has left meanwhile
                continue
            differ = _failed(one) if isinstance(one, Exception) else differences(here, one)
            if differ:
                found[place] = differ
        if found:
            told = [f"{place}: {differ}" for place, differ in list(found.items())[:SHOWN]]
            more = f"; and {len(found) - SHOWN} others" if len(found) > SHOWN else ""
            raise ClusterError(f"{self.address}: {'; '.join(told)}{more}; {REMEDY}")
        for name in self._client.run_on_scheduler(abandoned):
            self._forget(name)

    def _gone(self) -> ClusterLost:
        return ClusterLost(f"the scheduler at {self.address} is gone")

    def _forget(self, name: str) -> None:
        with contextlib.suppress(Exception):  # a busy worker answers late; the scheduler knows
            self._call("unregister_worker_plugin", LEAVING, name=name)

    def _call(self, operation: str, patience: float = BUSY, **arguments: Any) -> Any:
        """One of the scheduler's operations; those of the client wait for an answer for ever."""
        function = getattr(self._client.scheduler, operation)
        return self._client.sync(function, callback_timeout=patience, **arguments)

    @staticmethod
    def _attempt(function: Callable[[], Any]) -> Any:
        try:
            return function()
        except Exception as error:
            return error


def _failed(error: Exception) -> str:
    """Why somebody could not be asked."""
    if isinstance(error, ImportError):
        return f"this version of crisis_abm is not installed there ({error})"
    return f"does not answer ({type(error).__name__}: {error})"


def _client(address: str) -> Client:
    try:
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port
        from distributed.versions import VersionMismatchWarning
    except ImportError:
        remedy = "pip install 'crisis_abm[cluster]'"
        raise ClusterError(f"a cluster needs another package: {remedy}") from None
    try:
        get_address_host_port(address if "://" in address else f"tcp://{address}", strict=True)
    except ValueError as error:
        why, remedy = str(error), "write host:port, as in head:8786"
        if why.startswith("invalid literal"):
            why = "the port is no number"
        raise ClusterError(f'"{address}": {why}; {remedy}') from None
    remedy = "start one, or look at the address it shows (docs/cluster.md)"
    try:
        with ThreadPoolExecutor(1) as thread:  # a notebook has a loop of its own
            kind = thread.submit(asyncio.run, _kind(address)).result()
        if kind == "Scheduler":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", VersionMismatchWarning)  # asked more closely later
                return Client(address, timeout=CONNECTING, set_as_default=False, name="crisis_abm")
    except Exception as error:
        raise ClusterError(f"{address}: no scheduler answers there; {remedy}") from error
    raise ClusterError(
        f"{address}: what answers there is no scheduler but a {kind.lower()}; {remedy}"
    )


async def _kind(address: str) -> str:
    """What answers at an address. A client that waits for it in vain cannot be got rid of."""
    from distributed import Security
    from distributed.core import rpc

    how = Security().get_connection_args("client")
    async with rpc(address, timeout=CONNECTING, connection_args=how) as there:
        return str((await asyncio.wait_for(there.identity(), CONNECTING))["type"])


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what distributed logs off the screen: what matters is said in our own words."""
    with contextlib.suppress(ImportError):
        import distributed  # noqa: F401 # sets its levels when it is loaded
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _hand_out(
    cluster: Cluster, job: str, tasks: TaskQueue, check: Callable[[], None]
) -> Generator[Finished, None, None]:
    """Hand out what is in a queue of tasks; see `chunks.Executor`."""
    out = _Flight(cluster, job, tasks)
    try:
        out.prepare(check)
        while out.hand_out():
            for future in out.back():
                finished = out.brought(future)
                if finished is not None:
                    out.hand_out()  # before others look at what was brought
                    yield finished
            cluster.be_there()
            check()
    finally:
        cluster.cancel([one.future for one in out.flight.values()])


class _Out(NamedTuple):
    """A chunk that was handed out."""

    future: Any
    chunk: Chunk


class _Flight:
    """What is in flight, and what waits."""

    def __init__(self, cluster: Cluster, job: str, tasks: TaskQueue) -> None:
        self.cluster, self.job, self.tasks = cluster, job, tasks
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
        from crisis_abm.runs.cluster_worker import begin

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
        from crisis_abm.runs.cluster_worker import do

        self._look()
        short = self._each is not None and self._each < SHORT
        # one even where no worker is: a cluster that grows on demand waits for that
        most = max(1, self._workers * (2 if short else 1))
        while len(self.flight) < most and (chunk := self.tasks.take()):
            self._submit(do, chunk, chunk.tasks, self.tasks.longest())
        if not self.flight and self._suspects:
            chunk = self._suspects.popleft()
            self._submit(do, chunk, chunk.tasks, self.tasks.longest())
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
        return brought(self.tasks, chunk, answers, seconds)

    def _killed(self, future: Any) -> bool:
        """Whether it ended the workers it was given to; raises if they fail in another way."""
        from distributed import KilledWorker

        from crisis_abm.runs.cluster_worker import Differs

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
        self.tasks.workers = max(1, self._workers)
        if not self._workers and not self._waiting:
            self.cluster.say(f"No worker is at {self.cluster.address}; waiting for one …")
        self._waiting = not self._workers
