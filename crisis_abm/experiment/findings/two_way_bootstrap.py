"""How sure a mean over states of the world and crises is: two sources of chance, crossed.

Replicate r is the same crisis in every state of the world, so runs are not independent of each
other: a mean over 1,000 states in 5 crises is a mean over 5 crises. Whether the states too are a
sample depends on the design. A Latin hypercube, Sobol's or Morris's points were *drawn*; another
draw would give another mean. A full factorial, one factor at a time, or a table of points were
*given*: the question is about these states and no others.

So the interval is Student's t over replicates alone where states were given, as `compare` has it,
and a bootstrap over both, each by itself, where they were drawn (the "pigeonhole" bootstrap of Owen
2007). The latter is a little wide, the more so as these samples are spread more evenly than
independent ones would be. With fewer than 30 of what is resampled a bootstrap is too narrow; the
interval is then made of the parts that the variance has (`half_width`).

Whatever a crisis adds everywhere cancels when states are compared. What it does in one and not in
another is the noise of a mean over R replicates (`noise_share`), which damps an index of such means
and leaves it unsure (`from_crises`).

References
----------
Owen 2007, Annals of Applied Statistics 1, 386-411.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from crisis_abm.experiment.design.points import sample_size
from crisis_abm.experiment.experiment import Experiment
from crisis_abm.runs.statistics import (
    CONFIDENCE,
    ENOUGH,
    EQUAL,
    Alike,
    alike,
    interval_of_mean,
    mostly_alike,
    student_width,
)

Array = np.ndarray
RESAMPLES, BLOCK = 2000, 100
MOST_GROUPS = 10


def rows_drawn_together(experiment: Experiment) -> int:
    """States of the world that were drawn as one: 0 where states were given.

    1 of a Latin hypercube; of Sobol those that belong to a base point; of Morris a trajectory.
    """
    if experiment.points.unit is None:
        return 0
    design, dimensions = experiment.design, experiment.points.unit.shape[1]
    return sample_size(design.method, dimensions, 1, design.second_order)


def varies(values: Array) -> bool:
    """Whether values differ by more than rounding; missing ones do not count."""
    known = values[np.isfinite(values)]
    if not len(known):
        return False
    return bool(np.ptp(known) > EQUAL * max(1.0, float(np.abs(known).max())))


def interval_of_crossed_mean(
    values: Array, together: int, seed: int = 0, confidence: float = CONFIDENCE
) -> tuple[Array, Array] | None:
    """Ends of the 90% interval of the mean over states of the world and replicates.

    Parameters
    ----------
    values : ndarray, shape (W, R, C)
        C outcomes side by side; NaN, in all of them, where a run is missing.
    together : int
        As `rows_drawn_together` gives it.
    seed : int
        Of the resampling.
    confidence : float

    Returns
    -------
    (low, high) : two ndarrays, shape (C,)
        None where there is nothing to resample: one crisis in given states. NaN where too few
        crises, or draws of states, differ to tell it (`alike_over`).
    """
    worlds, replicates, _ = values.shape
    if replicates < 2 and (not together or worlds // together < 2):
        return None
    there = np.isfinite(values).all(axis=2)
    if not there.any():
        return None
    if not together and there.all():  # what `compare` gives for the same crises
        return interval_of_mean(values.mean(axis=0), confidence)
    if replicates == 1 and there.all():
        of_units = values.reshape(-1, together, values.shape[2]).mean(axis=1)
        return interval_of_mean(of_units, confidence)
    ends = None
    if replicates > 1 and min(replicates, worlds // together if together else ENOUGH) < ENOUGH:
        ends = _by_parts(values, there, together, confidence)
    if ends is None:
        tail = (1 - confidence) / 2
        resampled = _resampled(values, there, together, seed)
        ends = tuple(np.nanquantile(resampled, [tail, 1 - tail], axis=0))
    told = np.any([mostly_alike(means)[0] for means, _ in _means(values, together)], axis=0)
    low, high = (np.where(told, np.nan, end) for end in ends)
    return low, high


def intervals_of_amounts(
    levels: Array,
    differences: Array,
    together: int,
    seed: int = 0,
    confidence: float = CONFIDENCE,
) -> tuple[Array, Array] | None:
    """The same of what cannot be below zero, and of its differences from the first of it.

    A level ends at zero, a difference where no more can go than the first level may be, nor more
    come than its own.

    Parameters
    ----------
    levels : ndarray, shape (W, R, S)
    differences : ndarray, shape (W, R, D)
        Of the last D levels from the first.

    Returns
    -------
    (low, high) : two ndarrays, shape (S + D,)
    """
    both = np.concatenate([levels, differences], axis=2)
    found = interval_of_crossed_mean(both, together, seed, confidence)
    if found is None:
        return None
    (low, high), count = found, levels.shape[2]
    most = np.where(np.isnan(high[:count]), _highest(levels, together), high[:count])
    low[:count] = np.maximum(low[:count], 0.0)
    low[count:] = np.maximum(low[count:], -most[0])
    high[count:] = np.minimum(high[count:], most[count - differences.shape[2] :])
    return low, high


def _highest(levels: Array, together: int) -> Array:
    return np.max([means.max(axis=0) for means, _ in _means(levels, together)], axis=0)


def _means(values: Array, together: int) -> list[tuple[Array, str]]:
    """Means of each crisis, and of each draw of states, where these are chance; what they are."""
    with np.errstate(invalid="ignore"):
        found = []
        if values.shape[1] > 1:
            found.append((_nan_mean(values, 0), "crises"))
        if together and len(values) // together > 1:
            units = values.reshape(-1, together * values.shape[1], values.shape[2])
            found.append((_nan_mean(units, 1), "states"))
    return found


def _nan_mean(values: Array, axis: int) -> Array:
    """Means of what there is; without rows that have nothing."""
    there = np.isfinite(values)
    count = there.sum(axis=axis)
    means = np.where(there, values, 0.0).sum(axis=axis) / np.maximum(count, 1)
    return np.asarray(means[count.all(axis=1)])


def alike_over(values: Array, together: int) -> Alike | None:
    """What is told of a mean over states and crises (W, R) whose interval cannot be told."""
    found = []
    for means, what in _means(values[..., None], together):
        one = alike(means[:, 0])
        if one is not None:
            found.append(Alike(one.figure, one.replicates, one.of, what))
    return max(found, key=lambda one: one.may_differ, default=None)


def _by_parts(
    values: Array, there: Array, together: int, confidence: float
) -> tuple[Array, Array] | None:
    """Ends of the interval about the mean of all runs; its parts from states that have them all.

    None where too few states have.
    """
    kept = kept_states(values, together)
    if len(kept) < (2 * together if together else 1):
        return None
    mean = values[there].mean(axis=0)
    each = [components(kept[..., k], together) for k in range(kept.shape[2])]
    width = np.array([half_width(p, p.units, p.replicates, confidence) for p in each])
    return mean - width, mean + width


def kept_states(values: Array, together: int) -> Array:
    """The states that have all results (W, R, …), of those drawn as one all or none."""
    whole = np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if together:
        whole = np.repeat(whole.reshape(-1, together).all(axis=1), together)
    return np.asarray(values[whole])


def _resampled(values: Array, there: Array, together: int, seed: int) -> Array:
    """Means under resampled states of the world and replicates: shape (RESAMPLES, C)."""
    worlds, replicates, _ = values.shape
    table = np.concatenate([np.where(there[..., None], values, 0.0), there[..., None]], axis=2)
    units = worlds // together if together else 1
    table = table.reshape(units, -1, *table.shape[1:]).sum(axis=1)
    generator = np.random.Generator(np.random.PCG64([seed, units, replicates]))
    found = []
    for _ in range(RESAMPLES // BLOCK):
        chosen = generator.integers(units, size=(BLOCK, units)) + units * np.arange(BLOCK)[:, None]
        counts = np.bincount(chosen.ravel(), minlength=BLOCK * units).reshape(BLOCK, units)
        sums = np.tensordot(counts.astype(float), table, axes=1)
        crises = generator.multinomial(replicates, np.full(replicates, 1 / replicates), BLOCK)
        sums = np.einsum("kr,krc->kc", crises, sums)
        with np.errstate(invalid="ignore"):  # a resample may hold missing runs only
            found.append(sums[:, :-1] / sums[:, -1:])
    return np.concatenate(found)


def weights(
    units: Array, crises: int, together: int, seed: int, resamples: int = 1000, block: int = 50
) -> Iterator[tuple[Array, Array]]:
    """How much crises and states count in resamples, a block of them at a time.

    For statistics that are no means, each resample being of all states at once.

    Parameters
    ----------
    units : ndarray of int, shape (W,)
        Number of the draw that a state belongs to.
    crises, together : int
        R; and as `rows_drawn_together` gives it.
    seed : int

    Yields
    ------
    of_crises : ndarray, shape (block, R)
        Summing to 1 in each resample.
    of_states : ndarray, shape (W, block)
        How often a state is there; 1 where states were given.
    """
    numbers = np.unique(units, return_inverse=True)[1]
    draws = int(numbers.max()) + 1
    generator = np.random.Generator(np.random.PCG64([seed, draws, crises]))
    for _ in range(resamples // block):
        of_crises = generator.multinomial(crises, np.full(crises, 1 / crises), block) / crises
        of_states: Array = np.ones((len(units), block))
        if together:
            of_states = generator.multinomial(draws, np.full(draws, 1 / draws), block).T[numbers]
        yield of_crises, of_states


@dataclass(frozen=True)
class Components:
    """Where the variance of a mean over G drawn states and R replicates comes from.

    The variance of the mean with other numbers g and n of them is
    ``states / g + (crises + both / g) / n``; how wide its interval is, `half_width`.

    Attributes
    ----------
    states : float
        Between states of the world; 0 where these were given.
    crises : float
        Between crises, the same in all states.
    both : float
        What a crisis does in one state and not in another, and chance of a single run.
    units, replicates : int
        G and R.
    """

    states: float
    crises: float
    both: float
    units: int
    replicates: int


def components(values: Array, together: int) -> Components:
    """Components of variance by the method of moments of a two-way table.

    Parameters
    ----------
    values : ndarray, shape (W, R)
        Nothing missing, R at least 2.
    together : int
        As `rows_drawn_together` gives it.
    """
    replicates = values.shape[1]
    if together:
        table = values.reshape(-1, together, replicates).mean(axis=1)
    else:
        table = values.mean(axis=0)[None, :]
    units = len(table)
    of_crises = float(table.mean(axis=0).var(ddof=1))
    if units < 2:
        return Components(0.0, of_crises, 0.0, units, replicates)
    rest = table - table.mean(axis=0) - table.mean(axis=1)[:, None] + table.mean()
    both = float((rest**2).sum()) / ((units - 1) * (replicates - 1))
    of_states = float(table.mean(axis=1).var(ddof=1))
    return Components(
        states=max(0.0, of_states - both / replicates),
        crises=max(0.0, of_crises - both / units),
        both=both,
        units=units,
        replicates=replicates,
    )


def half_width(
    parts: Components,
    units: Array | int,
    replicates: Array | int,
    confidence: float = CONFIDENCE,
) -> Array:
    """Of the 90% interval of a mean over so many units and replicates (at least 2 of each).

    Each source of chance by Student's t with the freedom that it has, their squares added. What a
    crisis does in one state only is counted among the crises, which have the least freedom.
    """
    units, replicates = np.asarray(units), np.asarray(replicates)
    by_states = student_width(np.maximum(units - 1, 1), confidence) * np.sqrt(parts.states / units)
    of_crises = (parts.crises + parts.both / units) / replicates
    return combined(by_states, student_width(replicates - 1, confidence) * np.sqrt(of_crises))


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
