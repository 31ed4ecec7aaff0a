"""What each value of a factor comes to in a full factorial, all others averaged over.

Every value meets the same combinations of the other factors in the same crises, so differences
between values are paired; combinations with a missing run under any value are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.experiment.findings.two_way_bootstrap import intervals_of_amounts
from crisis_abm.experiment.points import Points
from crisis_abm.runs.statistics import paired_differences

__all__ = ["MainEffect", "main_effects"]

Array = np.ndarray
Pair = tuple[float, float]


@dataclass(frozen=True)
class MainEffect:
    """A value of a factor.

    Attributes
    ----------
    factor : str
    value : object
    mean : float
        Over all combinations of the others and all crises.
    interval : (float, float) or None
        90%, over the crises; None of one, and where too few differ (`statistics.Alike`).
    difference : float
        Against the factor's first value.
    difference_interval : (float, float) or None
    complete, combinations : int
        Combinations of the other factors, times crises, that were compared, and all there are.
    """

    factor: str
    value: Any
    mean: float
    interval: Pair | None
    difference: float
    difference_interval: Pair | None
    complete: int
    combinations: int


def main_effects(points: Points, values: Array, seed: int = 0) -> list[MainEffect]:
    """Means by value of every factor of a full factorial that has more than one.

    Parameters
    ----------
    points : Points
        All combinations of their factors' values.
    values : ndarray, shape (W, S, R)
    seed : int
        Of the resampling.

    Raises
    ------
    ValueError
        If the points are not all combinations, each once.
    """
    runs = values.reshape(len(points), -1)
    levels = {name: list(dict.fromkeys(c.tolist())) for name, c in points.columns.items()}
    if np.prod([len(some) for some in levels.values()], dtype=np.int64) != len(points):
        raise ValueError("main effects want all combinations of the factors' values, each once")
    found = []
    for name, some in levels.items():
        if len(some) > 1:
            found += _of_factor(points, name, some, runs, seed)
    return found


def _of_factor(
    points: Points, name: str, some: list[Any], runs: Array, seed: int
) -> list[MainEffect]:
    others = [column for other, column in points.columns.items() if other != name]
    ranks = [np.unique(column, return_inverse=True)[1] for column in others]
    order = np.lexsort(ranks) if ranks else np.arange(len(points))
    at = points.columns[name][order]
    table = np.stack([runs[order][at == value] for value in some], axis=2)
    complete = np.isfinite(table).all(axis=2)
    table = np.where(complete[..., None], table, np.nan)
    differences = paired_differences(table[..., :1], table)
    both = np.concatenate([table, differences], axis=2)
    ends = intervals_of_amounts(table, differences, 0, seed)
    count = len(some)
    means = [_mean(both[..., k]) for k in range(2 * count)]

    def interval(k: int) -> Pair | None:
        return None if ends is None or np.isnan(ends[0][k]) else (ends[0][k], ends[1][k])

    return [
        MainEffect(
            name,
            value,
            means[k],
            interval(k),
            means[count + k],
            interval(count + k),
            int(complete.sum()),
            complete.size,
        )
        for k, value in enumerate(some)
    ]


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
