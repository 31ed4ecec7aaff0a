"""What every outcome came to: under each setting, and each setting against the first.

Means are over all states of the world and replicates whose runs are complete under every setting;
which chance their intervals cover is told in `two_way_bootstrap`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crisis_abm.experiment.findings.settings import complete_pairs, series_of
from crisis_abm.experiment.findings.two_way_bootstrap import (
    alike_over,
    intervals_of_amounts,
    rows_drawn_together,
)
from crisis_abm.experiment.results import Results
from crisis_abm.experiment.states import States, setting_labels, state_means, states_of
from crisis_abm.runs.statistics import Alike, Estimate, band

__all__ = ["Contrast", "Found", "Spread", "outcome_tables"]

Array = np.ndarray
Pair = tuple[float, float]


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
