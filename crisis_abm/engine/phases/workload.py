"""What every organisation has to do today, known once orders have come in (docs/model.md 7.6).

People in care and base demand come first; makers work for orders and to refill their finished
stock. Outputs are joint products of one service, so the largest claim decides.
"""

from crisis_abm.compiled import kernel
from crisis_abm.engine.state import State, Status
from crisis_abm.tables.layout import Response, World

FAILED, ADDITIVE = int(Status.FAILED), int(Response.ADDITIVE)


@kernel
def count_people(world: World, state: State) -> None:
    """People's workload W: caseload and base demand."""
    now, rows = state.organisations, world.organisations
    for i in range(now.people.shape[0]):
        now.people[i] = now.caseload[i] + rows.demand[i] * now.demand_factor[i]


@kernel
def workload(t: int, world: World, state: State) -> None:
    """Set workload, and activity: the workload that inputs are needed for."""
    count_people(world, state)
    rows, now = world.organisations, state.organisations
    for i in range(now.workload.shape[0]):
        made_for = 0.0
        for g in range(rows.output_start[i], rows.output_start[i + 1]):
            made_for = max(made_for, _orders_to_fill(g, world, state) / world.outputs.make[g])
        now.workload[i] = max(now.people[i], min(made_for, rows.capacity[i]))
        if now.status[i] == FAILED:
            now.activity[i] = 0.0
        elif world.kinds.response[rows.kind[i]] == ADDITIVE:
            now.activity[i] = now.workload[i]
        else:
            now.activity[i] = min(now.workload[i], now.capacity[i])


@kernel
def _orders_to_fill(g: int, world: World, state: State) -> float:
    """Today's orders, and what finished stock lacks of its cover of mean orders."""
    outputs = state.outputs
    orders = outputs.orders[g]
    if not world.resources.storable[world.outputs.resource[g]]:
        return orders
    mean, ticks = 0.0, outputs.window.shape[0]
    for k in range(ticks):
        mean += outputs.window[k, g]
    mean /= ticks
    return orders + max(0.0, world.outputs.cover[g] * mean - outputs.stock[g])
