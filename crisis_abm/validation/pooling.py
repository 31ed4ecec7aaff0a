"""What partners gain by sharing stock: risk pooling."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import norm

from crisis_abm.validation.case import SIGMAS, Case, built, finished, standard_error
from crisis_abm.validation.demand import with_demand

__all__ = ["pooling"]

MEAN, SPREAD = 100.0, 10.0  # units a tick


def pooling(
    n: int,
    z: float = 1.0,
    correlation: float = 0.0,
    ticks: int = 500,
    runs: int = 40,
    seed: int = 0,
) -> Case:
    """Mean shortage of n partners, apart and sharing, in standard deviations of one's demand.

    Each starts the tick with z·σ above mean demand. Apart n·G(z). Together s·G(n·z ÷ s), where s =
    √(n·(1 + (n - 1)·correlation)) is the spread of the sum of demands, and the joint stock is n·z·σ
    above its mean; G(z) = φ(z) - z·(1 - Φ(z)) is the normal loss function.

    Parameters
    ----------
    n : int
        Partners, 2 or more.
    z : float
        Standard deviations of stock above mean demand.
    correlation : float
        Between any two demands, 0 to 1; with 1 there is nothing to gain.
    ticks, runs, seed : int

    References
    ----------
    Eppen (1979), Management Science 25:498.
    """
    stock = MEAN + z * SPREAD
    data = {
        "title": "partners",
        "time": {"steps": ticks},
        "behaviour": {"keep": 1, "altruism": 1, "communication_cost": 0, "hoarding": 0},
        "resources": {"goods": {"storable": True, "cover": 0}},
        "kinds": {
            "shop": {
                "harm": 0,
                "patience": float("inf"),
                "needs": {"goods": {"use": 1, "criticality": 1, "safety": stock}},
            },
            "maker": {"harm": 0, "makes": {"goods": {"make": 1, "cover": 50}}},
        },
        "organisations": [
            {"id": f"shop {k}", "kind": "shop", "area": "town", "capacity": 9e9, "demand": MEAN}
            for k in range(n)
        ]
        + [{"id": "maker", "kind": "maker", "area": "town", "capacity": 9e9}],
        "supply": [{"resource": "goods"}],
        "aid": [{"resource": "goods"}],
    }
    apart, alone = built(data, "siloed")
    pooled, together = built(data, "reciprocity=1,communication=1")
    shortage = np.zeros((runs, 2))
    for run in range(runs):
        demand = _demand(n, correlation, ticks, [seed, run])
        factors = {f"shop {k}": demand[:, k] / MEAN for k in range(n)}
        for side, (tables, policy) in enumerate(((apart, alone), (pooled, together))):
            record = finished(with_demand(tables, factors), policy).record
            missed = (record.workload - record.service)[:, : tables.ids.index("maker")]
            shortage[run, side] = missed.sum() / ticks / SPREAD
    together_spread = math.sqrt(n * (1 + (n - 1) * correlation))
    figures = shortage.mean(axis=0)
    return Case(
        "pooling",
        "Eppen 1979",
        {"n": n, "z": z, "correlation": correlation, "ticks": ticks, "runs": runs, "seed": seed},
        {
            "apart": n * _loss(z),
            "pooled": together_spread * _loss(n * z / together_spread),
        },
        {"apart": float(figures[0]), "pooled": float(figures[1])},
        {
            "apart": SIGMAS * standard_error(shortage[:, 0]),
            "pooled": SIGMAS * standard_error(shortage[:, 1]),
        },
    )


def _loss(z: float) -> float:
    return float(norm.pdf(z) - z * norm.sf(z))


def _demand(n: int, correlation: float, ticks: int, seed: list[int]) -> np.ndarray:
    """Normal demands, equally correlated: shape (ticks, n)."""
    generator = np.random.default_rng(seed)
    common = generator.standard_normal((ticks, 1))
    own = generator.standard_normal((ticks, n))
    return MEAN + SPREAD * (math.sqrt(correlation) * common + math.sqrt(1 - correlation) * own)
