"""How many an epidemic reaches before it ends."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from crisis_abm.validation.case import SIGMAS, Case, built, finished, standard_error

__all__ = ["final_size"]


def final_size(
    r0: float, population: int = 1_000_000, infected: int = 200, runs: int = 20, seed: int = 0
) -> Case:
    """One well-mixed group: R = 1 - (1 - i)·exp(-R0·R), i the share infected at first.

    Parameters
    ----------
    r0 : float
        Infections by one case among the susceptible, 1.2 to 5.
    population, infected : int
        At least 20 infected at first, at most one in 1,000.
    runs, seed : int
        Runs with different chance, and which.

    References
    ----------
    Kermack & McKendrick (1927), Proc. R. Soc. A 115:700.
    """
    if not 20 <= infected <= population / 1000:
        raise ValueError(f"infected {infected}: must be from 20 to one in 1,000 of the population")
    first = infected / population
    expected = brentq(lambda r: 1 - (1 - first) * np.exp(-r0 * r) - r, 1e-3 * first, 1 - 1e-12)
    steps = int(200 + 600 / (r0 - 1))
    tables, policy = built(
        {
            "title": "one town",
            "time": {"steps": steps},
            "resources": {},
            "kinds": {"people": {"population": population}},
            "organisations": [{"id": "town", "kind": "people", "area": "town"}],
            "hazard": {
                "kind": "epidemic",
                "communities": ["people"],
                "receivers": ["people"],
                "stay": 1,
                "severe": 0,
                "r0": r0,
                "latent": 2,
                "infectious": 4,
                "mixing": {"own": 1, "area": 0, "everywhere": 0},
                "infected": infected,
            },
        }
    )
    rates = []
    for run in range(runs):
        hazard = finished(tables, policy, seed + run).hazard
        rates.append(float(hazard.removed[0] + hazard.infectious[0]) / population)
    return Case(
        "final_size",
        "Kermack & McKendrick 1927",
        {"r0": r0, "population": population, "infected": infected, "runs": runs, "seed": seed},
        {"attack_rate": float(expected)},
        {"attack_rate": float(np.mean(rates))},
        {"attack_rate": SIGMAS * standard_error(np.array(rates)) + 1e-4},
    )
