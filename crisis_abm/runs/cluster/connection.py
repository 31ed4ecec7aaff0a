"""To a cluster and back: connecting to its scheduler, asking its workers, letting go of it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import warnings
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from crisis_abm.runs.chunks import Bag, Finished, Work
from crisis_abm.runs.cluster.deal import deal_out
from crisis_abm.runs.cluster.errors import ClusterError, ClusterLost
from crisis_abm.runs.cluster.sameness import differences, tuning

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Cluster", "connected"]

PATIENCE = 10.0  # seconds for a scheduler to answer
BUSY = 1.0  # seconds after which one that has work to do is asked again later
LEAVING = 1.0  # seconds to take leave: after Ctrl-C nobody waits for much longer
SHOWN = 3  # workers named in an error
REMEDY = "install the same versions everywhere (docs/cluster.md)"
LOGGERS = ("distributed", "distributed.client", "distributed.gc", "tornado.application")


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
        self, work: Work, bag: Bag, check: Callable[[], None]
    ) -> Generator[Finished, None, None]:
        """Work on all workers, as many as there are at the time; a `chunks.Deal`.

        Raises
        ------
        ClusterLost
            If the scheduler is gone, or workers fail in another way than by ending.
        """
        from crisis_abm.runs.cluster.worker import PREFIX, Job

        job = Job(f"{PREFIX}{self._client.id}-{next(self._jobs)}", work, tuning())
        try:
            with self.asked():
                self._client.register_plugin(job)
            yield from deal_out(self, job.name, bag, check)
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
        from crisis_abm.runs.cluster.worker import abandoned

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
                return Client(address, timeout=PATIENCE, set_as_default=False, name="crisis_abm")
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
    async with rpc(address, timeout=PATIENCE, connection_args=how) as there:
        return str((await asyncio.wait_for(there.identity(), PATIENCE))["type"])


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
