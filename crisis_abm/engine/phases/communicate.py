"""Phase 4, communicate: what partners learn of each other, and what that costs (docs 7.4)."""

import numpy as np

from crisis_abm.compiled import inlined, kernel
from crisis_abm.engine.state import SLACK, State, Status
from crisis_abm.scenario.schema.policy import LEVERS
from crisis_abm.tables.layout import World

COMMUNICATION = LEVERS["communication"].column
FAILED = int(Status.FAILED)


@inlined
def reach(i: int, j: int, levers: np.ndarray, coordinated: np.ndarray) -> float:
    """How well two organisations know each other today: c, 0 to 1.

    The product of their communication levers, and as far as the backbone can coordinate both.
    """
    both = levers[i, COMMUNICATION] * levers[j, COMMUNICATION]
    return both * min(coordinated[i], coordinated[j])


@kernel
def _coordinate(world: World, state: State) -> None:
    """Coordination fill: yesterday's fill of that input. That a door is shut shows without any."""
    row, fill = world.organisations.coordination, state.inputs.fill
    status, coordinated = state.organisations.status, state.organisations.coordinated
    for i in range(row.shape[0]):
        coordinated[i] = 1.0 if row[i] < 0 or status[i] == FAILED else fill[row[i]]


@kernel
def communicate(t: int, world: World, state: State) -> None:
    """Move every customer's belief about its suppliers towards the truth; pay in capacity."""
    rows, organisations = world.organisations, state.organisations
    cost = world.parameters.communication_cost
    for i in range(rows.kind.shape[0]):
        present = rows.capacity[i] * organisations.capacity_factor[i]
        organisations.capacity[i] = present * (1.0 - organisations.absent[i])
    _coordinate(world, state)
    _update_beliefs(world, state)
    for i in range(rows.kind.shape[0]):
        organisations.capacity[i] *= 1.0 - cost * organisations.levers[i, COMMUNICATION]


@kernel
def _update_beliefs(world: World, state: State) -> None:
    """Move every customer's belief about its suppliers towards the truth, as far as both talk."""
    levers, coordinated = state.organisations.levers, state.organisations.coordinated
    available, outputs = state.outputs.available, world.outputs
    supply, belief, passing = world.supply, state.supply.belief, state.supply.passing
    start, customers = world.inputs.link_start, world.inputs.organisation
    for g in range(available.shape[0]):
        if levers[outputs.organisation[g], COMMUNICATION] > 0.0:
            available[g] = _availability(g, world, state)
    for h in range(customers.shape[0]):
        if levers[customers[h], COMMUNICATION] == 0.0:
            continue
        for e in range(start[h], start[h + 1]):
            g = supply.supplier[e]
            c = reach(outputs.organisation[g], customers[h], levers, coordinated)
            state.supply.order[e] = c  # until orders are placed: `place` needs it
            if c > 0.0:
                belief[e] += c * (available[g] * min(1.0, passing[e]) - belief[e])


@kernel
def _availability(g: int, world: World, state: State) -> float:
    """How much of yesterday's orders of output `g` could be filled today."""
    supplier = world.outputs.organisation[g]
    if state.organisations.status[supplier] == FAILED:
        return 0.0
    stock, orders = state.outputs.stock[g], state.outputs.orders[g]
    if orders > SLACK:
        return min(1.0, stock / orders)
    can_make = world.outputs.make[g] > 0.0 and state.organisations.capacity[supplier] > 0.0
    return 1.0 if stock > SLACK or can_make else 0.0
