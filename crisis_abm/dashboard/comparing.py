"""A comparison as it comes in: replicate by replicate, from processes that others use, too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from crisis_abm.dashboard.workers import LOST, Workers
from crisis_abm.runs import Comparison, Prepared, WorkerLost
from crisis_abm.runs.comparison import replicate_under
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.tables import Tables

__all__ = ["TooMany", "coming_in"]

Array = np.ndarray
TRIES = 3
PATIENCE = 0.1  # seconds between two looks whether it is still wanted
GROWN = 1.25  # a picture of so many times the crises is worth drawing
MOST_BYTES = 1_500_000_000  # of one comparison

_shown: WeakValueDictionary[str, Tables] = WeakValueDictionary()  # by what the scenario says


class TooMany(ValueError):
    """More crises than fit into memory; the message is one sentence."""


def coming_in(
    workers: Workers,
    scenario: Scenario,
    policies: tuple[Policy, ...],
    replicates: int,
    seed: int,
    wanted: Callable[[], bool],
    watched: Callable[[], bool] = lambda: True,
    every: float = 0.25,
) -> Iterator[Comparison]:
    """The comparison of the first replicates that are there: soon, now and then, and whole.

    Parameters
    ----------
    workers : Workers
    scenario, policies, replicates, seed
        As in `runs.compare`, whose result the last one is, bit by bit.
    wanted : callable
        Asked now and then; when it says no, nothing more is run.
    watched : callable
        While it says no, nothing new is begun.
    every : float
        Seconds.

    Raises
    ------
    ScenarioError
        If the scenario's network cannot be built.
    TooMany
        If so many crises do not fit into memory.
    WorkerLost
        If processes die over it again and again.
    """
    began = told = time.monotonic()
    key = scenario.fingerprint()
    tables: Tables | None = _shown.get(key) or workers.ask(_tables, scenario, None, wanted)
    if tables is not None:
        _shown[key] = tables
    kept: list[Array] = []
    there = np.zeros(replicates, np.bool_)
    shown = losses = 0
    left = list(range(replicates - 1, -1, -1))
    under_way: dict[Future[Any], int] = {}
    while tables is not None and shown < replicates:
        if not wanted():
            for future in under_way:
                future.cancel()
            return
        while left and len(under_way) <= workers.count and watched():
            replicate = left.pop()
            future = workers.submit(replicate_under, scenario, (replicate, seed, policies))
            under_way[future] = replicate
        if not under_way:
            time.sleep(PATIENCE)
            continue
        done, _ = wait(under_way, PATIENCE, FIRST_COMPLETED)
        for future in done:
            replicate = under_way.pop(future)
            try:
                answer = future.result()
            except BrokenProcessPool:
                losses += 1
                left.append(replicate)
                if losses >= TRIES * (workers.count + 1):
                    raise WorkerLost(LOST) from None
                continue
            kept = kept or _room(answer, replicates)
            for column, part in zip(kept, answer, strict=True):
                column[replicate] = part
            there[replicate] = True
        ready = int(replicates if there.all() else there.argmin())
        now = time.monotonic()
        soon = now - told > every and ready >= GROWN * shown
        if ready > shown and (ready == replicates or not shown or soon):
            told, shown = now, ready
            figures, harm, strained, daily = (column[:ready] for column in kept)
            yield Comparison(
                scenario, tables, policies, seed, figures, harm, strained, daily, now - began
            )


def _tables(prepared: Prepared, task: None) -> Tables:
    """In a worker: building a large network would hold everybody's page up."""
    return prepared.tables


def _room(answer: tuple[Array, ...], replicates: int) -> list[Array]:
    """Columns for all replicates, like these of one."""
    each = sum(part.nbytes for part in answer)
    if each * replicates > MOST_BYTES:
        fit = MOST_BYTES // each
        raise TooMany(
            f"{replicates:,} crises of so large a scenario do not fit into memory; choose "
            f"{fit:,} or fewer."
        )
    return [np.empty((replicates, *part.shape), part.dtype) for part in answer]
