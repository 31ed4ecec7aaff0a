"""Policies as arrays: the levers of every organisation, and when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.scenario.schema.policy import LEVERS
from crisis_abm.tables import layout
from crisis_abm.tables.rows import Columns

if TYPE_CHECKING:
    from crisis_abm.scenario import Scenario
    from crisis_abm.scenario.schema.policy import Policy

__all__ = ["columns_of", "compile_policy", "followed_by", "lever_values", "stacked"]


def lever_values(settings: Any) -> np.ndarray:
    """Return the levers of a `LeverSettings`, NaN where one is left alone."""
    values = [getattr(settings, lever) for lever in LEVERS]
    return np.array([np.nan if value is None else value for value in values])


def stacked(targets: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return where each list of rows starts, and all of them one after another; int64."""
    start = np.zeros(len(targets) + 1, dtype=np.int64)
    np.cumsum([len(rows) for rows in targets], out=start[1:])
    joined = np.concatenate(targets) if targets else np.empty(0)
    return start, joined.astype(np.int64)


def compile_policy(scenario: Scenario, tables: layout.Tables, policy: Policy) -> layout.Policy:
    """Set out a policy for every organisation of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Says when a date is.
    tables : Tables
        The organisations.
    policy : Policy
        Levers and their changes.

    Returns
    -------
    layout.Policy
        Changes in the order of the policy: where two overlap, the later one counts.
    """
    columns = columns_of(tables)
    targets = [columns.some(change, f"changes[{n}]") for n, change in enumerate(policy.changes)]
    start = [scenario.tick_of(change.start) for change in policy.changes]
    end = [
        scenario.time.steps if change.end is None else scenario.tick_of(change.end)
        for change in policy.changes
    ]
    values = [lever_values(change) for change in policy.changes]
    target_start, target = stacked(targets)
    return layout.Policy(
        levers=np.tile(np.array(policy.levers, dtype=np.float64), (len(tables.ids), 1)),
        start=np.array(start, dtype=np.int64),
        end=np.array(end, dtype=np.int64),
        value=np.array(values, dtype=np.float64).reshape(-1, len(LEVERS)),
        target_start=target_start,
        target=target,
    )


def followed_by(
    adopters: np.ndarray, policy: layout.Policy, otherwise: layout.Policy
) -> layout.Policy:
    """Return the policy under which some follow `policy` and the rest `otherwise`.

    Parameters
    ----------
    adopters : ndarray of bool, shape (N,)
    policy, otherwise : layout.Policy
        For the same organisations.
    """
    targets, parts = [], ((policy, adopters), (otherwise, ~adopters))
    for one, followers in parts:
        for first, last in zip(one.target_start[:-1], one.target_start[1:], strict=True):
            rows = one.target[first:last]
            targets.append(rows[followers[rows]])
    target_start, target = stacked(targets)
    return layout.Policy(
        levers=np.where(adopters[:, None], policy.levers, otherwise.levers),
        start=np.concatenate([policy.start, otherwise.start]),
        end=np.concatenate([policy.end, otherwise.end]),
        value=np.concatenate([policy.value, otherwise.value]),
        target_start=target_start,
        target=target,
    )


def columns_of(tables: layout.Tables) -> Columns:
    """Return the organisations of tables as the columns they were built from."""
    rows = tables.world.organisations
    return Columns(
        ids=tables.ids,
        names=tables.names,
        kinds=tables.kinds,
        areas=tables.areas,
        kind=rows.kind,
        area=rows.area,
        capacity=rows.capacity,
        caseload=rows.caseload,
        demand=rows.demand,
        arrivals=rows.arrivals,
        population=rows.population,
        stay=rows.stay,
        position=tables.positions,
    )
