"""One organisation through a crisis, worked out by a worker: what it had, asked for and did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm import history
from crisis_abm.engine import Detail
from crisis_abm.engine.state import SLACK
from crisis_abm.runs import Prepared, replicate_seed
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.tables import Tables


@dataclass(frozen=True)
class History:
    """One organisation through a crisis, under several policies.

    Attributes
    ----------
    name, kind, area : str
    ticks : ndarray, shape (T,)
    level, workload : ndarray, shape (P, T)
        Service level, 0 to 1; workload, person-ticks.
    status : ndarray, shape (P, T)
    stock, ordered : dict of str to ndarray, shape (P, T)
        By resource, of its inputs.
    needs, serves : list of (str, str, str)
        Id and name of a partner, and what: who it depends on, and who on it.
    """

    name: str
    kind: str
    area: str
    level: np.ndarray
    workload: np.ndarray
    status: np.ndarray
    stock: dict[str, np.ndarray]
    ordered: dict[str, np.ndarray]
    needs: list[tuple[str, str, str]]
    serves: list[tuple[str, str, str]]


def history_of(prepared: Prepared, task: tuple[str, tuple[Policy, ...], int, int]) -> History | str:
    """Follow an organisation: its id, policies, seed of the comparison, replicate.

    Returns
    -------
    History
        Or a sentence, if there is no such organisation, or they are too many to keep each one.
    """
    identity, policies, seed, replicate = task
    prepared = prepared.drawn(seed, replicate)
    tables, world = prepared.tables, prepared.tables.world
    if identity not in tables.ids:
        return "There is no such organisation in this scenario."
    if too_many(prepared.scenario, tables):
        return "This scenario has too many organisations to keep each one's every day."
    row = tables.ids.index(identity)
    crisis = replicate_seed(seed, replicate)
    records = [state.record for state in prepared.run_each(policies, crisis, Detail.ORGANISATIONS)]
    inputs = np.flatnonzero(world.inputs.organisation == row).tolist()
    named = [(tables.resources[world.inputs.resource[k]], k) for k in inputs]
    workload = np.stack([record.workload[:, row] for record in records])
    service = np.stack([record.service[:, row] for record in records])
    level = np.ones_like(workload)
    np.divide(service, workload, out=level, where=workload > SLACK)
    needs, serves = _partners(tables, row)
    return History(
        name=tables.names[row],
        kind=tables.kinds[world.organisations.kind[row]],
        area=tables.areas[world.organisations.area[row]],
        level=level,
        workload=workload,
        status=np.stack([record.status[:, row] for record in records]),
        stock={name: np.stack([r.stock[:, k] for r in records]) for name, k in named},
        ordered={name: np.stack([r.ordered[:, k] for r in records]) for name, k in named},
        needs=needs,
        serves=serves,
    )


def too_many(scenario: Scenario, tables: Tables) -> bool:
    """Whether each organisation's every day would not fit into memory, so that none is followed."""
    asked = scenario.record.model_copy(update={"detail": "auto"})
    known = scenario.model_copy(update={"record": asked})
    return history.detail_for(known, tables) != Detail.ORGANISATIONS


def _partners(tables: Any, row: int) -> tuple[list[Any], list[Any]]:
    """Suppliers and customers of an organisation by supply link, each once for every resource."""
    supply, inputs, outputs = tables.world.supply, tables.world.inputs, tables.world.outputs
    supplier = outputs.organisation[supply.supplier]
    customer = inputs.organisation[supply.customer]
    resource = inputs.resource[supply.customer]
    needs = _with_names(tables, supplier[customer == row], resource[customer == row])
    return needs, _with_names(tables, customer[supplier == row], resource[supplier == row])


def _with_names(tables: Any, rows: np.ndarray, resources: np.ndarray) -> list[tuple[str, str, str]]:
    pairs: Sequence[tuple[int, int]] = list(
        dict.fromkeys(zip(rows.tolist(), resources.tolist(), strict=True))
    )
    found = [(tables.ids[one], tables.names[one], tables.resources[what]) for one, what in pairs]
    return [(identity, name, what.replace("_", " ")) for identity, name, what in found]
