"""A small scenario, and experiments about it."""

from __future__ import annotations

from typing import Any

from crisis_abm.experiment import Experiment
from crisis_abm.scenario import Scenario
from tests.engine.crises import ward

USE = "kinds.ward.needs.gowns.use"
HOARDING = {"low": 1, "high": 5}


def scenario(wards: int = 6, **changes: Any) -> Scenario:
    """Wards that lend each other gowns, and their maker, who stops for a week."""
    out = {"title": "out", "start": 5, "end": 12, "capacity": 0.0, "kinds": ["maker"]}
    who = [
        {"id": f"ward{n}", "kind": "ward", "area": "here", "capacity": 10, "demand": 6 + n % 5}
        for n in range(wards)
    ]
    who.append({"id": "maker", "kind": "maker", "area": "here", "capacity": 30 * wards})
    aid = [{"resource": "gowns", "between": ["ward"], "partners": "all"}]
    data = ward(organisations=who, aid=aid, events=[out])
    return Scenario.from_dict(data | changes)


def experiment(of: Scenario | None = None, **sections: Any) -> Experiment:
    """An experiment about the wards."""
    data = {"title": "wards", "replicates": 2, **sections}
    return Experiment.from_dict(data, scenario=of or scenario())
