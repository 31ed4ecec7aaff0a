"""Sweeps of which it is known what they must show: values by formula, no run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from crisis_abm.experiment import Experiment, Results
from crisis_abm.experiment.findings.pairs import Pairs


def pairs(worlds, differences, together=1, matters=1.0, better=-1, base=None) -> Pairs:
    """Paired differences as given, over a mean level of 100 unless said."""
    differences = np.asarray(differences, dtype=float)
    return Pairs(
        outcome="harm",
        first="siloed",
        second="reciprocal",
        better=better,
        worlds={name: np.asarray(column) for name, column in worlds.items()},
        base=np.full(differences.shape, 100.0) if base is None else base,
        differences=differences,
        together=together,
        units=np.arange(len(differences)) // max(together, 1),
        matters=matters,
        left_out=0,
        where="sweep",
    )


class Known(Results):
    """A finished sweep whose harm is a formula of the state of the world and the setting.

    `harm` takes the worlds by factor and the number of a setting, and gives shape (W, 1) or (W, R).
    """

    harm: Callable[[dict, int], np.ndarray]

    def values(self, outcome: str) -> np.ndarray:
        count, replicates = len(self.settings), self.experiment.replicates
        noise = np.random.default_rng(0).normal(size=(1, replicates))
        made = [self.harm(self.worlds, setting) + noise for setting in range(count)]
        return np.stack([np.broadcast_to(one, (one.shape[0], replicates)) for one in made], axis=1)

    def outcomes(self, names: list[str] | None = None) -> dict[str, np.ndarray]:
        return {name: self.values(name) for name in names or self.experiment.outcomes}


def known(harm, **sections) -> Known:
    """An experiment about hoarding, supplies and rationing, and its results by formula."""
    data = {
        "title": "known",
        "scenario": "local_shock",
        "replicates": 6,
        "uncertainties": {
            "behaviour.hoarding": {"low": 1, "high": 5},
            "kinds.supplier.capacity": {"low": 10, "high": 30},
            "resources.ppe.rationing": ["priority", "contract"],
        },
        "levers": {"policy": ["siloed", "reciprocal"]},
        "outcomes": {"harm": "less", "stock_lent": "neither"},
        "design": {"method": "latin_hypercube", "samples": 200},
    } | sections
    found = Known(Path("sweep"), Experiment.from_dict(data), Counter())
    object.__setattr__(found, "harm", harm)
    return found
