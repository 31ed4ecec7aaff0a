"""What if: the same crises again with something changed, run on all cores, paired.

A *trial* is a policy and a list of changes to the compiled scenario: somebody is knocked out, a
store is fuller, an event does not happen, only some organisations follow the policy. Replicates,
their shocks and what they draw of the uncertain are the same for every trial (common random
numbers), so trials are compared replicate by replicate.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from crisis_abm import engine
from crisis_abm.engine import Detail, State
from crisis_abm.runs.prepared import Prepared, replicate_seed
from crisis_abm.runs.processes import (
    WORTH_STARTING,
    Processes,
    Progress,
    in_order,
    workers_available,
)
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.scenario.schema.policy import BUILT_IN
from crisis_abm.tables import Tables
from crisis_abm.tables.layout import World
from crisis_abm.tables.schedule import followed_by

Array = np.ndarray
Measure = Callable[[Tables, State], Array]
Contrast = Callable[[Tables, State, State, "Trial"], Array]

AS_WRITTEN = -1  # the replicate without draws: the scenario and the seed as they are


class Change(Protocol):
    """Something that is different in a trial; to be sent to processes, so a frozen dataclass."""

    def apply(self, tables: Tables, world: World) -> World:
        """Return the changed arrays; those given stay as they are."""


@dataclass(frozen=True)
class Trial:
    """What is tried.

    Attributes
    ----------
    policy : Policy
    changes : tuple of Change
        Applied one after the other.
    adopters : tuple of int, optional
        Rows of the organisations that follow `policy`; all. The others keep to `otherwise`.
    otherwise : Policy
    """

    policy: Policy
    changes: tuple[Change, ...] = ()
    adopters: tuple[int, ...] | None = None
    otherwise: Policy = BUILT_IN["siloed"]


def run_trials(
    scenario: Scenario,
    trials: Sequence[Trial],
    measure: Measure,
    replicates: Sequence[int],
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Array:
    """Run every trial on every replicate.

    Parameters
    ----------
    scenario : Scenario
    trials : sequence of Trial
    measure : callable
        What is kept of a run: ``measure(tables, state)``, an array of one shape; module-level, so
        that it can be sent to processes.
    replicates : sequence of int
        Their numbers, as in `compare`; `AS_WRITTEN` for the scenario without draws.
    seed : int
    workers, progress
        As in `compare`; progress counts runs.

    Returns
    -------
    ndarray, shape (trials, replicates, ...)
    """
    tasks = [(seed, replicate, trial) for replicate in replicates for trial in trials]
    answers = in_order(_try, tasks, _Bench, (scenario, measure), workers, progress)
    kept = np.stack(answers)
    return np.swapaxes(kept.reshape(len(replicates), len(trials), *kept.shape[1:]), 0, 1)


def run_against(
    scenario: Scenario,
    trials: Sequence[tuple[int, Trial]],
    contrast: Contrast,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
    processes: Processes | None = None,
) -> list[Array]:
    """Run trials, each held against the same crisis without its changes.

    Parameters
    ----------
    scenario : Scenario
    trials : sequence of (int, Trial)
        With their replicates. Those of one replicate best stand together, since what they are
        held against is kept until another replicate comes; among these, those of the same
        changes, which are then applied once.
    contrast : callable
        What is kept: ``contrast(tables, without, with_changes, trial)``; may be sent to
        processes. Only this leaves them, so that what organisations come to need not be held for
        thousands of trials at once.
    seed, workers, progress
        As in `run_trials`; progress counts trials.
    processes : Processes, optional
        That stay for another call with the same scenario and contrast.

    Returns
    -------
    list of ndarray
        In the order of the trials.
    """
    tasks = [(seed, replicate, trial) for replicate, trial in trials]
    return in_order(_contrast, tasks, _Bench, (scenario, contrast), workers, progress, processes)


class RepeatedTrials:
    """A context in which trials are run lot by lot, each lot depending on the one before.

    A search asks for hundreds of short lots: processes stay up between them.

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
        self._argument = (scenario, measure)
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
            _try, tasks, _Bench, self._argument, self.workers, progress, self._processes
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


class _Bench:
    """Of one process: a scenario, what is kept of its runs, and what was made of it last."""

    def __init__(self, argument: tuple[Scenario, Any]) -> None:
        self.scenario, self.measure = argument
        self._plain: dict[Trial, State] = {}  # of one replicate, which is:
        self._plain_of: tuple[int, int] | None = None
        self._changed: tuple[Tables, tuple[Change, ...], World] | None = None

    def without_changes(self, task: tuple[int, int, Trial]) -> State:
        """Run a trial without its changes; kept until another replicate is asked for."""
        seed, replicate, trial = task
        if self._plain_of != (seed, replicate):
            self._plain_of, self._plain = (seed, replicate), {}
        plain = replace(trial, changes=())
        if plain not in self._plain:
            self._plain[plain] = _ran(self, (seed, replicate, plain))[1]
        return self._plain[plain]

    def changed(self, tables: Tables, changes: tuple[Change, ...]) -> World:
        """The arrays with the changes; the same object for the same changes twice running.

        (What all runs of a world have in common is worked out once by the engine.)
        """
        if not changes:
            return tables.world
        last = self._changed
        if last is not None and last[0] is tables and last[1] == changes:
            return last[2]
        world = tables.world
        for change in changes:
            world = change.apply(tables, world)
        self._changed = (tables, changes, world)
        return world

    def prepared(self, seed: int, replicate: int) -> Prepared:
        """Return the scenario as this replicate draws it."""
        drawn = None if replicate == AS_WRITTEN else replicate
        return Prepared.of(self.scenario, seed, drawn)


def _try(bench: _Bench, task: tuple[int, int, Trial]) -> Array:
    return np.asarray(bench.measure(*_ran(bench, task)))


def _contrast(bench: _Bench, task: tuple[int, int, Trial]) -> Array:
    without = bench.without_changes(task)
    tables, state = _ran(bench, task)
    return np.asarray(bench.measure(tables, without, state, task[2]))


def _ran(bench: _Bench, task: tuple[int, int, Trial]) -> tuple[Tables, State]:
    """The tables of a trial, changed, and what came out."""
    seed, replicate, trial = task
    prepared = bench.prepared(seed, replicate)
    tables = prepared.tables
    if replicate != AS_WRITTEN:
        seed = replicate_seed(seed, replicate)
    world = bench.changed(tables, trial.changes)
    policy = prepared.policy(trial.policy)
    if trial.adopters is not None:
        adopters = np.zeros(len(tables.ids), np.bool_)
        adopters[list(trial.adopters)] = True
        policy = followed_by(adopters, policy, prepared.policy(trial.otherwise))
    state = engine.run(world, policy, seed, Detail.GROUPS)
    return replace(tables, world=world), state
