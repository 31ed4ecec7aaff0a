"""Nominal workload: what everybody has to do on an ordinary day, before the first tick.

Orders run up the chain: a hospital's patients need gowns, gowns need cloth. Each maker's nominal
orders are what its customers use at their own nominal workload; whoever has people has at least
those to serve.
"""

from __future__ import annotations

import numpy as np

from crisis_abm.tables.layout import Supply
from crisis_abm.tables.problems import Findings, several
from crisis_abm.tables.rows import Columns, Holdings

__all__ = ["nominal_workload", "refuse_runaway", "settle_capacity"]

SWEEPS = 1000
STILL = 1e-12  # largest relative change of a workload that counts as none
RUNAWAY = 1e15  # units a tick: above it float64 no longer tells single ones apart


def _sweep(
    people: np.ndarray,
    cap: np.ndarray,
    inputs: Holdings,
    outputs: Holdings,
    supply: Supply,
) -> tuple[np.ndarray, bool]:
    """Solve w = max(people, min(cap, largest orders ÷ make)) by repeated substitution.

    Starting from `people` the sweeps never fall, so they approach the least solution from below.
    """
    workload = people.copy()
    organisation = inputs.organisation[supply.customer]
    used = supply.share * inputs.values["use"][supply.customer]
    makers = np.flatnonzero(np.diff(outputs.start))
    if len(makers) == 0 or len(used) == 0:
        return workload, True
    make, first, rows = outputs.values["make"], outputs.start[makers], len(outputs.organisation)
    least, most = people[makers], cap[makers]
    for _ in range(SWEEPS):
        orders = np.bincount(supply.supplier, used * workload[organisation], minlength=rows)
        needed = np.maximum.reduceat(orders / make, first)
        new = np.maximum(least, np.minimum(most, needed))
        old = workload[makers]
        workload[makers] = new
        if not np.any(np.abs(new - old) > STILL * new):
            return workload, True
        if new.max() > RUNAWAY:
            return workload, False
    return workload, bool(np.all(np.isfinite(cap)))


def nominal_workload(
    columns: Columns, inputs: Holdings, outputs: Holdings, supply: Supply
) -> np.ndarray:
    """Return the workload at rest, units of service a tick, shape (N,).

    w = max(people, min(capacity, max over outputs of nominal orders ÷ make)), where people =
    caseload + base demand and nominal orders of an output = Σ share × use × w over its customers'
    links. This is Leontief's quantity model (Miller & Blair 2009, ch. 2), capped at capacity;
    solved by at most 1,000 sweeps or until no workload changes by more than one part in 10¹².
    """
    return _sweep(columns.people, columns.capacity, inputs, outputs, supply)[0]


def refuse_runaway(
    columns: Columns, workload: np.ndarray, inputs: Holdings, findings: Findings
) -> None:
    """Find organisations whose ordinary work or use is more than can be computed with."""
    use = inputs.values["use"] * workload[inputs.organisation]
    most = workload.copy()
    np.maximum.at(most, inputs.organisation, use)
    rows = np.flatnonzero(~(most <= RUNAWAY))  # NaN is not, either
    if len(rows):
        kind = columns.kinds[columns.kind[rows[0]]]
        message = f"{several([columns.ids[row] for row in rows.tolist()])} would have to do or use "
        message += f"{most[rows].max():.2g} units on an ordinary tick, more than {RUNAWAY:g}"
        remedy = "make what is used for a unit smaller, or what is made of it larger, along its "
        remedy += "chain of supply, or give it a capacity"
        findings.problem(f"kinds.{kind}", message, remedy)


def settle_capacity(
    columns: Columns, inputs: Holdings, outputs: Holdings, supply: Supply, findings: Findings
) -> None:
    """Fill in the capacities that a scenario leaves out (0), in place.

    An organisation that makes nothing can serve its people. A maker can serve its people and its
    nominal orders, as they are when it sets no limit itself and everybody with a given capacity
    keeps to that.
    """
    left_out = columns.capacity == 0
    if not left_out.any():
        return
    makes = np.diff(outputs.start) > 0
    cap = np.where(left_out, np.where(makes, np.inf, columns.people), columns.capacity)
    workload, settled = _sweep(columns.people, cap, inputs, outputs, supply)
    if not settled:
        rows = np.flatnonzero(left_out & makes)
        message = f"{several([columns.ids[row] for row in rows.tolist()])} left without a capacity"
        message += ", but their orders to each other grow without end"
        findings.problem("organisations", message, "give them a capacity")
        findings.stop()
    columns.capacity = np.where(left_out, workload, columns.capacity)
    columns.__dict__.pop("weight", None)
