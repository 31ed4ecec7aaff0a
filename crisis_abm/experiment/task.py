"""The runs of a sweep: in what order they are done, and how each of them ends.

They are numbered so that those which share tables follow each other (see `setting.prepare`): state
of the world by state, in it replicate by replicate, in it the settings of the crossed levers.
Shards are cut from that order. Whatever happens in a run, it ends with an answer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crisis_abm import engine, outcomes
from crisis_abm.engine import Detail, State
from crisis_abm.experiment.design.setting import prepare
from crisis_abm.runs.prepared import STAGES
from crisis_abm.scenario import ScenarioError
from crisis_abm.tables import layout

if TYPE_CHECKING:
    from crisis_abm.experiment.experiment import Experiment

__all__ = [
    "ERROR",
    "LOST",
    "OK",
    "STATUSES",
    "Bench",
    "Ended",
    "Order",
    "Shard",
    "ended",
    "order_of",
]

Array = np.ndarray
OK, ERROR, TIME_LIMIT, LOST = STATUSES = ("ok", "error", "time limit", "worker lost")
LONGEST_ERROR = 2000  # characters
BLOCKS = 4  # blocks of runs for each shard, at least, if there are as many
SLICE = 100_000  # runs looked at together
Shard = tuple[int, int]  # (i, n): part i of n, from 1


class Ended(NamedTuple):
    """How a run ended; `figures` are the experiment's outcomes, None without a result."""

    status: str
    error: str | None
    figures: Array | None


class _TooLong(Exception):
    """The time limit is reached."""


class Bench:
    """Of one process: the experiment, and the seconds a run may take.

    The first run of a process may have to wait for the compiler, so its clock starts when its first
    stage is done.
    """

    def __init__(self, argument: tuple[Experiment, float | None]) -> None:
        self.experiment, self.time_limit = argument
        self.warm = False

    def run(self, number: int) -> Ended:
        """Run, whatever may happen; see `ended`."""
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


def ended(bench: Bench, number: int) -> Ended:
    """Run the run of a number, whatever may happen: an error is an answer as well."""
    return bench.run(number)


def _short(text: str) -> str:
    return " ".join(text.split())[:LONGEST_ERROR]


class Order(NamedTuple):
    """How many points, replicates of each, and settings of the crossed levers there are."""

    points: int
    replicates: int
    settings: int

    @property
    def runs(self) -> int:
        """How many runs there are, numbered from 0."""
        return self.points * self.replicates

    def places(self, numbers: Any) -> tuple[Any, Any]:
        """Point and replicate of a run, or of an array of runs.

        >>> [tuple(map(int, Order(4, 2, 2).places(number))) for number in range(5)]
        [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0)]
        """
        world, within = np.divmod(numbers, self.replicates * self.settings)
        replicate, setting = np.divmod(within, self.settings)
        return world * self.settings + setting, replicate

    def numbers(self, points: Array, replicates: Array) -> Array:
        """The runs at these points and replicates."""
        worlds, settings = np.divmod(points, self.settings)
        return np.asarray((worlds * self.replicates + replicates) * self.settings + settings)

    def in_shard(self, numbers: Array, shard: Shard | None) -> Array:
        """Which of these runs belong to a shard: bool.

        Shards take turns, a state of the world at a time, or less where there are few.
        """
        if shard is None:
            return np.ones(len(numbers), np.bool_)
        part, parts = shard
        block = 1
        for larger in (self.settings, self.settings * self.replicates):
            if self.runs >= BLOCKS * parts * larger:
                block = larger
        return np.asarray(numbers // block % parts == part - 1)

    def held(self, shard: Shard | None) -> int:
        """How many runs belong to a shard."""
        return sum(int(self.in_shard(numbers, shard).sum()) for numbers in self._slices())

    def to_do(self, done: Array, shard: Shard | None) -> Iterator[int]:
        """The runs of a shard that are not done, in order.

        Parameters
        ----------
        done : ndarray of bool, shape (runs,)
        shard : (int, int) or None
        """
        for numbers in self._slices():
            left = self.in_shard(numbers, shard) & ~done[numbers]
            yield from numbers[left].tolist()

    def _slices(self) -> Iterator[Array]:
        """The numbers of all runs, so many at a time that none of it is large."""
        for first in range(0, self.runs, SLICE):
            yield np.arange(first, min(first + SLICE, self.runs))


def order_of(experiment: Experiment) -> Order:
    """The order of the runs of an experiment."""
    points = experiment.points
    return Order(len(points), experiment.replicates, points.settings)
