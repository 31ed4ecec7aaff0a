"""A sweep: every run of an experiment, on all cores, kept chunk by chunk; errors are answers."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crisis_abm import engine, outcomes
from crisis_abm.engine import Detail, State
from crisis_abm.experiment.design.setting import prepare
from crisis_abm.experiment.store.run_files import ERROR, OK, TIME_LIMIT, Ended, Shard, order_of
from crisis_abm.experiment.store.store import opened
from crisis_abm.runs.chunks import Executor, TaskQueue, Work, in_processes
from crisis_abm.runs.prepared import STAGES
from crisis_abm.runs.processes import Progress, refuse_unguarded, workers_available
from crisis_abm.scenario import ScenarioError
from crisis_abm.tables import layout

if TYPE_CHECKING:
    from crisis_abm.experiment.experiment import Experiment

LONGEST_ERROR = 2000  # characters


@dataclass(frozen=True)
class Swept:
    """What a sweep came to.

    Attributes
    ----------
    folder : Path
    total : int
        Runs of the sweep, or of its shard.
    before : int
        Of these, runs that were kept already.
    damaged : int
        Files that were found damaged, and whose runs were done again.
    statuses : Counter
        How many of all ended how.
    seconds : float
    """

    folder: Path
    total: int
    before: int
    damaged: int
    statuses: Counter[str]
    seconds: float


def sweep(
    experiment: Experiment,
    folder: str | Path,
    workers: int | None = None,
    shard: Shard | None = None,
    time_limit: float | None = None,
    retry: bool = False,
    progress: Progress | None = None,
    deal: Executor = in_processes,
) -> Swept:
    """Run an experiment, or the rest of it.

    Parameters
    ----------
    experiment : Experiment
    folder : str or Path
        Where the runs are kept; if some are there already, only the others are run.
    workers : int, optional
        Processes; one a core. Never changes a result.
    shard : (int, int), optional
        Run part i of n only, i from 1; see `merge.merge`.
    time_limit : float, optional
        Seconds after which a run is given up. Looked at between stages of a run.
    retry : bool
        Run again what ended without a result.
    progress : callable, optional
        Called with (runs kept, runs in all).
    deal : callable
        Who works: `chunks.in_processes`, `chunks.here`, or another that takes chunks.

    Returns
    -------
    Swept

    Raises
    ------
    StoreError
        If the folder cannot be used, or is full; what is kept stays.
    WorkerLost
        If no process can be started.
    """
    began = time.monotonic()
    refuse_unguarded()  # before its parent's folder is found to be taken
    with opened(folder, experiment, shard, retry) as store:
        kept = store.contents
        total, before = store.total, int(kept.done.sum())
        count = before
        tell = progress or (lambda done, total: None)
        tell(before, total)
        left = total - before
        queue = TaskQueue(store.to_do(), left, max(1, min(workers or workers_available(), left)))
        work = Work(Evaluator.run, Evaluator, (experiment, time_limit))

        def check() -> None:
            tell(count, total)

        if left:
            with contextlib.closing(deal(work, queue, check)) as finished:
                for chunk in finished:
                    store.write(chunk.tasks, chunk.answers)
                    count += len(chunk.tasks)
                    check()
        seconds = time.monotonic() - began
        return Swept(store.folder, total, before, len(kept.damaged), kept.statuses, seconds)


class _TooLong(Exception):
    """The time limit is reached."""


class Evaluator:
    """Of one process: the experiment, and the seconds a run may take.

    The first run of a process may have to wait for the compiler, so its clock starts when its first
    stage is done.
    """

    def __init__(self, argument: tuple[Experiment, float | None]) -> None:
        self.experiment, self.time_limit = argument
        self.warm = False

    def run(self, number: int) -> Ended:
        """Run the run of a number, whatever may happen: an error is an answer as well."""
        point, replicate = order_of(self.experiment).places(number)
        began = time.monotonic()
        try:
            _, tables, policy, seed = prepare(self.experiment, int(point), int(replicate))
            state = self._state(tables.world, policy, seed, began)
            self.warm = True
            return Ended(OK, None, outcomes.measure(tables, state, self.experiment.outcomes))
        except _TooLong:
            return Ended(TIME_LIMIT, f"took longer than {self.time_limit:g} s", None)
        except ScenarioError as error:
            return Ended(ERROR, _short("; ".join(map(str, error.problems))), None)
        except Exception as error:
            return Ended(ERROR, _short(f"{type(error).__name__}: {error}"), None)

    def _state(self, world: layout.World, policy: layout.Policy, seed: int, began: float) -> State:
        """The state at the end, reached in stages if time is limited."""
        if self.time_limit is None:
            return engine.run(world, policy, seed, Detail.GROUPS)
        steps = world.parameters.steps
        state = engine.start(world, policy, seed, Detail.GROUPS)
        each = -(-steps // STAGES)
        for first in range(0, steps, each):
            if self.warm and time.monotonic() - began > self.time_limit:
                raise _TooLong
            state = engine.advance(world, state, first, first + each)
            if not self.warm:
                self.warm, began = True, time.monotonic()
        return state


def _short(text: str) -> str:
    return " ".join(text.split())[:LONGEST_ERROR]
