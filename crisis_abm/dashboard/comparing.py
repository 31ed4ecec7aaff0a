"""A comparison as it comes in: replicate by replicate, from processes that others use, too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from crisis_abm.dashboard.workers import Workers
from crisis_abm.runs import Comparison, Prepared, WorkerLost
from crisis_abm.runs.comparison import replicate_under, stacked
from crisis_abm.scenario import Scenario

__all__ = ["coming_in"]

LONG = 1.0  # seconds of a replicate from which a process is left to others
TRIES = 3
PATIENCE = 0.1  # seconds between two looks whether it is still wanted


def coming_in(
    workers: Workers,
    scenario: Scenario,
    policies: tuple[str, ...],
    replicates: int,
    seed: int,
    wanted: Callable[[], bool],
    every: float = 0.25,
) -> Iterator[Comparison]:
    """The comparison of the replicates that are there: at once, then every so many seconds, whole.

    Parameters
    ----------
    workers : Workers
    scenario, policies, replicates, seed
        As in `runs.compare`, whose result the last one is, bit by bit.
    wanted : callable
        Asked now and then; when it says no, nothing more is run.
    every : float
        Seconds.

    Raises
    ------
    WorkerLost
        If processes die over it again and again.
    """
    began = told = time.monotonic()
    tables = Prepared(scenario).tables
    named = tuple(scenario.policy_named(policy).name for policy in policies)
    answers: dict[int, Any] = {}
    losses = 0
    left = list(range(replicates - 1, -1, -1))
    under_way: dict[Future[Any], tuple[int, float]] = {}
    most = workers.count + 1
    while left or under_way:
        if not wanted():
            for future in under_way:
                future.cancel()
            return
        while left and len(under_way) < most:
            replicate = left.pop()
            task = (replicate, seed, policies)
            future = workers.submit(replicate_under, scenario, task)
            under_way[future] = replicate, time.monotonic()
        done, _ = wait(under_way, PATIENCE, FIRST_COMPLETED)
        for future in done:
            replicate, since = under_way.pop(future)
            try:
                answers[replicate] = future.result()
            except BrokenProcessPool:
                losses += 1
                left.append(replicate)
                if losses >= TRIES * most:
                    raise WorkerLost(
                        "the processes that run it end without an answer (killed, or out of memory)"
                    ) from None
            else:
                long = time.monotonic() - since > LONG * (len(under_way) + 1)
                most = max(1, workers.count - 1) if long else workers.count + 1
        now = time.monotonic()
        last = not left and not under_way
        if answers and (last or len(answers) == 1 or (done and now - told > every)):
            told = now
            known = [answers[replicate] for replicate in sorted(answers)]
            yield stacked(scenario, tables, named, seed, known, now - began)
