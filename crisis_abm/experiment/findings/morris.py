"""Morris's elementary effects: which factors matter at all, from few runs.

A factor's elementary effect is what a step of it changes, divided by the step's part of the
factor's whole range. Their mean μ is the effect of the range as a straight line would have it, the
mean of their sizes μ* tells whether a factor matters even where effects cancel, and their standard
deviation σ whether the effect depends on the others or bends. Estimates are SALib's.

Intervals are 90% and cover which trajectories were drawn (of μ by Student's t, of μ* by SALib's
bootstrap) and which crises (`two_way_bootstrap.from_crises`).

References
----------
Morris 1991, Technometrics 33, 161-174; Campolongo, Cariboni & Saltelli 2007, Environ. Model. Softw.
22, 1509-1518 (μ*).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.experiment.findings.two_way_bootstrap import (
    combined,
    from_crises,
    noise_share,
    varies,
)
from crisis_abm.runs.statistics import CONFIDENCE, student_width

Array = np.ndarray
RESAMPLES = 1000
FEWEST = 4  # trajectories


@dataclass(frozen=True, eq=False)
class Morris:
    """Elementary effects of D factors from N trajectories, in the outcome's unit per whole range.

    Attributes
    ----------
    names : tuple of str
    trajectories : int
        N.
    why_not : str
        Why there are no effects; empty if there are. Then all of them are NaN.
    mu, mu_width, mu_star, mu_star_width, sigma : ndarray, shape (D,)
        Widths are half of a 90% interval.
    noise : float or None
        Part of the variance between points that is chance; None with a single replicate.
    replicates : int
        With a single one the intervals cover the trajectories only.
    """

    names: tuple[str, ...]
    trajectories: int
    why_not: str
    mu: Array
    mu_width: Array
    mu_star: Array
    mu_star_width: Array
    sigma: Array
    noise: float | None
    replicates: int

    @property
    def order(self) -> Array:
        """Numbers of the factors by μ*, the largest first."""
        return np.argsort(-self.mu_star, kind="stable")


def morris_effects(unit: Array, values: Array, names: tuple[str, ...], seed: int = 0) -> Morris:
    """Elementary effects on an outcome, or on a difference between two settings.

    Parameters
    ----------
    unit : ndarray, shape (P, D)
        Points in the unit cube as `points.morris` gives them, P = N(D + 1).
    values : ndarray, shape (P, R)
        Nothing missing.
    names : tuple of str
    seed : int
        Of the resampling.

    Raises
    ------
    ValueError
        If points and values do not belong together, or a value is missing.
    """
    points, replicates = values.shape
    if len(unit) != points or points % (len(names) + 1) or unit.shape[1] != len(names):
        raise ValueError(f"{points} values at {len(unit)} points of {len(names)} factors")
    if not np.isfinite(values).all():
        raise ValueError("Morris's effects want a value at every point, in every replicate")
    means, trajectories = values.mean(axis=1), points // (len(names) + 1)
    why_not = "" if varies(means) else "it does not vary"
    if not why_not and trajectories < FEWEST:
        why_not = f"{trajectories} trajectories are too few; {FEWEST} are the least, 10 to 50 usual"
    nothing = np.full(len(names), np.nan)
    mu = star = sigma = mu_width = star_width = nothing
    if not why_not:
        mu, star, sigma, sampled = _estimated(unit, means, names, seed)
        by_crises = from_crises(
            values, lambda some: np.stack(_estimated(unit, some, names, seed)[:2])
        )
        error = sigma / np.sqrt(trajectories)
        from_points = np.stack([student_width(trajectories - 1) * error, sampled])
        mu_width, star_width = combined(from_points, by_crises)
    return Morris(
        names=names,
        trajectories=trajectories,
        why_not=why_not,
        mu=mu,
        mu_width=mu_width,
        mu_star=star,
        mu_star_width=star_width,
        sigma=sigma,
        noise=noise_share(values),
        replicates=replicates,
    )


def _estimated(
    unit: Array, means: Array, names: tuple[str, ...], seed: int
) -> tuple[Array, Array, Array, Array]:
    """SALib's μ, μ*, σ and the half-width of μ*."""
    from SALib.analyze import morris as salib

    problem: dict[str, Any] = {"num_vars": len(names), "names": list(names)}
    problem["bounds"] = [[0.0, 1.0]] * len(names)
    found = salib.analyze(
        problem,
        np.array(unit),
        means,
        num_resamples=RESAMPLES,
        conf_level=CONFIDENCE,
        num_levels=_levels(unit),
        seed=1 + seed,
    )
    keys = ("mu", "mu_star", "sigma", "mu_star_conf")
    mu, star, sigma, width = (np.array(found[key], dtype=float) for key in keys)
    return mu, star, sigma, width


def _levels(unit: Array) -> int:
    """Of the grid, by its step: L levels are moved by L / (2(L - 1))."""
    step = float(np.abs(np.diff(unit[: unit.shape[1] + 1], axis=0)).max())
    return round(2 * step / (2 * step - 1))
