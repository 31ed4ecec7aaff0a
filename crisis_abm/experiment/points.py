"""The points of an experiment: which value every factor has in each."""

from __future__ import annotations

import hashlib
import json
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from crisis_abm.experiment.factors import Factor

__all__ = ["Points", "crossed_with"]


@dataclass(frozen=True)
class Points:
    """P points: every state of the world that was sampled, under every setting of the levers.

    Settings of the levers given as lists follow each other within a state of the world, so point
    number ``w * settings + s`` is setting s in state w, and what is common to a state is near.

    Attributes
    ----------
    columns : dict of str to ndarray, shape (P,)
        By factor, in the order of the factors.
    sampled, crossed : tuple of str
        Factors that differ between states of the world, and levers crossed with all of these.
    settings : int
        How many there are of the crossed levers; 1 if nothing is crossed.
    unit : ndarray, shape (P / settings, D), or None
        Where each state lies in the unit cube of `sampled`, for designs that sample it: what an
        analysis of Morris or Sobol wants.
    """

    columns: dict[str, np.ndarray]
    sampled: tuple[str, ...]
    crossed: tuple[str, ...]
    settings: int
    unit: np.ndarray | None = None

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 1

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, point: int) -> dict[str, Any]:
        """The values at one point, by factor."""
        point = operator.index(point)
        if not 0 <= point < len(self):
            raise IndexError(f"there are {len(self)} points, from 0; {point} is none of them")
        return {name: column[point].item() for name, column in self.columns.items()}

    def world(self, point: int) -> int:
        """Number of the state of the world that a point is in."""
        return point // self.settings

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of all values, to the last bit."""
        found = hashlib.sha256()
        for name, column in self.columns.items():
            found.update(json.dumps([name, column.dtype.kind]).encode())
            if column.dtype.kind == "U":
                found.update(json.dumps(column.tolist()).encode())
            else:
                found.update(column.astype(column.dtype.newbyteorder("<")).tobytes())
        return found.hexdigest()


def crossed_with(
    worlds: dict[str, np.ndarray],
    count: int,
    factors: Sequence[Factor],
    crossed: Sequence[Factor],
    unit: np.ndarray | None = None,
) -> Points:
    """Put every state of the world under every combination of the crossed levers.

    Parameters
    ----------
    worlds : dict of str to ndarray, shape (count,)
        Columns of the factors that are not crossed.
    count : int
        States of the world; 1 where there is no such factor.
    factors : sequence of Factor
        All, in order.
    crossed : sequence of Factor
        Lists; the last one varies fastest.
    unit : ndarray, optional
    """
    sizes = [len(factor.ends) for factor in crossed]
    settings = int(np.prod(sizes, dtype=np.int64))
    numbers = np.unravel_index(np.arange(settings), sizes) if sizes else ()
    columns = {name: np.repeat(column, settings) for name, column in worlds.items()}
    for factor, number in zip(crossed, numbers, strict=True):
        values = factor.array(list(factor.ends))
        columns[factor.name] = np.tile(values[number], count)
    ordered = {factor.name: columns[factor.name] for factor in factors}
    for column in ordered.values():
        column.setflags(write=False)
    names = tuple(factor.name for factor in crossed)
    sampled = tuple(factor.name for factor in factors if factor.name not in names)
    return Points(ordered, sampled, names, settings, unit)
