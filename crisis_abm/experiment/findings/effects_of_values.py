"""What each value of a factor does: one at a time from a base, or in a full factorial.

One at a time everything else stays at its base (`changes`). In a full factorial all other factors
are averaged over (`main_effects`): every value meets the same combinations of them in the same
crises, so differences between values are paired, and combinations with a missing run under any
value are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.experiment.design.points import Points
from crisis_abm.experiment.findings.two_way_bootstrap import intervals_of_amounts
from crisis_abm.runs.statistics import Alike, Estimate, estimated, paired_differences

Array = np.ndarray
Pair = tuple[float, float]


@dataclass(frozen=True)
class Change(Estimate):
    """One factor at another value than its base.

    Attributes
    ----------
    factor : str
    base, value : object
    mean : float
        Mean over the replicates that both runs have; NaN if there is none.
    interval : (float, float) or None
        90%, over the replicates; None with fewer than two, and where `alike` is told instead.
    replicates : int
        Pairs of runs that were compared.
    alike : Alike or None
        Where too few of them differ for an interval.
    """

    factor: str
    base: Any
    value: Any
    mean: float
    interval: tuple[float, float] | None
    replicates: int
    alike: Alike | None = None


def changes(points: Points, values: Array) -> list[Change]:
    """The effect of every change from the base, paired by replicate.

    Parameters
    ----------
    points : Points
        The base first, as the design makes them.
    values : ndarray, shape (W, R)
        An outcome under one setting, or its difference between two; NaN where a run is missing.
    """
    columns = {name: points.columns[name][:: points.settings] for name in points.sampled}
    found = []
    for name, column in columns.items():
        for world in np.flatnonzero(column != column[0]):
            pairs = paired_differences(values[0], values[world])
            pairs = pairs[np.isfinite(pairs)]
            interval, alike = estimated(pairs)
            effect = float(pairs.mean()) if len(pairs) else float("nan")
            ends = (column[0].item(), column[world].item())
            found.append(Change(name, *ends, effect, interval, len(pairs), alike))
    return found


def largest_first(found: list[Change]) -> list[str]:
    """Factors by the largest effect that any of their changes has."""
    size: dict[str, float] = {}
    for one in found:
        size[one.factor] = max(size.get(one.factor, 0.0), abs(np.nan_to_num(one.mean)))
    return sorted(size, key=lambda name: -size[name])


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
