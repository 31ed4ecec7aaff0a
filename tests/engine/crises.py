"""Small crises for the tests of the engine, and how to run them."""

from __future__ import annotations

from typing import Any

import numpy as np

from crisis_abm import engine
from crisis_abm.engine import Detail, State
from crisis_abm.scenario import LEVERS, Scenario
from crisis_abm.tables import Tables, build, compile_policy

SILOED = "siloed"
RECIPROCAL = "reciprocal"


def written(levers: dict[str, float]) -> str:
    """A policy written out, as on the command line."""
    return ",".join(f"{lever}={levers.get(lever, 0)}" for lever in LEVERS)


def compiled(data: dict[str, Any]) -> tuple[Scenario, Tables]:
    """A scenario of plain data, and its tables."""
    scenario = Scenario.from_dict(data)
    return scenario, build(scenario)


def run(scenario: Scenario, tables: Tables, policy: str = SILOED, seed: int = 1) -> State:
    """Run a scenario to its end, everything recorded."""
    arrays = compile_policy(scenario, tables, scenario.policy_named(policy))
    return engine.run(tables.world, arrays, seed, Detail.ORGANISATIONS)


def harm(state: State) -> float:
    """Harm in all of a finished run."""
    return float(state.record.harm.sum() + state.record.hazard_deaths.sum())


def arrays_of(value: Any, name: str = "") -> dict[str, np.ndarray]:
    """Every array inside nested named tuples, by its dotted name."""
    if isinstance(value, np.ndarray):
        return {name: value}
    if hasattr(value, "_fields"):
        return {
            key: found
            for field in value._fields
            for key, found in arrays_of(getattr(value, field), f"{name}.{field}").items()
        }
    return {}


def ward(**changes: Any) -> dict[str, Any]:
    """One hospital with ten people to serve a day, one supplier of gowns; nothing short."""
    data: dict[str, Any] = {
        "title": "one ward",
        "time": {"steps": 20},
        "resources": {"gowns": {"storable": True, "cover": 3}},
        "kinds": {
            "ward": {"harm": 0.1, "needs": {"gowns": {"use": 2, "criticality": 1}}},
            "maker": {"harm": 0, "makes": {"gowns": {"make": 1, "cover": 2}}},
        },
        "organisations": [
            {"id": "ward", "kind": "ward", "area": "here", "capacity": 10, "demand": 10},
            {"id": "maker", "kind": "maker", "area": "here", "capacity": 40},
        ],
        "supply": [{"resource": "gowns"}],
    }
    return data | changes
