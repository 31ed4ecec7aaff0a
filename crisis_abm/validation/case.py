"""What every limit case returns, and how the table of them is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crisis_abm import engine
from crisis_abm.engine import Detail, State
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.schema.policy import LEVERS
from crisis_abm.tables import Tables, build, compile_policy
from crisis_abm.tables.layout import Effect, Events, Policy

EXACT = 1e-6  # tolerance of what is algebra rather than chance
SIGMAS = 3.0  # standard errors that a simulated mean may lie from what is expected


@dataclass(frozen=True)
class Case:
    """One limit case: what the engine gave, beside what it must give.

    Attributes
    ----------
    name, source : str
        The function, and where the expected figure comes from.
    parameters : dict
    expected, measured, tolerance : dict
        The same named figures; a figure may be a tuple of numbers.
    """

    name: str
    source: str
    parameters: dict[str, Any]
    expected: dict[str, Any]
    measured: dict[str, Any]
    tolerance: dict[str, float]

    @property
    def passed(self) -> bool:
        """Whether every figure lies within its tolerance."""
        return all(
            bool(np.all(np.abs(np.subtract(self.measured[name], wanted)) <= self.tolerance[name]))
            for name, wanted in self.expected.items()
        )


def built(data: Mapping[str, Any], policy: str = "siloed") -> tuple[Tables, Policy]:
    """Tables and policy arrays of a scenario given as plain data."""
    scenario = Scenario.from_dict(data)
    tables = build(scenario)
    return tables, compile_policy(scenario, tables, scenario.policy_named(policy))


def finished(tables: Tables, policy: Policy, seed: int = 0) -> State:
    """Run to the end, every organisation recorded."""
    return engine.run(tables.world, policy, seed, Detail.ORGANISATIONS)


def standard_error(values: np.ndarray) -> float:
    """Standard error of the mean of independent values."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def with_demand(tables: Tables, factors: dict[str, np.ndarray]) -> Tables:
    """Return the tables with one demand event per tick and organisation.

    Parameters
    ----------
    tables : Tables
        Without events of their own.
    factors : dict of str to ndarray, shape (ticks,)
        By organisation: what its base demand is multiplied with, tick by tick.
    """
    names, ticks = list(factors), len(next(iter(factors.values())))
    rows = np.array([tables.ids.index(name) for name in names])
    tick = np.repeat(np.arange(ticks), len(names))
    count = len(tick)
    events = Events(
        number=np.arange(count, dtype=np.int32),
        effect=np.full(count, int(Effect.DEMAND), np.int64),
        start=tick.astype(np.int64),
        end=(tick + 1).astype(np.int64),
        value=np.stack([factors[name] for name in names], axis=1).ravel(),
        levers=np.full((count, len(LEVERS)), np.nan),
        trigger=np.full(count, np.nan),
        area_start=np.zeros(count + 1, np.int64),
        area=np.zeros(0, np.int32),
        target_start=np.arange(count + 1, dtype=np.int64),
        target=np.tile(rows, ticks).astype(np.int64),
    )
    return replace(tables, world=tables.world._replace(events=events))
