"""How many replicates, and how many states of the world, are enough.

What a mean lacks in sureness has parts (`two_way_bootstrap.Components`): more replicates shrink
what differs between crises, more states shrink what differs between states, and neither does the
other's work. From these parts follows how wide the interval would be with other numbers of both
(`two_way_bootstrap.half_width`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crisis_abm.experiment.design.schema import MOST_REPLICATES
from crisis_abm.experiment.findings.two_way_bootstrap import (
    Components,
    alike_over,
    components,
    half_width,
    kept_states,
    varies,
)
from crisis_abm.runs.statistics import CONFIDENCE, Alike

Array = np.ndarray
PRECISION = 0.05  # of the mean: half the interval's width
SUBSETS = 400
MOST_STATES = 1_000_000


@dataclass(frozen=True)
class Enough:
    """What it would take for an interval to be no wider than this on either side of the mean.

    Attributes
    ----------
    target : float
        In the outcome's unit.
    replicates : int or None
        With the states of the world that there are; None if no number up to 100,000 would do.
    range : (int or None, int or None)
        The same if the spread between crises is at either end of its own 90% interval.
    units : int or None
        States (base points, trajectories) with the replicates that there are; None if no number
        would do, or if states were not drawn.
    both : (int, int) or None
        States and replicates that would do together with the fewest runs, neither fewer than there
        are; None as for `units`.
    """

    target: float
    replicates: int | None
    range: tuple[int | None, int | None]
    units: int | None
    both: tuple[int, int] | None


@dataclass(frozen=True)
class Convergence:
    """How sure a mean is, and what would make it surer.

    Attributes
    ----------
    mean : float
        Over states and replicates with all results.
    half_width : float
        Of its 90% interval now.
    parts : Components
    drawn : bool
        Whether states were drawn, so that their number is a source of chance.
    sign, precise : Enough or None
        For the interval to be clear of zero, and for it to be within 5% of the mean; None where
        the mean is 0.
    states : int
        States of the world with all results.
    alike : Alike or None
        Where so few crises, or states, differ that what is said of the rest is a guess.
    """

    mean: float
    half_width: float
    parts: Components
    drawn: bool
    sign: Enough | None
    precise: Enough | None
    states: int
    alike: Alike | None = None


def converge(values: Array, together: int) -> Convergence | None:
    """How sure the mean of an outcome, or of a paired difference, is.

    Parameters
    ----------
    values : ndarray, shape (W, R)
        NaN where a run is missing; states with such are left out.
    together : int
        As `two_way_bootstrap.rows_drawn_together` gives it.

    Returns
    -------
    Convergence or None
        None with a single replicate, or if no state has all results.
    """
    kept = kept_states(values, together)
    replicates = values.shape[1]
    if replicates < 2 or not len(kept):
        return None
    parts, mean = components(kept, together), float(kept.mean())
    if not varies(kept):  # what is left of sums is rounding
        parts = Components(0.0, 0.0, 0.0, parts.units, replicates)
    sign = precise = None
    if mean != 0:
        sign = _enough(parts, abs(mean), bool(together))
        precise = _enough(parts, PRECISION * abs(mean), bool(together))
    width = float(half_width(parts, parts.units, replicates))
    alike = alike_over(kept, together)
    return Convergence(mean, width, parts, bool(together), sign, precise, len(kept), alike)


def _enough(parts: Components, target: float, drawn: bool) -> Enough:
    from scipy.special import chdtri

    freedom = parts.replicates - 1
    tail = (1 - CONFIDENCE) / 2
    factors = freedom / chdtri(freedom, np.array([tail, 1 - tail]))
    low, high = (_replicates(parts, target, float(factor)) for factor in factors)
    units = _units(parts, target, np.array([parts.replicates]))[0] if drawn else None
    both = _cheapest(parts, target) if drawn else None
    return Enough(target, _replicates(parts, target, 1.0), (low, high), units, both)


def _replicates(parts: Components, target: float, factor: float) -> int | None:
    """The fewest with which the interval is narrow enough, if crises spread so much more."""
    scaled = Components(
        parts.states, factor * parts.crises, factor * parts.both, parts.units, parts.replicates
    )
    return _fewest(1, MOST_REPLICATES, target, lambda some: half_width(scaled, parts.units, some))[
        0
    ]


def _units(parts: Components, target: float, replicates: Array) -> list[int | None]:
    """For each number of crises the fewest states with which the interval is narrow enough."""
    count = len(replicates)
    return _fewest(count, MOST_STATES, target, lambda some: half_width(parts, some, replicates))


def _fewest(
    count: int, most: int, target: float, width: Callable[[Array], Array]
) -> list[int | None]:
    """The smallest numbers, 2 at least, with which widths that fall are no more than a target."""
    low, high = np.full(count, 2), np.full(count, most)
    reached = width(high) <= target
    while (apart := low < high).any():
        middle = (low + high) // 2
        enough = width(middle) <= target
        high = np.where(apart & enough, middle, high)
        low = np.where(apart & ~enough, middle + 1, low)
    return [number if ends else None for number, ends in zip(low.tolist(), reached, strict=True)]


def _cheapest(parts: Components, target: float) -> tuple[int, int] | None:
    most = max(2 * parts.replicates, MOST_REPLICATES)
    tried = np.unique(np.geomspace(parts.replicates, most, 200).astype(int))
    found = [
        (max(units, parts.units) * replicates, max(units, parts.units), replicates)
        for units, replicates in zip(_units(parts, target, tried), tried.tolist(), strict=True)
        if units is not None
    ]
    return min(found)[1:] if found else None


def subsets(values: Array, sizes: Array, seed: int = 0) -> tuple[Array, Array]:
    """Between what the mean lies in 90% of the subsets of the replicates that were run.

    Parameters
    ----------
    values : ndarray, shape (W, R)
        Nothing missing.
    sizes : ndarray of int
        From 1 to R replicates.
    seed : int
        Of the choice of subsets.

    Returns
    -------
    low, high : ndarray
        By size.
    """
    of_crises = values.mean(axis=0)
    generator = np.random.Generator(np.random.PCG64([seed, len(of_crises)]))
    orders = generator.permuted(np.tile(of_crises, (SUBSETS, 1)), axis=1)
    running = np.cumsum(orders, axis=1) / np.arange(1, len(of_crises) + 1)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(running[:, np.asarray(sizes) - 1], [tail, 1 - tail], axis=0)
    return low, high
