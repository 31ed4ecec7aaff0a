"""Phases 6 and 8: what organisations have to do, and serving with what they have (docs/model.md).

Workload is known once orders have come in (7.6): people in care and base demand come first; makers
work for orders and to refill their finished stock. Outputs are joint products of one service, so
the largest claim decides.

Serving (7.8) has three responses to missing inputs: `limiting`, the scarcest critical input decides
(Leontief); `additive`, losses add up (inoperability input-output: Haimes & Jiang 2001);
`threshold`, all or nothing (Watts 2002).
"""

from crisis_abm.compiled import inlined, kernel
from crisis_abm.engine.state import SLACK, State, Status
from crisis_abm.tables.layout import Response, World

FAILED = int(Status.FAILED)
ADDITIVE = int(Response.ADDITIVE)
THRESHOLD = int(Response.THRESHOLD)


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


@kernel
def serve(t: int, world: World, state: State) -> None:
    """Turn inputs into service, and service into outputs."""
    rows, now = world.organisations, state.organisations
    for i in range(rows.kind.shape[0]):
        _fill_inputs(i, world, state)
        if now.status[i] == FAILED:
            now.level[i] = 0.0
            now.service[i] = 0.0
        else:
            kind, reached = rows.kind[i], 1.0
            if now.workload[i] > SLACK:
                reached = target(i, world, state) / now.workload[i]
            now.level[i] += world.kinds.adjustment[kind] * (reached - now.level[i])
            now.service[i] = now.level[i] * now.workload[i]
        _use_inputs(t, i, world, state)
        _make_outputs(t, i, world, state)


@inlined
def _fill_inputs(i: int, world: World, state: State) -> None:
    """Service fill of every input: available ÷ needed for today's activity, at most 1."""
    rows, now = world.inputs, state.inputs
    first, last = world.organisations.input_start[i], world.organisations.input_start[i + 1]
    failed = state.organisations.status[i] == FAILED
    for h in range(first, last):
        needed = rows.use[h] * state.organisations.activity[i]
        enough = needed <= SLACK or now.stock[h] >= needed
        now.fill[h] = 1.0 if enough else now.stock[h] / needed
        if failed:
            now.fill[h] = 0.0


@inlined
def missing(i: int, world: World, state: State) -> tuple[float, float]:
    """Σ criticality × (1 - fill) over the inputs of `i`, and the least factor among them."""
    total, least = 0.0, 1.0
    for h in range(world.organisations.input_start[i], world.organisations.input_start[i + 1]):
        short = world.inputs.criticality[h] * (1.0 - state.inputs.fill[h])
        total += short
        least = min(least, 1.0 - short)
    return total, least


@inlined
def target(i: int, world: World, state: State) -> float:
    """Service that capacity and inputs allow, units a tick."""
    now, kind = state.organisations, world.organisations.kind[i]
    work, possible = now.workload[i], min(now.workload[i], now.capacity[i])
    response = world.kinds.response[kind]
    total, least = missing(i, world, state)
    if response == ADDITIVE:
        return work * max(0.0, possible / work - total) if work > 0.0 else 0.0
    if response == THRESHOLD:
        return possible if total < world.kinds.threshold[kind] - SLACK else 0.0
    return possible * least


@inlined
def _use_inputs(t: int, i: int, world: World, state: State) -> None:
    rows, now, record = world.inputs, state.inputs, state.record
    for h in range(world.organisations.input_start[i], world.organisations.input_start[i + 1]):
        resource = rows.resource[h]
        used = min(now.stock[h], rows.use[h] * state.organisations.service[i])
        now.stock[h] -= used
        record.used[t, resource] += used
        if not world.resources.storable[resource]:
            record.perished[t, resource] += now.stock[h]
            now.stock[h] = 0.0


@inlined
def _make_outputs(t: int, i: int, world: World, state: State) -> None:
    rows, now, record = world.outputs, state.outputs, state.record
    for g in range(world.organisations.output_start[i], world.organisations.output_start[i + 1]):
        resource = rows.resource[g]
        made = rows.make[g] * state.organisations.service[i]
        record.made[t, resource] += made
        if not world.resources.storable[resource]:
            record.perished[t, resource] += now.stock[g]
            now.stock[g] = 0.0
        now.stock[g] += made
