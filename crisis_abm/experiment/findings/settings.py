"""Settings of the crossed levers: what is compared between them.

Every setting meets the same states of the world in the same crises, so a difference is taken state
by state and crisis by crisis, and only where both runs have a result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crisis_abm.experiment.findings.two_way_bootstrap import alike_over, interval_of_crossed_mean
from crisis_abm.runs.statistics import CONFIDENCE, paired_differences

__all__ = ["Series", "best_of_all", "best_setting", "complete_pairs", "series_of"]

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Series:
    """An outcome under one setting, or how it differs between two.

    Attributes
    ----------
    setting : str
    against : str
        The setting that was subtracted; empty if none was.
    values : ndarray, shape (W, R)
        By state of the world and replicate; NaN where a run is missing.
    """

    setting: str
    against: str
    values: Array

    @property
    def name(self) -> str:
        """What is looked at, such as "reciprocal − siloed"."""
        return f"{self.setting} − {self.against}" if self.against else self.setting

    @property
    def missing(self) -> int:
        """How many runs, or pairs of runs, have no result."""
        return int((~np.isfinite(self.values)).sum())


def complete_pairs(values: Array) -> Array:
    """Whether a state of the world has a result in a crisis under every setting.

    Parameters
    ----------
    values : ndarray, shape (W, S, R)

    Returns
    -------
    ndarray of bool, shape (W, R)
    """
    return np.asarray(np.isfinite(values).all(axis=1))


def series_of(values: Array, labels: Sequence[str]) -> list[Series]:
    """Every setting by itself, then every further one against the first.

    Parameters
    ----------
    values : ndarray, shape (W, S, R)
    labels : sequence of str
    """
    found = [Series(label, "", values[:, s]) for s, label in enumerate(labels)]
    first = values[:, 0]
    return found + [
        Series(label, labels[0], paired_differences(first, values[:, s]))
        for s, label in enumerate(labels)
        if s > 0
    ]


def best_setting(values: Array, direction: int) -> int:
    """Which further setting to show beside the first: the best one that differs from it at all.

    Where neither direction is better, the one that differs most.

    Parameters
    ----------
    values : ndarray, shape (W, S, R)
        With at least two settings.
    direction : int
        -1 where less is better, +1 where more is, 0 where neither.
    """
    kept = values.swapaxes(1, 2)[complete_pairs(values)]
    if not len(kept):
        return 1
    differences = paired_differences(kept[:, :1], kept[:, 1:])
    means = differences.mean(axis=0)
    gain = means * direction if direction else np.abs(means)
    return 1 + int(np.argmax(np.where((differences != 0).any(axis=0), gain, -np.inf)))


def best_of_all(
    values: Array, direction: int, together: int, seed: int = 0
) -> tuple[int, list[int]]:
    """The setting that came out best on average, and those that it is not clear of.

    The best of many looks better than it is in the runs that chose it. So the intervals of its
    differences from the others are wider, each by its part of the 10% (Bonferroni): with chance
    of at most one in twenty it is said to be clear of the one that is really best.

    Parameters
    ----------
    values : ndarray, shape (W, S, R)
    direction : int
        -1 where less is better, +1 where more is.
    together : int
        As `two_way_bootstrap.rows_drawn_together` gives it.
    seed : int
        Of the resampling.
    """
    complete = complete_pairs(values)
    kept = np.where(complete[:, None], values, np.nan)
    means = values.swapaxes(1, 2)[complete].mean(axis=0)
    best = int(np.argmax(means * direction))
    others = [s for s in range(len(means)) if s != best]
    columns = [paired_differences(kept[:, s], kept[:, best]) for s in others]
    strict = 1 - (1 - CONFIDENCE) / len(others)
    ends = interval_of_crossed_mean(np.stack(columns, axis=2), together, seed, strict)
    if ends is None:
        return best, others
    low, high = ends
    level = []
    for k, (s, column) in enumerate(zip(others, columns, strict=True)):
        alike = alike_over(column, together)
        clear = low[k] * high[k] > 0 if alike is None else alike.shown * direction > 0
        if not clear:
            level.append(s)
    return best, sorted(level, key=lambda s: -means[s] * direction)
