"""How much more orders vary than demand."""

from __future__ import annotations

import numpy as np

from crisis_abm.validation.case import SIGMAS, Case, built, finished, standard_error
from crisis_abm.validation.demand import with_demand

__all__ = ["bullwhip"]

MEAN, SPREAD = 100.0, 4.0  # units a tick; orders stay above 0


def bullwhip(p: int, L: int, ticks: int = 1500, runs: int = 30, seed: int = 0) -> Case:
    """Orders of a shop that forecasts by a moving average: Var(orders) ÷ Var(demand).

    1 + 2L/p + 2L²/p² for independent demand, with p ticks in the average and cover L = lead time +
    1; constant safety stock.

    Parameters
    ----------
    p : int
        Ticks in the forecast window, 1 or more.
    L : int
        Cover, 1 or more.
    ticks, runs, seed : int
        Length and number of runs, and which.

    References
    ----------
    Chen, Drezner, Ryan & Simchi-Levi (2000), Management Science 46:436.
    """
    if p < 1 or L < 1:
        raise ValueError(f"p {p} and L {L} must be 1 or more")
    quiet = p + L + 5  # ticks until the start is forgotten
    tables, policy = built(
        {
            "title": "a shop",
            "time": {"steps": ticks + quiet},
            "behaviour": {"forecast_window": p, "hoarding": 0},
            "resources": {"goods": {"storable": True, "cover": L}},
            "kinds": {
                "shop": {
                    "harm": 0,
                    "needs": {"goods": {"use": 1, "criticality": 1, "safety": 5 * L * MEAN}},
                },
                "maker": {"harm": 0, "makes": {"goods": {"make": 1, "cover": 50}}},
            },
            "organisations": [
                {"id": "shop", "kind": "shop", "area": "town", "capacity": 9e9, "demand": MEAN},
                {"id": "maker", "kind": "maker", "area": "town", "capacity": 9e9},
            ],
            "links": [{"from": "maker", "to": "shop", "resource": "goods", "lead_time": L - 1}],
        }
    )
    ratios = []
    for run in range(runs):
        generator = np.random.default_rng([seed, run])
        demand = generator.normal(MEAN, SPREAD, ticks + quiet).clip(0)
        state = finished(with_demand(tables, {"shop": demand / MEAN}), policy)
        orders = state.record.ordered[quiet:, 0]
        ratios.append(np.var(orders, ddof=1) / np.var(demand[quiet:], ddof=1))
    return Case(
        "bullwhip",
        "Chen et al. 2000",
        {"p": p, "L": L, "ticks": ticks, "runs": runs, "seed": seed},
        {"ratio": 1 + 2 * L / p + 2 * L**2 / p**2},
        {"ratio": float(np.mean(ratios))},
        {"ratio": SIGMAS * standard_error(np.array(ratios))},
    )
