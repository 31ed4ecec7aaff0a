"""Why service fell short of workload, cause by cause (7.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crisis_abm.tables.layout import Response
from tests.plain_mesa.organisation import Organisation
from tests.plain_mesa.things import EPSILON, Input, Shortfall

if TYPE_CHECKING:
    from tests.plain_mesa.model import PlainModel


def explain(one: Organisation, model: PlainModel) -> None:
    """Add the rows of one organisation to the tick's shortfall tables."""
    loss = one.workload - one.service
    if loss <= EPSILON:
        return
    for (cause, row), share in causes(one, model).items():
        model.shortfalls.append(Shortfall(one.row, cause, row, share, share * loss))
        if row >= 0:
            late = [link for link in model.inputs[row].links if link.lapsed > EPSILON]
            model.shorted += [(row, link.row, link.lapsed) for link in late]


def causes(one: Organisation, model: PlainModel) -> dict[tuple[str, int], float]:
    """Share of the loss of each (cause, input row)."""
    if one.is_failed:
        return {("closed", -1): 1.0}
    possible = min(one.workload, one.capacity)
    by_capacity = one.workload - possible
    by_inputs = possible - one.target
    total = by_capacity + by_inputs
    if total <= EPSILON:
        return {("adjusting", -1): 1.0}
    shares = {}
    if by_capacity > EPSILON:
        for cause, part in capacity_causes(one, model).items():
            shares[cause, -1] = by_capacity / total * part
    if by_inputs > EPSILON:
        if one.kind.response != Response.THRESHOLD:
            short = Response(one.kind.response).name.lower() + " short"
            model.occurred[short] += 1
        else:
            model.occurred["threshold tripped"] += 1
        for row, part in short_inputs(one).items():
            shares["input", row] = by_inputs / total * part
    return shares


def capacity_causes(one: Organisation, model: PlainModel) -> dict[str, float]:
    """What took capacity away, or asked for more than there is; shares."""
    at_work = one.nominal * one.capacity_factor
    cost = model.parameters.communication_cost * one.levers.communication
    waiting, severe = one.waiting(), one.hazard_caseload
    parts = {
        "event": max(0.0, one.nominal * (1 - one.capacity_factor)),
        "absence": at_work * one.absent,
        "communication": at_work * (1 - one.absent) * cost,
        "blocked": waiting,
        "hazard": severe,
        "demand": max(0.0, one.workload - one.nominal - waiting - severe),
    }
    total = sum(parts.values())
    if total <= 0:
        return {"capacity": 1.0}
    return {cause: part / total for cause, part in parts.items() if part > 0}


def short_inputs(one: Organisation) -> dict[int, float]:
    """Share of each short input's row in what inputs took away."""
    short = [x for x in one.inputs if x.service_fill < 1 - EPSILON and x.criticality > 0]
    if one.kind.response == Response.LIMITING:
        factors = {x: 1 - missing(x) for x in short}
        least = min(factors.values(), default=0.0)
        worst = [x for x in short if factors[x] <= least + EPSILON]
        return {x.row: 1 / len(worst) if x in worst else 0.0 for x in short}
    total = sum(missing(x) for x in short)
    return {x.row: missing(x) / total for x in short}


def missing(one: Input) -> float:
    return one.criticality * (1 - one.service_fill)
