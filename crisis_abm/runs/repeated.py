"""Trials that are asked for lot by lot, each lot depending on the answers to the one before.

A search asks for hundreds of short lots. Here scenarios stay compiled and processes stay up between
them, so that a lot costs little more than its runs.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from crisis_abm.runs.pool import WORTH_STARTING, Processes, Progress, in_order
from crisis_abm.runs.processes import workers_available
from crisis_abm.runs.trials import AS_WRITTEN, Measure, Trial, _Bench, _try
from crisis_abm.scenario import Scenario

__all__ = ["RepeatedTrials"]

Array = np.ndarray
SHELF = 50_000  # organisations whose replicates are kept compiled in a process


class RepeatedTrials:
    """A context in which trials are run, lot by lot.

    Parameters
    ----------
    scenario : Scenario
    measure : callable
        As in `run_trials`.
    seed : int
    workers : int, optional
        As in `run_trials`.
    expected : int
        About how many runs there will be: whether starting processes pays.
    """

    def __init__(
        self,
        scenario: Scenario,
        measure: Measure,
        seed: int = 0,
        workers: int | None = None,
        expected: int = 0,
    ) -> None:
        self.seed, self.workers, self.expected = seed, workers, expected
        self.done = 0
        self._shelf = _Shelf(scenario, measure)
        self._processes = Processes()

    def __enter__(self) -> RepeatedTrials:
        self._processes.__enter__()
        return self

    def __exit__(self, *what: object) -> None:
        self._processes.__exit__(*what)

    def run(self, lot: Sequence[tuple[int, Trial]], progress: Progress | None = None) -> Array:
        """Run a lot of trials.

        Parameters
        ----------
        lot : sequence of (int, Trial)
            With their replicates.
        progress : callable, optional
            Called with (runs done, runs in all) of this lot.

        Returns
        -------
        ndarray, shape (len(lot), ...)
            What was measured, in the order of the lot.
        """
        order = sorted(range(len(lot)), key=lambda k: lot[k][0])  # a replicate is compiled once
        tasks = [(self.seed, *lot[k]) for k in order]
        began = time.perf_counter()
        answers = in_order(
            _tried, tasks, _same, self._shelf, self.workers, progress, self._processes
        )
        if tasks and self.workers is None and workers_available() > 1:
            each = (time.perf_counter() - began) / len(tasks)
            if each * (self.expected - self.done) > WORTH_STARTING:
                self.workers = workers_available()
        self.done += len(tasks)
        found: list[Any] = [None] * len(tasks)
        for k, answer in zip(order, answers, strict=True):
            found[k] = answer
        return np.array(found)


class _Shelf:
    """Of one process: the scenario as some replicates draw it, compiled; travels without them."""

    def __init__(self, scenario: Scenario, measure: Measure) -> None:
        self.scenario, self.measure = scenario, measure
        self._benches: dict[int, _Bench] = {}
        self._size = 0  # organisations

    def __reduce__(self) -> tuple[Any, ...]:
        return _Shelf, (self.scenario, self.measure)

    def bench(self, replicate: int) -> _Bench:
        """Return where trials of a replicate are run."""
        key = replicate if self.scenario.uncertain else 0
        if key not in self._benches:
            if len(self._benches) >= max(1, SHELF // max(1, self._size)):
                self._benches.clear()
            self._benches[key] = _Bench((self.scenario, self.measure))
            self._size = len(self._benches[key].prepared(0, AS_WRITTEN).tables.ids)
        return self._benches[key]


def _same(shelf: _Shelf) -> _Shelf:
    return shelf


def _tried(shelf: _Shelf, task: tuple[int, int, Trial]) -> Array:
    return _try(shelf.bench(task[1]), task)
