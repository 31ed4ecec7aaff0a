"""Bytes that a tick must move at least: every array that a phase reads or writes, once a phase."""

from __future__ import annotations

from operator import attrgetter

from crisis_abm.engine import State
from crisis_abm.tables import World

__all__ = ["TOUCHED", "bytes_a_tick"]

TOUCHED: dict[str, tuple[str, str]] = {  # phase: arrays of the world, arrays of the state
    "hazard": (
        "organisations.arrivals organisations.population hazard.resident_row",
        "organisations.caseload organisations.demand_factor organisations.absent "
        "organisations.ill organisations.harm organisations.hazard_deaths",
    ),
    "deliver": ("", "inputs.stock inputs.pipeline"),
    "communicate": (
        "organisations.capacity supply.customer supply.supplier inputs.organisation",
        "organisations.capacity organisations.capacity_factor organisations.absent supply.belief",
    ),
    "request": (
        "inputs.organisation inputs.use inputs.cover inputs.safety inputs.resource",
        "inputs.stock inputs.pipeline inputs.supply_fill inputs.order inputs.need "
        "organisations.planned organisations.window",
    ),
    "place": (
        "inputs.link_start supply.share supply.supplier supply.reliability supply.capacity",
        "inputs.order supply.order supply.carried supply.passing supply.belief",
    ),
    "ration": (
        "outputs.link_start outputs.organisation supply.by_supplier",
        "supply.carried supply.shipped outputs.orders outputs.stock",
    ),
    "ship": (
        "supply.by_supplier outputs.link_start inputs.link_start inputs.cover supply.lead_time "
        "supply.spread",
        "supply.shipped outputs.stock supply.lapsed supply.order supply.delay inputs.stock "
        "inputs.order inputs.supply_fill",
    ),
    "workload": (
        "organisations.demand organisations.output_start organisations.capacity outputs.make",
        "organisations.caseload organisations.people organisations.workload "
        "organisations.activity organisations.capacity outputs.orders outputs.window",
    ),
    "lend": ("aid.start", "inputs.received inputs.deficit"),
    "serve": (
        "organisations.kind organisations.input_start inputs.use inputs.criticality outputs.make",
        "inputs.stock inputs.fill organisations.level organisations.service outputs.stock",
    ),
    "people": (
        "referrals.start organisations.stay",
        "organisations.people organisations.service organisations.harm organisations.caseload "
        "organisations.hazard_caseload organisations.completed organisations.waiting",
    ),
    "status": (
        "organisations.kind",
        "organisations.status organisations.failing organisations.service organisations.workload",
    ),
    "record": (
        "organisations.group inputs.use inputs.organisation",
        "record.harm record.hazard_deaths record.unmet record.completed record.lost "
        "record.communicating record.strained record.failing record.excess_orders inputs.order "
        "inputs.need organisations.service organisations.workload",
    ),
}


def bytes_a_tick(world: World, state: State) -> int:
    """Sum of the sizes of `TOUCHED`, bytes."""
    total = 0
    for constant, changing in TOUCHED.values():
        total += sum(attrgetter(name)(world).nbytes for name in constant.split())
        total += sum(attrgetter(name)(state).nbytes for name in changing.split())
    return total
