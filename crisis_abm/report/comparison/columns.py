"""The numbers behind what a comparison shows over time and by group, as columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from crisis_abm import history, outcomes
from crisis_abm.runs import Comparison
from crisis_abm.runs.comparison import DAILY
from crisis_abm.runs.statistics import BAND, interval_of_difference, paired_differences

__all__ = ["daily_harm", "difference_over_time", "harm_by_group"]

Columns = dict[str, np.ndarray]


def daily_harm(result: Comparison) -> np.ndarray:
    """Harm in all by replicate, policy and tick: shape (R, P, T)."""
    parts = [
        result.daily[..., DAILY.index(name)].sum(axis=-1) for name in ("harm", "hazard_deaths")
    ]
    return np.asarray(parts[0] + parts[1])


def difference_over_time(result: Comparison, policy: str | None = None) -> Columns:
    """How much more (or less) harm than under the first policy there has been so far, by tick.

    Returns
    -------
    dict of str to ndarray, shape (T,)
        tick, date (where the scenario has dates), mean, low and high (90% interval of the mean;
        missing for a single replicate, and where too few differ to tell it), band_low and
        band_high (80% of crises lie there).
    """
    row = result.policies.index(policy or result.policies[1])
    harm = daily_harm(result)
    pairs = np.cumsum(harm[:, row] - harm[:, 0], axis=1)
    ticks = np.arange(pairs.shape[1])
    found: Columns = {"tick": ticks}
    known = history.dates(result.scenario, ticks)
    if known is not None:
        found["date"] = np.array(known, dtype="datetime64[D]")
    low = high = np.full(len(ticks), np.nan)
    if len(pairs) > 1:
        low, high = interval_of_difference(np.cumsum(harm[:, 0], 1), np.cumsum(harm[:, row], 1))
    band = np.quantile(pairs, BAND, axis=0)
    found |= {"mean": pairs.mean(axis=0), "low": low, "high": high}
    return found | {"band_low": band[0], "band_high": band[1]}


def harm_by_group(result: Comparison, level: str, policy: str | None = None) -> Columns:
    """Harm by kind or by area under the first policy and another, and the paired difference.

    Parameters
    ----------
    result : Comparison
    level : {"kind", "area"}
    policy : str, optional
        The second one.

    Returns
    -------
    dict of str to ndarray
        name, organisations, first, second (means), difference, low, high (90% interval of its
        mean; missing for a single replicate, and where too few differ to tell it).
    """
    tables: Any = result.tables
    by = outcomes.by_kind if level == "kind" else outcomes.by_area
    names = tables.kinds if level == "kind" else tables.areas
    row = result.policies.index(policy or result.policies[1])
    harm = by(tables, result.harm)
    first, second = harm[:, 0], harm[:, row]
    pairs = paired_differences(first, second)
    low = high = np.full(len(names), np.nan)
    if len(pairs) > 1:
        low, high = interval_of_difference(first, second)
    group = getattr(tables.world.organisations, level)
    return {
        "name": np.array(names, dtype=object),
        "organisations": np.bincount(group, minlength=len(names)),
        "first": first.mean(axis=0),
        "second": second.mean(axis=0),
        "difference": pairs.mean(axis=0),
        "low": low,
        "high": high,
    }
