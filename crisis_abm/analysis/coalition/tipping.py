"""Whether a curve tips: whether one step brings much of what all the steps bring together.

The largest of many steps is large by chance, too. So replicates are resampled: it counts only if
the same step is the largest nearly always, and if even the low end of the interval of its part of
the whole is well beyond an even part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crisis_abm.runs.statistics import CONFIDENCE, bootstrap_means

__all__ = ["Step", "largest_step", "steps_to_reach"]

Array = np.ndarray
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
