"""How much of a regime map is of one kind, and how much might be under other crises and draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crisis_abm.experiment.findings.pairs import Pairs
from crisis_abm.experiment.findings.two_way_bootstrap import weights
from crisis_abm.runs.statistics import CONFIDENCE

__all__ = ["EMPTY", "FEW", "HARMS", "HELPS", "REGIMES", "SAME", "UNSURE", "Share", "shares_of"]

Array = np.ndarray
HELPS, HARMS, SAME, UNSURE = "helps", "harms", "no difference", "not sure"
FEW, EMPTY = "too few states", "no state"  # to judge; at all
REGIMES = (HELPS, HARMS, SAME, UNSURE, FEW, EMPTY)


@dataclass(frozen=True)
class Share:
    """How many of the states of the world lie in cells of one kind.

    Attributes
    ----------
    regime : str
    cells : int
        So many were shown to be so.
    shown : float
        The share of the states that lie in them.
    estimate : float
        That of the states in cells whose mean says so, however unsure it is; NaN for what no mean
        can say.
    interval : (float, float)
        Of the estimate, 90%, under other crises and other draws.
    """

    regime: str
    cells: int
    shown: float
    estimate: float
    interval: tuple[float, float]


def shares_of(
    pairs: Pairs, place: Array, regime: Array, table: dict[str, Array]
) -> tuple[Share, ...]:
    """A share for each of `REGIMES`.

    Parameters
    ----------
    pairs : Pairs
    place : ndarray of int, shape (W,)
        Cell of each state of the world.
    regime : ndarray of str, shape (cells,)
    table : dict of str to ndarray, shape (cells,)
        "mean", "states" and "few" (whether there are too few to judge).
    """
    weights = table["states"] / len(pairs)
    judged = ~table["few"]
    found = _by_means(table["mean"] * pairs.better, weights, judged, pairs.matters)
    resampled = np.concatenate(
        [
            _by_means(means * pairs.better, weights, judged, pairs.matters)
            for means in _resampled(pairs, place, table["mean"])
        ]
    )
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail], axis=0)
    shares = []
    for number, name in enumerate(REGIMES):
        of_it = regime == name
        by_means = number < found.shape[1]
        estimate = float(found[0, number]) if by_means else np.nan
        ends = (np.nan, np.nan)
        if by_means:
            ends = (min(float(low[number]), estimate), max(float(high[number]), estimate))
        shares.append(Share(name, int(of_it.sum()), float(weights[of_it].sum()), estimate, ends))
    return tuple(shares)


def _by_means(gains: Array, weights: Array, judged: Array, matters: float) -> Array:
    """Share of what helps, harms, does neither, going by the cells' means: shape (..., 3)."""
    gains = np.atleast_2d(gains)[:, judged]
    kinds = np.stack([gains > matters, gains < -matters, np.abs(gains) <= matters], axis=-1)
    return np.asarray(np.einsum("kcs,c->ks", kinds, weights[judged]))


def _resampled(pairs: Pairs, place: Array, means: Array) -> list[Array]:
    """Cells' means under resampled crises and, where states were drawn, draws: (block, cells)."""
    order = np.argsort(place, kind="stable")
    filled, starts = np.unique(place[order], return_index=True)
    table, found = pairs.differences[order], []
    for chosen, unsorted in weights(pairs.units, pairs.crises, pairs.together, seed=0):
        values, counts = table @ chosen.T, unsorted[order]
        with np.errstate(invalid="ignore"):  # a resample may leave a cell empty
            resampled = np.add.reduceat(values * counts, starts) / np.add.reduceat(counts, starts)
        block = np.tile(means, (len(chosen), 1))
        block[:, filled] = np.where(np.isfinite(resampled.T), resampled.T, means[filled])
        found.append(block)
    return found
