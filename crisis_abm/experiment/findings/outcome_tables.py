"""What every outcome came to: under each setting, and each setting against the first.

Means are over all states of the world and replicates whose runs are complete under every setting;
which chance their intervals cover is told in `two_way_bootstrap`. Every setting of the crossed
levers meets the same states in the same crises, so a difference is taken state by state and crisis
by crisis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crisis_abm.experiment.design.states import States, setting_labels, state_means, states_of
from crisis_abm.experiment.findings.two_way_bootstrap import (
    alike_over,
    interval_of_crossed_mean,
    intervals_of_amounts,
    rows_drawn_together,
)
from crisis_abm.experiment.results import Results
from crisis_abm.runs.statistics import CONFIDENCE, Alike, Estimate, band, paired_differences

Array = np.ndarray
Pair = tuple[float, float]


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


@dataclass(frozen=True)
class Spread(Estimate):
    """An outcome, or a difference, over all runs.

    Attributes
    ----------
    mean : float
        NaN if no pair is complete.
    interval : (float, float) or None
        90% interval of the mean; None where one crisis in given states cannot show it, and where
        `alike` is told instead.
    band : (float, float) or None
        The 10% and the 90% quantile over states of the world (of each the mean over its
        replicates); None with a single state.
    alike : Alike or None
        Where too few crises, or states, differ for an interval.
    """

    mean: float
    interval: Pair | None
    band: Pair | None
    alike: Alike | None = None


@dataclass(frozen=True, eq=False)
class Contrast:
    """A setting against the first one.

    Attributes
    ----------
    spread : Spread
        Of the paired difference: this setting minus the first.
    states : States
    """

    spread: Spread
    states: States

    def count(self, sign: int) -> int:
        """States of the world whose mean difference is below, at or above zero: -1, 0, +1."""
        return int((self.states.sign == sign).sum())

    def count_shown(self, sign: int) -> int:
        """Those of them whose own interval is clear of zero."""
        return int((self.states.shown == sign).sum())


@dataclass(frozen=True, eq=False)
class Found:
    """One outcome of an experiment.

    Attributes
    ----------
    outcome : str
    direction : int
        -1 where less is better, +1 where more is, 0 where neither.
    settings : tuple of Spread
    contrasts : tuple of Contrast
        Of every setting but the first.
    complete, pairs : int
        States times replicates with a result under every setting, and all there are.
    """

    outcome: str
    direction: int
    settings: tuple[Spread, ...]
    contrasts: tuple[Contrast, ...]
    complete: int
    pairs: int


def outcome_tables(results: Results, outcomes: list[str] | None = None) -> dict[str, Found]:
    """Every outcome's means, bands and paired differences, by outcome."""
    experiment = results.experiment
    labels = setting_labels(results.settings)
    together = rows_drawn_together(experiment)
    return {
        name: found(values, labels, experiment.directions[name], name, together, experiment.seed)
        for name, values in results.outcomes(outcomes).items()
    }


def found(
    values: Array, labels: list[str], direction: int, outcome: str, together: int, seed: int
) -> Found:
    """One outcome.

    Parameters
    ----------
    values : ndarray, shape (W, S, R)
        NaN where a run is missing.
    labels : list of str
    direction : int
    outcome : str
    together : int
        As `two_way_bootstrap.rows_drawn_together` gives it.
    seed : int
        Of the resampling.
    """
    complete = complete_pairs(values)
    kept = np.where(complete[:, None, :], values, np.nan)
    series = series_of(kept, labels)
    columns, count = np.stack([one.values for one in series], axis=2), len(labels)
    ends = intervals_of_amounts(columns[..., :count], columns[..., count:], together, seed)
    spreads = []
    for k, one in enumerate(series):
        interval, told = None, None
        if ends is not None:
            told = alike_over(one.values, together)
            interval = (float(ends[0][k]), float(ends[1][k])) if told is None else None
        spreads.append(_spread(one.values, interval, told))
    contrasts = [
        Contrast(spread, states_of(one.values))
        for one, spread in zip(series, spreads, strict=True)
        if one.against
    ]
    of_settings = tuple(spreads[: len(labels)])
    size = (int(complete.sum()), complete.size)
    return Found(outcome, direction, of_settings, tuple(contrasts), *size)


def _spread(values: Array, interval: Pair | None, alike: Alike | None) -> Spread:
    known = np.isfinite(values)
    if not known.any():
        return Spread(float("nan"), None, None)
    means = state_means(values)
    ends = band(means) if len(means) > 1 else None
    return Spread(float(values[known].mean()), interval, ends, alike)
