"""A row of a sweep as a run of its own: its scenario, with all that the row was run with.

What a setting of levers means for every organisation is written into that scenario as a policy, so
that whatever takes a scenario (a run, a trace, a bundle that is reproduced) takes the row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm.experiment.design.setting import prepare
from crisis_abm.experiment.experiment import Experiment
from crisis_abm.experiment.results import experiment_in
from crisis_abm.experiment.store.manifest import StoreError
from crisis_abm.experiment.store.run_files import OK, Damaged, order_of, read_chunk, span_of
from crisis_abm.experiment.store.store import RUNS
from crisis_abm.scenario import LEVERS, Scenario, ScenarioError
from crisis_abm.scenario.paths import show_place
from crisis_abm.tables import Tables, layout

Array = np.ndarray


@dataclass(frozen=True)
class Row:
    """A point in one of its replicates.

    Attributes
    ----------
    folder : Path
        Of the sweep.
    point, replicate : int
    factors : dict of str to object
        The values of the point.
    scenario : Scenario
        With constants, the point's values and the replicate's draws; its policy is the row's.
    policy : str
        The name of that.
    seed : int
        Of the run, as in the row: the scenario is to be run as it is written.
    status, error : str or None
        How the run ended in the sweep; None if it has not been run yet.
    outcomes : dict of str to float
        What it came to in the sweep; empty if it has no result.
    """

    folder: Path
    point: int
    replicate: int
    factors: dict[str, Any]
    scenario: Scenario
    policy: str
    seed: int
    status: str | None
    error: str | None
    outcomes: dict[str, float]

    def differences(self, outcomes: dict[str, float]) -> dict[str, tuple[float, float]]:
        """Outcomes that are not those of the row, to the last bit: (in the row, here)."""
        return {
            name: (value, outcomes[name])
            for name, value in self.outcomes.items()
            if not np.array_equal(value, outcomes[name], equal_nan=True)
        }


def row_of(folder: str | Path, point: int, replicate: int) -> Row:
    """A row of a sweep, whether it has been run yet or not.

    Raises
    ------
    StoreError
        If the folder is no sweep, or has no such row.
    ScenarioError
        If the values of the point do not go together: then that is how its runs ended.
    """
    folder = Path(folder)
    experiment = _with_point(folder, point)
    if not 0 <= replicate < experiment.replicates:
        last = experiment.replicates - 1
        raise StoreError(f"{folder}: has no replicate {replicate}; they go from 0 to {last:,}")
    scenario, tables, arrays, seed = prepare(experiment, point, replicate)
    setting = experiment.setting(point)
    policy = setting.policy
    changes: dict[str, Any] = {"policy": policy}
    if setting.levers or setting.share is not None:
        policy = f"point {point}"
        written = {"title": f"Of point {point}", **policy_of(tables, arrays)}
        changes = {show_place(("policies", policy)): written, "policy": policy}
    status, error, outcomes = _kept(folder, experiment, point, replicate)
    return Row(
        folder,
        point,
        replicate,
        experiment.points[point],
        scenario.with_(changes),
        policy,
        seed,
        status,
        error,
        outcomes,
    )


def scenario_at(folder: str | Path, point: int) -> tuple[Scenario, int]:
    """The scenario at a point, before levers and draws, and the seed of the sweep's crises.

    Raises
    ------
    StoreError, ScenarioError
        As `row_of`.
    """
    experiment = _with_point(Path(folder), point)
    try:
        found = experiment.scenario.with_(dict(experiment.setting(point).changes))
    except ScenarioError as error:
        name = experiment.scenario.title
        raise ScenarioError([replace(one, file=name) for one in error.problems]) from None
    return found, experiment.seed


def _with_point(folder: Path, point: int) -> Experiment:
    experiment = experiment_in(folder)
    if not 0 <= point < len(experiment.points):
        last = len(experiment.points) - 1
        raise StoreError(f"{folder}: has no point {point}; they go from 0 to {last:,}")
    return experiment


def policy_of(tables: Tables, arrays: layout.Policy) -> dict[str, Any]:
    """A policy as a scenario has it, from what it means for every organisation."""
    rows, whose, counts = np.unique(arrays.levers, axis=0, return_inverse=True, return_counts=True)
    most, whose = int(np.argmax(counts)), whose.reshape(-1)
    changes = [
        {**_who(tables, np.flatnonzero(whose == k)), "start": 0, **_levers(row)}
        for k, row in enumerate(rows)
        if k != most
    ]
    for k, (start, end) in enumerate(zip(arrays.start, arrays.end, strict=True)):
        target = arrays.target[arrays.target_start[k] : arrays.target_start[k + 1]]
        if len(target) and start < end:
            span = {"start": int(start), "end": int(end)}
            changes.append({**_who(tables, target), **span, **_levers(arrays.value[k])})
    return {**_levers(rows[most]), **({"changes": changes} if changes else {})}


def _levers(values: Array) -> dict[str, float]:
    pairs = zip(LEVERS, values.tolist(), strict=True)
    return {lever: value for lever, value in pairs if not np.isnan(value)}


def _who(tables: Tables, rows: Array) -> dict[str, list[str]]:
    """Conditions that these organisations meet and no other: none, kinds, or their ids."""
    if len(rows) == len(tables.ids):
        return {}
    kind = tables.world.organisations.kind
    kinds = np.unique(kind[rows])
    if np.isin(kind, kinds).sum() == len(rows):
        return {"kinds": [tables.kinds[k] for k in kinds]}
    return {"organisations": [tables.ids[row] for row in rows]}


def _kept(
    folder: Path, experiment: Experiment, point: int, replicate: int
) -> tuple[str | None, str | None, dict[str, float]]:
    """How a run ended in a store: status, error, outcomes."""
    number = int(order_of(experiment).numbers(np.array([point]), np.array([replicate]))[0])
    for path in sorted((folder / RUNS).iterdir()):
        first, last = span_of(path)
        if not first <= number <= last:
            continue
        try:
            table = read_chunk(path)
        except Damaged:
            continue
        here = (table["point"].to_numpy() == point) & (table["replicate"].to_numpy() == replicate)
        if here.any():
            (row,) = table.take(np.flatnonzero(here)).to_pylist()
            well = row["status"] == OK
            found = {name: row[name] for name in experiment.outcomes} if well else {}
            return row["status"], row["error"], found
    return None, None, {}
