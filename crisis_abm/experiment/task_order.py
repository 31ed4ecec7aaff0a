"""The order of the runs of a sweep, and how it is cut into shards.

Runs are numbered so that those which share tables follow each other (see `setting.prepare`): state
of the world by state, in it replicate by replicate, in it the settings of the crossed levers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from crisis_abm.experiment.experiment import Experiment

__all__ = ["Order", "Shard", "order_of"]

BLOCKS = 4  # blocks of runs for each shard, at least, if there are as many
SLICE = 100_000  # runs looked at together

Array = np.ndarray
Shard = tuple[int, int]  # (i, n): part i of n, from 1


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
