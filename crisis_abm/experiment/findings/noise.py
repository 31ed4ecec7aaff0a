"""How much of a sensitivity is chance: runs are noisy, and the noise is shared between points.

Replicate r is the same crisis at every point, so whatever a crisis adds everywhere cancels when
points are compared. What does not cancel is what a crisis does at one point and not at another;
that is the noise of a mean over R replicates, and an index of such means is damped by it.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from crisis_abm.runs.statistics import CONFIDENCE, student_width

__all__ = ["combined", "from_crises", "noise_share", "normal_width"]

Array = np.ndarray
MOST_GROUPS = 10


def noise_share(values: Array) -> float | None:
    """Which part of the variance of means over replicates is noise, from 0 to 1.

    By a two-way table of points and replicates: the interaction's mean square, over R, against the
    variance of the means between points.

    Parameters
    ----------
    values : ndarray, shape (P, R)

    Returns
    -------
    float or None
        None with a single replicate, which cannot show it.
    """
    points, replicates = values.shape
    if replicates < 2 or points < 2:
        return None
    means = values.mean(axis=1)
    between = float(means.var(ddof=1))
    if between == 0:
        return 0.0
    rest = values - values.mean(axis=0) - means[:, None] + values.mean()
    noise = float((rest**2).sum()) / ((points - 1) * (replicates - 1)) / replicates
    return min(1.0, noise / between)


def from_crises(values: Array, statistic: Callable[[Array], Array]) -> Array | None:
    """Half-width of the 90% interval of a statistic that is due to which crises were drawn.

    By the jackknife over replicates, in at most 10 groups, with Student's t: the statistic is not
    linear in the runs, and resampling replicates with repetition would add noise of its own.

    Parameters
    ----------
    values : ndarray, shape (P, R)
    statistic : callable
        Takes means over replicates, shape (P,); gives an array.

    Returns
    -------
    ndarray or None
        As the statistic; None with a single replicate.
    """
    replicates = values.shape[1]
    if replicates < 2:
        return None
    groups = np.array_split(np.arange(replicates), min(MOST_GROUPS, replicates))
    without = [statistic(np.delete(values, group, axis=1).mean(axis=1)) for group in groups]
    spread = np.var(np.array(without), axis=0) * (len(groups) - 1)
    return np.asarray(student_width(len(groups) - 1) * np.sqrt(spread))


def normal_width() -> float:
    """Standard errors on either side of a 90% interval, if they are known."""
    return NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)


def combined(*widths: ArrayLike | None) -> Array:
    """Half-width of what several independent sources leave unsure together."""
    return np.sqrt(sum(np.square(np.asarray(width)) for width in widths if width is not None))
