"""What adoption comes to: the curves that were measured, and what can be read from them.

A curve tips if one step brings much of what all the steps bring together. The largest of many steps
is large by chance, too. So replicates are resampled: it counts only if the same step is the largest
nearly always, and if even the low end of the interval of its part of the whole is well beyond an
even part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crisis_abm.analysis.coalition.calling_order import Found, Unit
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.runs import Difference
from crisis_abm.runs.statistics import (
    CONFIDENCE,
    band,
    bootstrap_means,
    compare_pairs,
    paired_differences,
)
from crisis_abm.scenario import Scenario

AGREEMENT = 0.9  # of the resamples in which the same step must be the largest
LEAST_PART = 0.25  # of the whole, that a tipping point brings at least
LEAST_TIMES_EVEN = 3.0  # times the part of one step if all were equal


@dataclass(frozen=True)
class Step:
    """The largest step of a curve.

    Attributes
    ----------
    at : int
        It leads from point `at` to the next.
    part : float
        Of the whole: of what the highest point of the curve lies above its first.
    interval : (float, float)
        90% interval of `part`.
    agreement : float
        Part of the resamples in which the same step is the largest.
    tips : bool
        Whether it is a tipping point.
    """

    at: int
    part: float
    interval: tuple[float, float]
    agreement: float
    tips: bool


def largest_step(gain: Array, seed: int = 0) -> Step | None:
    """Find the largest step of a rising curve.

    Parameters
    ----------
    gain : ndarray, shape (R, points)
        The curve in each replicate.
    seed : int
        Of the resampling.

    Returns
    -------
    Step or None
        None where the curve is not shown to rise, or with fewer than two replicates.
    """
    if len(gain) < 2 or gain.shape[1] < 2:
        return None
    resampled = bootstrap_means(gain - gain[:, :1], seed)
    tail = (1 - CONFIDENCE) / 2
    top = int(np.argmax(gain.mean(axis=0)))
    if np.quantile(resampled[:, top], tail) <= 0:
        return None
    whole = resampled.max(axis=1)
    rises = whole > 0  # of one that nowhere rises no step is a part
    steps = np.diff(resampled, axis=1)
    mean = gain.mean(axis=0)
    at = int(np.argmax(np.diff(mean)))
    parts = np.divide(steps[:, at], whole, out=np.zeros_like(whole), where=rises)
    low, high = np.quantile(parts, [tail, 1 - tail])
    agreement = float((np.argmax(steps, axis=1) == at).mean())
    least = max(LEAST_PART, LEAST_TIMES_EVEN / (gain.shape[1] - 1))
    return Step(
        at=at,
        part=float((mean[at + 1] - mean[at]) / (mean.max() - mean[0])),
        interval=(float(low), float(high)),
        agreement=agreement,
        tips=agreement >= AGREEMENT and low >= least,
    )


def steps_to_reach(
    gain: Array, points: Array, part: float, whole: float, seed: int = 0
) -> tuple[float, tuple[float, float] | None] | None:
    """Find where the mean curve first reaches a part of a whole, straight between its points.

    Parameters
    ----------
    gain : ndarray, shape (R, points)
    points : ndarray, shape (points,)
        Where they lie.
    part, whole : float
        ``part * whole`` is to be reached.
    seed : int

    Returns
    -------
    (place, interval) or None
        None where it is never reached; the interval is None with fewer than two replicates, and
        of the resamples that reach it.
    """
    place = _first(gain.mean(axis=0), points, part * whole)
    if place is None:
        return None
    if len(gain) < 2:
        return place, None
    each = [_first(curve, points, part * whole) for curve in bootstrap_means(gain, seed)[:1000]]
    reached = [one for one in each if one is not None]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(reached, [tail, 1 - tail])
    return place, (float(low), float(high))


def _first(curve: Array, points: Array, target: float) -> float | None:
    reached = np.flatnonzero(curve >= target)
    if not len(reached):
        return None
    after = int(reached[0])
    if after == 0:
        return float(points[0])
    low, high = curve[after - 1], curve[after]
    part = (target - low) / (high - low)
    return float(points[after - 1] + part * (points[after] - points[after - 1]))


Array = np.ndarray
SHARES = 10  # equal steps of adoption at which random orders are measured


@dataclass(frozen=True)
class Adoption:
    """What adoption comes to. R replicates, U units, O random orders a replicate.

    Attributes
    ----------
    outcome : str
    policy, otherwise : str
        What those called follow, and the others.
    units : tuple of Unit
        Who can be called, each in one call.
    by : str
        What a unit is.
    not_called : tuple of str
        Kinds of organisations that cannot be called, and keep to `otherwise`.
    found : Found
        The order, as rows of `units`, and how it was found.
    points : ndarray of int
        Calls after which the best order was measured; from 0 to U.
    best : ndarray, shape (R, points)
        The outcome, units called in the best order.
    random_points : ndarray of int
    random : ndarray, shape (R, O, random points)
        The same in random orders, different ones in each replicate.
    everybody : ndarray, shape (R,)
        The outcome if also those follow `policy` who cannot be called.
    screening : int
        Crises of its own in which the order was searched.
    runs : int
    """

    scenario: Scenario
    outcome: str
    policy: str
    otherwise: str
    units: tuple[Unit, ...]
    by: str
    not_called: tuple[str, ...]
    found: Found
    points: Array
    best: Array
    random_points: Array
    random: Array
    everybody: Array
    screening: int
    seed: int
    runs: int
    seconds: float

    def __repr__(self) -> str:
        called = f"{len(self.units):,} calls, {self.policy} or {self.otherwise}"
        return f"<Adoption in {self.scenario.title!r}: {called}; {self.replicates:,} replicates>"

    @property
    def replicates(self) -> int:
        """Number of replicates that everything was measured in."""
        return len(self.best)

    @property
    def organisations(self) -> int:
        """How many can be called."""
        return sum(len(unit.rows) for unit in self.units)

    def called(self, calls: int) -> list[Unit]:
        """Those called first in the best order."""
        return [self.units[k] for k in self.found.order[:calls]]

    def after(self, calls: int) -> Array:
        """The outcome by replicate after a number of calls in the best order."""
        return np.asarray(self.best[:, int(np.flatnonzero(self.points == calls)[0])])

    def random_after(self, calls: Array) -> Array:
        """Mean over random orders, straight between measured points: shape (R, calls)."""
        mean = self.random.mean(axis=1)
        return np.stack([np.interp(calls, self.random_points, one) for one in mean])

    def whole(self) -> Difference:
        """All who can be called against nobody."""
        return self._between(self.best[:, 0], self.best[:, -1])

    def gain(self, calls: int) -> Difference:
        """The best order after some calls, against nobody."""
        return self._between(self.best[:, 0], self.after(calls))

    def step(self, index: int) -> Difference:
        """What the calls from one measured point to the next change."""
        return self._between(self.best[:, index], self.best[:, index + 1])

    def random_behind(self, calls: int | None = None) -> Difference:
        """A random order against the best after some calls; on average over all numbers of calls.

        The latter is the area between the two curves, divided by the number of calls.
        """
        if calls is not None:
            return self._between(self.after(calls), self.random_after(np.array([calls]))[:, 0])
        every = np.arange(len(self.units) + 1)
        best = np.stack([np.interp(every, self.points, one) for one in self.best])
        random = self.random_after(every)
        return self._between(_mean_height(best), _mean_height(random))

    def lowest(self) -> tuple[int, Difference]:
        """After how many calls the best order does best, and its difference from all called."""
        gains = self._gains(self.best).mean(axis=0)
        top = gains.max()
        at = int(np.flatnonzero(gains >= top - 1e-9 * max(1.0, abs(float(top))))[0])
        return int(self.points[at]), self._between(self.best[:, -1], self.best[:, at])

    def tipping(self) -> Step | None:
        """The largest step of the best order (`at`: row of `points`)."""
        return largest_step(self._gains(self.best), self.seed)

    def tipping_at_random(self) -> Step | None:
        """The largest of ten equal steps of the mean over random orders (`at`: tenths)."""
        every = np.linspace(0, len(self.units), min(SHARES, len(self.units)) + 1)
        return largest_step(self._gains(self.random_after(every)), self.seed)

    def alone(self, unit: int) -> float:
        """What a unit brings alone, as a part of what all bring; in the crises of the search."""
        path = self.found.path
        whole = path[0] - path[-1]
        return (path[0] - self.found.single[unit]) / whole if whole > 0 else 0.0

    def single_orders(self) -> tuple[float, tuple[float, float]] | None:
        """Return how suddenly single random orders gain, which their mean hides.

        Returns
        -------
        (part, (low, high)) or None
            Part of the gain that the largest of ten equal steps of an order brings (the median;
            more than 1 where an order loses before it gains), and where it begins, as a share of
            the calls, in 80% of the orders; None where no gain is shown.
        """
        if self.whole().shown * self._better <= 0:
            return None
        every = np.linspace(0, len(self.units), min(SHARES, len(self.units)) + 1)
        curves = self.random.reshape(-1, len(self.random_points))
        fine = np.stack([np.interp(every, self.random_points, one) for one in curves])
        gains = self._gains(fine)
        some = gains[:, -1] > 0
        if not some.any():
            return None
        steps = np.diff(gains[some], axis=1)
        parts = steps.max(axis=1) / gains[some].max(axis=1)
        return float(np.median(parts)), band(every[np.argmax(steps, axis=1)] / len(self.units))

    def calls_for(
        self, part: float, at_random: bool = False
    ) -> tuple[float, tuple[float, float] | None] | None:
        """Calls until a part of what all calls bring; None where these are not shown to."""
        whole = self.whole()
        if whole.shown * self._better <= 0:
            return None
        gains = self._gains(self.random.mean(axis=1) if at_random else self.best)
        points = self.random_points if at_random else self.points
        size = whole.mean * self._better
        return steps_to_reach(gains, points, part, size, self.seed)

    @property
    def _better(self) -> int:
        return OUTCOMES[self.outcome].better

    def _gains(self, curves: Array) -> Array:
        return np.asarray(self._better * paired_differences(curves[:, :1], curves))

    def _between(self, first: Array, second: Array) -> Difference:
        return compare_pairs(first, second, self._better, amounts=True)


def _mean_height(curves: Array) -> Array:
    """Mean height of curves whose points lie one apart (trapezium rule): shape (R,)."""
    if curves.shape[1] == 1:
        return curves[:, 0]
    inner = (curves[:, 1:] + curves[:, :-1]) / 2
    return np.asarray(inner.mean(axis=1))
