"""How sure the difference between two policies is: paired replicates, intervals, bands.

Every replicate meets the same crisis under every policy, so differences are taken replicate by
replicate. The *interval* is the 90% confidence interval of the mean paired difference by Student's
t. The *band* is what 80% of replicates lie in, from the 10% to the 90% quantile.

Where nearly all replicates came to the same difference no interval is given (`Alike`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

Pair = tuple[float, float]

Array = np.ndarray
RESAMPLES = 4000
CONFIDENCE = 0.90
BAND = (0.10, 0.90)
ENOUGH = 30  # of what a bootstrap resamples; of fewer its 90% interval holds the mean in 85%
MOST_KEPT = 1000  # replicates up to which a resampling is kept, at most 32 MB each
EQUAL = 1e-9  # smaller differences, absolute or relative, are rounding
MOST = 0.5  # of the crises, of which fewer may come to another figure
SURELY = 0.9  # of lots of replicates, that show what is there
FEWEST_APART = 5  # replicates: four that go one way do so by chance in one of eight


@dataclass(frozen=True)
class Alike:
    """Nearly all replicates came to the same figure, and too few to another for an interval.

    Of an outcome that differs in one crisis of a hundred, thirty crises mostly show nothing: an
    interval of no width then holds the mean in as many cases as it says only by luck. So it is
    told in how many replicates it is the same, and in how many it may be otherwise.

    Attributes
    ----------
    figure : float
        The one that they share.
    replicates : int
        That share it: more than half, all but four at least.
    of : int
        All replicates.
    what : str
        What they are called on a screen: states of the world may be alike, too.
    """

    figure: float
    replicates: int
    of: int
    what: str = "crises"

    @property
    def may_differ(self) -> float:
        """The share of all crises that may come to another figure: at most this, 90% sure.

        By the binomial distribution (Clopper & Pearson 1934); ``1 - 0.1 ** (1 / of)`` where all
        replicates came to the same.
        """
        return float(_may_differ(np.asarray(self.replicates), self.of))

    @property
    def shown(self) -> int:
        """-1 or +1 if most crises come to a figure below or above zero, else 0."""
        return int(np.sign(self.figure)) if self.may_differ < MOST else 0


class Estimate:
    """A mean over crises and how sure it is: what every such result of an analysis is.

    Attributes
    ----------
    mean : float
    interval : (float, float) or None
        90% interval of the mean; None where too few crises were run or differ to tell it.
    alike : Alike or None
        What is told instead, where too few crises differ.
    """

    mean: float
    interval: Pair | None
    alike: Alike | None

    @property
    def shown(self) -> int:
        """-1 or +1 if it is shown to be below or above zero, else 0."""
        if self.interval is None:
            return 0 if self.alike is None else self.alike.shown
        low, high = self.interval
        return 1 if low > 0 else -1 if high < 0 else 0


@dataclass(frozen=True)
class Difference(Estimate):
    """One outcome under two policies: second minus first, over paired replicates.

    Attributes
    ----------
    mean : float
    interval : (float, float) or None
        None with fewer than two replicates, and where `alike` is told instead.
    band : (float, float)
    better, worse, equal : int
        Replicates in which the second policy was better, worse, the same; all 0 but `equal` where
        neither direction is better.
    alike : Alike or None
        Where too few replicates differ for an interval.
    needed : float
        Replicates with which it would be shown nine times in ten, were the means what they are
        here; infinite where these are equal, NaN where that is not known.
    """

    mean: float
    interval: Pair | None
    band: Pair
    better: int
    worse: int
    equal: int
    alike: Alike | None = None
    needed: float = np.nan

    @property
    def replicates(self) -> int:
        """How many pairs there were."""
        return self.better + self.worse + self.equal


def paired_differences(first: Array, second: Array) -> Array:
    """Second minus first, 0 where that is rounding; any shape."""
    pairs = second - first
    size = np.maximum(np.abs(first), np.abs(second))
    return np.where(np.abs(pairs) <= EQUAL * np.maximum(1.0, size), 0.0, pairs)


def bootstrap_means(pairs: Array, seed: int = 0) -> Array:
    """Means of resampled replicates.

    Parameters
    ----------
    pairs : ndarray, shape (R, ...)
        Paired differences, replicates first.
    seed : int
        Of the resampling.

    Returns
    -------
    ndarray, shape (RESAMPLES, ...)
    """
    replicates = len(pairs)
    weighted = _kept_weights if replicates <= MOST_KEPT else _weights
    return np.asarray(np.tensordot(weighted(seed, replicates), pairs, axes=1))


def _weights(seed: int, replicates: int) -> Array:
    """How much each replicate counts in each resample; shape (RESAMPLES, R)."""
    generator = np.random.Generator(np.random.PCG64([seed, replicates]))
    counts = generator.multinomial(replicates, np.full(replicates, 1 / replicates), RESAMPLES)
    return counts / replicates


_kept_weights = lru_cache(maxsize=2)(_weights)  # every curve of an analysis asks for the same


def mostly_alike(values: Array) -> tuple[Array, Array, Array]:
    """Which columns are the same in nearly all replicates (rows), what they share, and how many.

    Returns
    -------
    told : ndarray of bool
        Whether more than half share a figure, and fewer than `FEWEST_APART` have another.
    figure : ndarray
        What most share, where most do.
    count : ndarray of int
        How many share it.
    """
    replicates = len(values)
    figure = np.partition(values, replicates // 2, axis=0)[replicates // 2]
    same = np.abs(values - figure) <= EQUAL * np.maximum(1.0, np.abs(figure))
    count = same.sum(axis=0)
    told = (2 * count > replicates) & (replicates - count < FEWEST_APART)
    return np.asarray(told), np.asarray(figure), np.asarray(count)


def alike(values: Array) -> Alike | None:
    """What is told of figures (R,) instead of an interval; None where an interval is."""
    if len(values) < 2:
        return None
    told, figure, count = mostly_alike(values)
    return Alike(float(figure), int(count), len(values)) if told else None


def _may_differ(count: Array, replicates: int) -> Array:
    from scipy.special import betaincinv

    return np.asarray(betaincinv(replicates - count + 1, count, CONFIDENCE))


def shown_signs(values: Array, low: Array, high: Array) -> Array:
    """-1 or +1 where a mean is shown to lie below or above zero, else 0; by column of (R, C).

    Parameters
    ----------
    values : ndarray, shape (R, C)
    low, high : ndarray, shape (C,)
        Ends of their intervals; NaN where what is alike is told instead.
    """
    told, figure, count = mostly_alike(values)
    most = told & (_may_differ(count, len(values)) < MOST)
    return np.where(told, np.where(most, np.sign(figure), 0), np.sign(low) * (low * high > 0))


def estimated(values: Array) -> tuple[Pair | None, Alike | None]:
    """The interval of the mean of figures (R,), or what is told instead; neither of one."""
    if len(values) < 2:
        return None, None
    low, high = interval_of_mean(values)
    return (None, alike(values)) if np.isnan(low) else ((float(low), float(high)), None)


def interval_of_mean(values: Array, confidence: float = CONFIDENCE) -> tuple[Array, Array]:
    """Low and high end of the confidence interval of the mean: two arrays of shape ``values[0]``.

    NaN of a single replicate, and where too few differ to tell one (`Alike`).
    """
    low, high = _by_student(values, confidence)
    told = mostly_alike(values)[0]
    return np.where(told, np.nan, low), np.where(told, np.nan, high)


def interval_of_difference(first: Array, second: Array) -> tuple[Array, Array]:
    """The interval of the mean paired difference of two amounts, neither of them below zero.

    No more can go than there was, nor come than there is: where the interval would reach further
    than the upper ends of those of the two amounts, it ends there.
    """
    low, high = interval_of_mean(paired_differences(first, second))
    most_before, most_after = (_by_student(one, CONFIDENCE)[1] for one in (first, second))
    return np.maximum(low, -most_before), np.minimum(high, most_after)


def interval_of_amount(values: Array) -> tuple[Array, Array]:
    """The interval of the mean of what cannot be below zero."""
    low, high = interval_of_mean(values)
    return np.maximum(low, 0.0), high


def _by_student(values: Array, confidence: float) -> tuple[Array, Array]:
    replicates, mean = len(values), values.mean(axis=0)
    if replicates < 2:
        nothing = np.full_like(mean, np.nan)
        return nothing, nothing
    error = values.std(axis=0, ddof=1) / np.sqrt(replicates)
    width = student_width(replicates - 1, confidence) * error
    return mean - width, mean + width


def student_width(freedom: ArrayLike, confidence: float = CONFIDENCE) -> Array:
    """Standard errors on either side of an interval, estimated with so much freedom."""
    from scipy.special import stdtrit  # scipy.stats would take a second to load

    return np.asarray(stdtrit(freedom, 0.5 + confidence / 2))


def needed(values: Array) -> float:
    """Replicates of which nine in ten lots show that the mean is not zero, were it as it is here.

    The mean must then lie as many standard errors from zero as the interval is wide and as nine
    in ten means are (of a normal distribution, as means of many are).
    """
    from scipy.special import ndtri

    mean, spread = float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else np.nan
    if mean == 0:
        return float("inf")
    errors = ndtri(0.5 + CONFIDENCE / 2) + ndtri(SURELY)
    return float(np.ceil((errors * spread / mean) ** 2))


def band(values: Array) -> tuple[float, float]:
    """The 10% and the 90% quantile over replicates."""
    low, high = np.quantile(values, BAND)
    return float(low), float(high)


def compare_pairs(first: Array, second: Array, better: int, amounts: bool = False) -> Difference:
    """Compare one outcome under two policies.

    Parameters
    ----------
    first, second : ndarray, shape (R,)
        The outcome in every replicate.
    better : int
        -1 where less is better, +1 where more is, 0 where neither.
    amounts : bool
        Whether neither can be below zero, as outcomes of a run cannot.
    """
    pairs = paired_differences(first, second)
    interval, same = estimated(pairs)
    if interval is not None and amounts:
        low, high = interval_of_difference(first, second)
        interval = (float(low), float(high))
    gain = pairs * better
    return Difference(
        mean=float(pairs.mean()),
        interval=interval,
        band=band(pairs),
        better=int((gain > 0).sum()),
        worse=int((gain < 0).sum()),
        equal=int((gain == 0).sum()),
        alike=same,
        needed=needed(pairs),
    )
