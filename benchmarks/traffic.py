"""Bytes that a tick must move at least: every array that a phase reads or writes, once a phase."""

from __future__ import annotations

from operator import attrgetter

from crisis_abm.engine import State
from crisis_abm.scenario import LEVERS
from crisis_abm.tables import World

__all__ = ["TALKING", "TOUCHED", "bytes_a_tick"]

Phases = dict[str, tuple[str, str]]  # phase: arrays of the world, arrays of the state

TOUCHED: Phases = {
    "hazard": (
        "organisations.arrivals organisations.population organisations.kind hazard.resident_row "
        "hazard.community",
        "organisations.caseload organisations.demand_factor organisations.absent "
        "organisations.ill organisations.harm organisations.hazard_deaths record.entered "
        "organisations.contact_factor hazard.susceptible hazard.exposed hazard.infectious",
    ),
    "deliver": ("", "inputs.stock inputs.pipeline"),
    "communicate": (
        "organisations.capacity organisations.coordination supply.customer inputs.organisation",
        "organisations.capacity organisations.capacity_factor organisations.absent "
        "organisations.status organisations.coordinated organisations.levers",
    ),
    "request": (
        "inputs.organisation inputs.use inputs.cover inputs.safety inputs.resource",
        "inputs.stock inputs.pipeline inputs.supply_fill inputs.order inputs.need "
        "organisations.planned organisations.window organisations.status organisations.levers",
    ),
    "place": (
        "inputs.link_start inputs.organisation supply.share supply.reliability supply.capacity",
        "inputs.order supply.order supply.carried supply.passing organisations.levers",
    ),
    "ration": (
        "outputs.link_start outputs.organisation supply.by_supplier",
        "supply.carried supply.shipped outputs.orders outputs.stock organisations.status",
    ),
    "ship": (
        "supply.by_supplier outputs.link_start inputs.link_start inputs.cover inputs.resource "
        "supply.lead_time supply.spread supply.customer",
        "supply.shipped outputs.stock supply.lapsed supply.order supply.delay inputs.stock "
        "inputs.order inputs.supply_fill",
    ),
    "workload": (
        "organisations.demand organisations.kind organisations.output_start "
        "organisations.capacity outputs.make outputs.resource",
        "organisations.caseload organisations.people organisations.workload organisations.status "
        "organisations.activity organisations.capacity outputs.orders outputs.window",
    ),
    "lend": (
        "aid.start inputs.use inputs.organisation organisations.nominal_workload",
        "inputs.received inputs.deficit",
    ),
    "serve": (
        "organisations.kind organisations.input_start organisations.output_start inputs.use "
        "inputs.criticality inputs.resource outputs.make outputs.resource",
        "inputs.stock inputs.fill organisations.level organisations.service organisations.status "
        "organisations.workload organisations.activity organisations.capacity outputs.stock",
    ),
    "people": (
        "referrals.start referrals.target_start organisations.demand",
        "organisations.people organisations.service organisations.caseload "
        "organisations.completed organisations.waiting organisations.capacity "
        "organisations.demand_factor organisations.status",
    ),
    "status": (
        "",
        "organisations.status organisations.failing organisations.service organisations.workload "
        "organisations.was_failed outputs.orders",
    ),
    "record": (
        "organisations.group organisations.capacity organisations.nominal_workload inputs.use "
        "inputs.organisation",
        "record.harm record.hazard_deaths record.completed record.lost record.communicating "
        "record.excess_orders inputs.order inputs.need organisations.service "
        "organisations.workload organisations.people organisations.absent "
        "organisations.capacity_factor organisations.was_failed organisations.levers",
    ),
}

TALKING: Phases = {  # besides, where organisations communicate
    "communicate": (
        "supply.supplier outputs.organisation",
        "supply.belief supply.passing outputs.stock outputs.orders outputs.available",
    ),
    "place": ("supply.supplier outputs.organisation", "supply.belief organisations.coordinated"),
}


def bytes_a_tick(world: World, state: State) -> int:
    """Sum of the sizes of `TOUCHED`, and of `TALKING` if anybody communicates, bytes."""
    parts = [TOUCHED]
    if state.organisations.levers[:, LEVERS["communication"].column].any():
        parts.append(TALKING)
    total = 0
    for constant, changing in (names for part in parts for names in part.values()):
        total += sum(attrgetter(name)(world).nbytes for name in constant.split())
        total += sum(attrgetter(name)(state).nbytes for name in changing.split())
    return total
