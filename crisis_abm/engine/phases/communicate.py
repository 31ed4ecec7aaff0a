"""Phase 4, communicate: what partners learn of each other, and what that costs (docs 7.4)."""

from crisis_abm.compiled import kernel
from crisis_abm.engine.state import Status

COMMUNICATION = 2  # column of the levers
FAILED = int(Status.FAILED)


@kernel
def reach(i, j, world, state):
    """How well two organisations know each other today: c, 0 to 1.

    The product of their communication levers, and as far as the backbone can coordinate both.
    """
    levers = state.organisations.levers
    both = levers[i, COMMUNICATION] * levers[j, COMMUNICATION]
    if both == 0.0:
        return 0.0
    row_i, row_j = world.organisations.coordination[i], world.organisations.coordination[j]
    fill_i = state.inputs.fill[row_i] if row_i >= 0 else 1.0
    fill_j = state.inputs.fill[row_j] if row_j >= 0 else 1.0
    return both * min(fill_i, fill_j)


@kernel
def communicate(t, world, state):
    """Move every customer's belief about its suppliers towards the truth; pay in capacity."""
    rows, organisations = world.organisations, state.organisations
    cost = world.parameters.communication_cost
    for i in range(rows.kind.shape[0]):
        present = rows.capacity[i] * organisations.capacity_factor[i]
        organisations.capacity[i] = present * (1.0 - organisations.absent[i])
    supply, belief = world.supply, state.supply.belief
    for e in range(supply.customer.shape[0]):
        supplier = world.outputs.organisation[supply.supplier[e]]
        customer = world.inputs.organisation[supply.customer[e]]
        c = reach(supplier, customer, world, state)
        if c > 0.0:
            belief[e] += c * (_availability(e, supplier, world, state) - belief[e])
    for i in range(rows.kind.shape[0]):
        organisations.capacity[i] *= 1.0 - cost * organisations.levers[i, COMMUNICATION]


@kernel
def _availability(e, supplier, world, state):
    """Truth about a supplier over link `e`: how much of yesterday's orders it could fill today."""
    if state.organisations.status[supplier] == FAILED:
        return 0.0
    g, passing = world.supply.supplier[e], min(1.0, state.supply.passing[e])
    stock, orders = state.outputs.stock[g], state.outputs.orders[g]
    if orders > 0.0:
        return min(1.0, stock / orders) * passing
    can_make = world.outputs.make[g] > 0.0 and state.organisations.capacity[supplier] > 0.0
    return passing if stock > 0.0 or can_make else 0.0
