"""Workload, service, and what is used and made (7.6 to 7.8)."""

from __future__ import annotations

from crisis_abm.tables.layout import Response
from tests.plain_mesa.organisation import Organisation
from tests.plain_mesa.things import EPSILON


def estimate(one: Organisation) -> None:
    """Workload and activity, from its people and from the orders it received."""
    one.people = one.caseload + one.demand * one.demand_factor
    making = 0.0
    for output in one.outputs:
        if output.make > 0:
            missing = 0.0
            if output.resource.storable:
                missing = max(0.0, output.cover * output.mean_orders() - output.stock)
            making = max(making, (output.total_orders + missing) / output.make)
    one.workload = max(one.people, min(making, one.nominal))
    if one.is_failed:
        one.activity = 0.0
    elif one.kind.response == Response.ADDITIVE:
        one.activity = one.workload
    else:
        one.activity = min(one.workload, one.capacity)


def serve(one: Organisation) -> None:
    """Work with what there is."""
    if one.is_failed:
        one.level = one.service = one.target = 0.0
        for x in one.inputs:
            x.service_fill = 0.0
    else:
        for x in one.inputs:
            required = x.required()
            x.service_fill = min(1.0, x.stock / required) if required > EPSILON else 1.0
        one.target = _target(one)
        aim = one.target / one.workload if one.workload > EPSILON else 1.0
        one.level += one.kind.adjustment * (aim - one.level)
        one.service = one.level * one.workload
    _use_and_make(one)


def _target(one: Organisation) -> float:
    possible = min(one.workload, one.capacity)
    if one.kind.response == Response.LIMITING:
        least = min((1 - x.criticality * (1 - x.service_fill) for x in one.inputs), default=1.0)
        return possible * least
    missing = sum(x.criticality * (1 - x.service_fill) for x in one.inputs)
    if one.kind.response == Response.THRESHOLD:
        return possible if missing < one.kind.threshold - EPSILON else 0.0
    if one.workload > 0:
        return one.workload * max(0.0, min(1.0, one.capacity / one.workload) - missing)
    return 0.0


def _use_and_make(one: Organisation) -> None:
    for x in one.inputs:
        used = min(x.stock, x.use * one.service)
        x.stock -= used
        x.used += used
        if not x.resource.storable:
            x.perished += x.stock
            x.stock = 0.0
    for output in one.outputs:
        made = 0.0 if one.is_failed else output.make * one.service
        output.made += made
        if output.resource.storable:
            output.stock += made
        else:
            output.perished += output.stock
            output.stock = made
