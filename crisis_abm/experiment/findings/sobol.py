"""Sobol's variance-based sensitivity indices, with what leaves them unsure.

The first-order index of a factor is the part of an outcome's variance that would be gone, on
average, if the factor were known; the total index is the part that would be left if everything else
were known (so the difference of the two is the factor's part in interactions). Estimates are
SALib's: Saltelli et al. 2010 for first and total order, Saltelli 2002 for second.

Each interval is 90% and covers two things: which points were sampled (a bootstrap over the N base
points, as SALib's own, with more resamples) and which crises were drawn (by `from_crises`).

References
----------
Saltelli 2002, Comput. Phys. Commun. 145, 280-297; Saltelli et al. 2010, ibid. 181, 259-270;
Archer, Saltelli & Sobol 1997, J. Stat. Comput. Simul. 58, 99-120 (bootstrap).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.experiment.design.points import sample_size
from crisis_abm.experiment.findings.two_way_bootstrap import (
    combined,
    from_crises,
    noise_share,
    normal_width,
    varies,
)

Array = np.ndarray
RESAMPLES, BLOCK = 1000, 100
FEWEST = 16  # base points: with fewer, effects that were not met look like none


@dataclass(frozen=True, eq=False)
class Sobol:
    """Indices of D factors from N base points.

    Attributes
    ----------
    names : tuple of str
    base : int
        N.
    why_not : str
        Why there are no indices; empty if there are. Then all of them are NaN.
    first, first_width, total, total_width : ndarray, shape (D,)
        Index, and half the width of its 90% interval.
    second, second_width : ndarray, shape (D, D), or None
        Above the diagonal; NaN elsewhere. None where second order was not sampled.
    sampling, crises : float
        The largest half-width among first and total indices that is due to the sample, and to the
        choice of crises (0 with a single one).
    noise : float or None
        Part of the variance that is chance; None with a single replicate.
    replicates : int
        With a single one the intervals cover the sample only.
    """

    names: tuple[str, ...]
    base: int
    why_not: str
    first: Array
    first_width: Array
    total: Array
    total_width: Array
    second: Array | None
    second_width: Array | None
    sampling: float
    crises: float
    noise: float | None
    replicates: int

    @property
    def order(self) -> Array:
        """Numbers of the factors by total index, the largest first."""
        return np.argsort(-self.total, kind="stable")

    @property
    def widest(self) -> float:
        """The largest half-width among first and total indices."""
        return float(max(self.first_width.max(), self.total_width.max()))


def sobol_indices(
    values: Array, names: tuple[str, ...], second_order: bool = True, seed: int = 0
) -> Sobol:
    """Indices of an outcome, or of a difference between two settings.

    Parameters
    ----------
    values : ndarray, shape (P, R)
        At every point of `points.sobol`, in its order, and in every replicate; nothing missing.
    names : tuple of str
        D factors.
    second_order : bool
        As the points were sampled: P is N(2D + 2) with it, N(D + 2) without.
    seed : int
        Of the resampling.

    Raises
    ------
    ValueError
        If the number of points is not that of the design, or a value is missing.
    """
    points, replicates = values.shape
    dimensions = len(names)
    together = sample_size("sobol", dimensions, 1, second_order)
    if points % together or not points:
        raise ValueError(f"{points} points are not N x {together}, as {dimensions} factors want")
    if not np.isfinite(values).all():
        raise ValueError("Sobol's indices want a value at every point, in every replicate")
    means, base = values.mean(axis=1), points // together
    why_not = _why_not(means, together, base)
    flat = np.full((2, dimensions), np.nan)
    second = np.full((dimensions, dimensions), np.nan) if second_order else None
    found = width = from_points = _joined(flat, second)
    by_crises: Array | None = None
    if not why_not:
        found = _estimated(means, names, second_order)
        from_points = normal_width() * _resampled(means, dimensions, second_order, seed).std(axis=0)
        by_crises = from_crises(values, lambda some: _estimated(some, names, second_order))
        width = combined(from_points, by_crises)
    told = 0 if by_crises is None else by_crises[: 2 * dimensions]
    first, total, pairs = _parted(found, dimensions, second_order)
    first_width, total_width, pairs_width = _parted(width, dimensions, second_order)
    return Sobol(
        names=names,
        base=base,
        why_not=why_not,
        first=first,
        first_width=first_width,
        total=total,
        total_width=total_width,
        second=pairs,
        second_width=pairs_width,
        sampling=float(np.max(from_points[: 2 * dimensions])),
        crises=float(np.max(told)),
        noise=noise_share(values),
        replicates=replicates,
    )


def _why_not(means: Array, together: int, base: int) -> str:
    if not varies(means):
        return "it does not vary"
    if base < FEWEST:
        return f"{base} base points are too few; {FEWEST} are the least, 512 a good start"
    ends = means.reshape(base, together)[:, [0, -1]]  # A and B, whose variance is divided by
    if not varies(ends):
        return f"it varies too seldom to be told by {base} base points"
    return ""


# Every index in one row, so that all are resampled alike: D first, D total, D x D second or none.


def _joined(flat: Array, second: Array | None) -> Array:
    return flat.ravel() if second is None else np.concatenate([flat.ravel(), second.ravel()])


def _parted(row: Array, dimensions: int, second_order: bool) -> tuple[Array, Array, Array | None]:
    first, total = row[:dimensions], row[dimensions : 2 * dimensions]
    second = row[2 * dimensions :].reshape(dimensions, dimensions) if second_order else None
    return first, total, second


def _estimated(means: Array, names: tuple[str, ...], second_order: bool) -> Array:
    """SALib's estimates; zero where what is divided by does not vary."""
    from SALib.analyze import sobol as salib

    problem: dict[str, Any] = {"num_vars": len(names), "names": list(names)}
    problem["bounds"] = [[0.0, 1.0]] * len(names)
    size = 2 * len(names) + (len(names) ** 2 if second_order else 0)
    if not varies(means):
        return np.zeros(size)
    with warnings.catch_warnings():  # of constant values, which are zero variance and told as such
        warnings.simplefilter("ignore")
        found = salib.analyze(problem, means, second_order, num_resamples=2, seed=1)
    return _joined(np.stack([found["S1"], found["ST"]]), found["S2"] if second_order else None)


def _resampled(means: Array, dimensions: int, second_order: bool, seed: int) -> Array:
    """Indices under resampled base points: shape (RESAMPLES, as `_estimated`).

    Every index is a ratio of sums over base points, so a resample is a row of counts times a table.
    """
    scaled = (means - means.mean()) / means.std()
    together = sample_size("sobol", dimensions, 1, second_order)
    table = scaled.reshape(-1, together)
    a, b, ab = table[:, :1], table[:, -1:], table[:, 1 : dimensions + 1]
    parts = [a + b, a**2 + b**2, b * (ab - a), 0.5 * (a - ab) ** 2]
    if second_order:
        ba = table[:, dimensions + 1 : -1]
        products = ba[:, :, None] * ab[:, None, :] - (a * b)[:, :, None]
        parts.append(products.reshape(len(table), -1))
    columns, base = np.concatenate(parts, axis=1), len(table)
    generator = np.random.Generator(np.random.PCG64([seed, base]))
    found = []
    for _ in range(RESAMPLES // BLOCK):
        chosen = generator.integers(base, size=(BLOCK, base)) + base * np.arange(BLOCK)[:, None]
        counts = np.bincount(chosen.ravel(), minlength=BLOCK * base).reshape(BLOCK, base)
        sums = counts @ columns / base
        variance = sums[:, 1:2] / 2 - (sums[:, :1] / 2) ** 2
        ratios = np.divide(
            sums[:, 2:], variance, out=np.zeros_like(sums[:, 2:]), where=variance > 0
        )
        found.append(_without_first(ratios, dimensions) if second_order else ratios)
    return np.concatenate(found)


def _without_first(ratios: Array, dimensions: int) -> Array:
    """Second order is what two factors do together less what each does alone."""
    first, pairs = ratios[:, :dimensions], ratios[:, 2 * dimensions :]
    pairs = pairs.reshape(-1, dimensions, dimensions) - first[:, :, None] - first[:, None, :]
    upper = np.triu(np.ones((dimensions, dimensions), dtype=bool), 1)
    pairs = np.where(upper, pairs, np.nan).reshape(len(first), -1)
    return np.concatenate([ratios[:, : 2 * dimensions], pairs], axis=1)


@dataclass(frozen=True, eq=False)
class Stage:
    """Indices as they were after the first so many base points."""

    base: int
    indices: Sobol


def stages(
    values: Array, names: tuple[str, ...], second_order: bool = True, seed: int = 0
) -> list[Stage]:
    """Indices from the first 1/8, 1/4, half and all of the base points, where these are enough.

    The first 2^k points of a Sobol sequence are such a sequence themselves.
    """
    together = sample_size("sobol", len(names), 1, second_order)
    whole = len(values) // together
    sizes = [whole >> k for k in (3, 2, 1, 0) if whole >> k >= FEWEST]
    return [
        Stage(base, sobol_indices(values[: base * together], names, second_order, seed))
        for base in sizes
    ]
