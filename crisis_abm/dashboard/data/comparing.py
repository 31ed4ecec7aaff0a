"""A comparison as it comes in, replicate by replicate, from shared processes; and its report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from crisis_abm import history
from crisis_abm.dashboard.data.workers import LOST, Workers
from crisis_abm.engine import Detail
from crisis_abm.report.comparison import comparison_report
from crisis_abm.report.page import page_html
from crisis_abm.report.style import drawing
from crisis_abm.runs import Comparison, Prepared, WorkerLost, run_once
from crisis_abm.runs.comparison import replicate_under
from crisis_abm.scenario import Policy, Problem, Scenario, ScenarioError
from crisis_abm.tables import Tables

Array = np.ndarray
TRIES = 3
PATIENCE = 0.1  # seconds between two looks whether it is still wanted
GROWN = 1.25  # a picture of so many times the crises is worth drawing
MOST_BYTES = 1_500_000_000  # of one comparison

_shown: WeakValueDictionary[str, Tables] = WeakValueDictionary()  # by what the scenario says


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
        If the scenario's network cannot be built, or so many crises do not fit into memory.
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


def comparison_page(prepared: Prepared, task: tuple[Comparison, int, int | None]) -> str:
    """In a worker: the report of a comparison, with one of its crises (a replicate) day by day.

    Last comes how many crises there will be while some still come in, else None.
    """
    result, crisis, asked = task
    scenario = prepared.scenario
    runs = []
    if history.detail_for(scenario, prepared.tables) == Detail.ORGANISATIONS:
        runs = [run_once(scenario, policy, result.seed, crisis) for policy in result.followed]
    report = comparison_report(result, runs, asked)
    drawings = {one.name: drawing(one) for one in report.pictures}
    lead = [report.finding, scenario.description]
    return page_html(report.title, lead, report.sections, report.about, drawings)


def _tables(prepared: Prepared, task: None) -> Tables:
    """In a worker: building a large network would hold everybody's page up."""
    return prepared.tables


def _room(answer: tuple[Array, ...], replicates: int) -> list[Array]:
    """Columns for all replicates, like these of one."""
    each = sum(part.nbytes for part in answer)
    if each * replicates > MOST_BYTES:
        fit = MOST_BYTES // each
        message = f"{replicates:,} crises of so large a scenario do not fit into memory"
        remedy = f"choose {fit:,} or fewer"
        raise ScenarioError(Problem("scenario", "", message=message, remedy=remedy))
    return [np.empty((replicates, *part.shape), part.dtype) for part in answer]
