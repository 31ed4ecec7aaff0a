"""How sure the difference between two policies is: paired replicates, intervals, bands.

Every replicate meets the same crisis under every policy, so differences are taken replicate by
replicate. The *interval* is the 90% confidence interval of the mean paired difference, by the
percentile bootstrap over replicates (Efron & Tibshirani 1993, ch. 13) or, from fewer than 30 of
them, by Student's t: a bootstrap never looks beyond the replicates that it has, and the fewer there
are the more it is too narrow (Hesterberg 2015, The American Statistician 69, 371-386). The *band*
is what 80% of replicates lie in, from the 10% to the 90% quantile.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["ENOUGH", "Difference", "band", "bootstrap_means", "compare_pairs", "interval_of_mean"]
__all__ += ["paired_differences", "student_width"]

Array = np.ndarray
RESAMPLES = 4000
CONFIDENCE = 0.90
BAND = (0.10, 0.90)
ENOUGH = 30  # replicates for a bootstrap; of fewer its 90% interval holds the mean in 85% and less
WIDE = 5000  # columns resampled at a time
MOST_KEPT = 1000  # replicates up to which a resampling is kept, at most 32 MB each
EQUAL = 1e-9  # smaller differences, absolute or relative, are rounding


@dataclass(frozen=True)
class Difference:
    """One outcome under two policies: second minus first, over paired replicates.

    Attributes
    ----------
    mean : float
    interval : (float, float) or None
        None with fewer than two replicates.
    band : (float, float)
    better, worse, equal : int
        Replicates in which the second policy was better, worse, the same; all 0 but `equal` where
        neither direction is better.
    """

    mean: float
    interval: tuple[float, float] | None
    band: tuple[float, float]
    better: int
    worse: int
    equal: int

    @property
    def replicates(self) -> int:
        """How many pairs there were."""
        return self.better + self.worse + self.equal

    @property
    def shown(self) -> int:
        """-1 or +1 if the whole interval lies below or above zero, else 0."""
        if self.interval is None:
            return 0
        low, high = self.interval
        return 1 if low > 0 else -1 if high < 0 else 0


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


_kept_weights = lru_cache(maxsize=2)(_weights)  # every outcome of a comparison asks for the same


def interval_of_mean(pairs: Array, seed: int = 0) -> tuple[Array, Array]:
    """Low and high end of the confidence interval of the mean: two arrays of shape ``pairs[0]``.

    Of more than `WIDE` columns those that are the same in every replicate are left out of the
    resampling, and the others taken in blocks: all at once would be gigabytes.
    """
    if len(pairs) < ENOUGH:
        low, high = _by_student(pairs)
    elif pairs.ndim == 2 and pairs.shape[1] > WIDE:
        return _in_blocks(pairs, seed)
    else:
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(bootstrap_means(pairs, seed), [tail, 1 - tail], axis=0)
    # sums of equal differences differ by rounding
    same = np.ptp(pairs, axis=0) == 0
    return np.where(same, pairs[0], low), np.where(same, pairs[0], high)


def _by_student(pairs: Array) -> tuple[Array, Array]:
    replicates, mean = len(pairs), pairs.mean(axis=0)
    if replicates < 2:
        return mean, mean
    width = student_width(replicates - 1) * pairs.std(axis=0, ddof=1) / np.sqrt(replicates)
    return mean - width, mean + width


def student_width(freedom: ArrayLike) -> Array:
    """Standard errors on either side of a 90% interval, estimated with so much freedom."""
    from scipy.special import stdtrit  # scipy.stats would take a second to load

    return np.asarray(stdtrit(freedom, 0.5 + CONFIDENCE / 2))


def _in_blocks(pairs: Array, seed: int) -> tuple[Array, Array]:
    low, high = pairs[0].copy(), pairs[0].copy()
    differ = np.flatnonzero(np.ptp(pairs, axis=0))
    for first in range(0, len(differ), WIDE):
        block = differ[first : first + WIDE]
        low[block], high[block] = interval_of_mean(pairs[:, block], seed)
    return low, high


def band(values: Array) -> tuple[float, float]:
    """The 10% and the 90% quantile over replicates."""
    low, high = np.quantile(values, BAND)
    return float(low), float(high)


def compare_pairs(first: Array, second: Array, better: int, seed: int = 0) -> Difference:
    """Compare one outcome under two policies.

    Parameters
    ----------
    first, second : ndarray, shape (R,)
        The outcome in every replicate.
    better : int
        -1 where less is better, +1 where more is, 0 where neither.
    seed : int
        Of the resampling.
    """
    pairs = paired_differences(first, second)
    interval = None
    if len(pairs) > 1:
        low, high = interval_of_mean(pairs, seed)
        interval = (float(low), float(high))
    gain = pairs * better
    return Difference(
        mean=float(pairs.mean()),
        interval=interval,
        band=band(pairs),
        better=int((gain > 0).sum()),
        worse=int((gain < 0).sum()),
        equal=int((gain == 0).sum()),
    )
