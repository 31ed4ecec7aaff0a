"""Phase 6, ration: who gets how much where there is not enough for all (docs/model.md 7.6)."""

import math

from crisis_abm.compiled import kernel
from crisis_abm.engine.phases.communicate import reach
from crisis_abm.engine.state import SLACK, State, Status
from crisis_abm.streams import LEAD_TIME, uniform
from crisis_abm.tables.layout import World

AGENDA, PARITY = 0, 3  # columns of the levers
FAILED = int(Status.FAILED)
OPEN = -1.0  # a link that is not served yet, in `shipped`


@kernel
def ration(t: int, world: World, state: State) -> None:
    """Decide what every supplier ships on each of its links."""
    supply, now, outputs = world.supply, state.supply, state.outputs
    for g in range(outputs.stock.shape[0]):
        first, last = world.outputs.link_start[g], world.outputs.link_start[g + 1]
        total = 0.0
        for x in range(first, last):
            total += now.carried[supply.by_supplier[x]]
        outputs.orders[g] = total
        stock = outputs.stock[g]
        if state.organisations.status[world.outputs.organisation[g]] == FAILED:
            for x in range(first, last):
                now.shipped[supply.by_supplier[x]] = 0.0
        elif total <= stock + SLACK:
            for x in range(first, last):
                now.shipped[supply.by_supplier[x]] = now.carried[supply.by_supplier[x]]
        elif world.resources.by_contract[world.outputs.resource[g]]:
            _by_contract(first, last, stock, world, state)
        else:
            _by_priority(g, first, last, stock, world, state)


@kernel
def _by_contract(first: int, last: int, stock: float, world: World, state: State) -> None:
    """Pro rata to nominal quantity; what one customer does not claim is not redistributed."""
    supply, now, total = world.supply, state.supply, 0.0
    for x in range(first, last):
        total += supply.contract[supply.by_supplier[x]]
    for x in range(first, last):
        e = supply.by_supplier[x]
        part = supply.contract[e] / total if total > 0.0 else 1.0 / (last - first)
        now.shipped[e] = min(now.carried[e], stock * part)


@kernel
def _by_priority(g: int, first: int, last: int, stock: float, world: World, state: State) -> None:
    """Fill in proportion to claims until nothing is left or every order is full."""
    supply, now = world.supply, state.supply
    supplier = world.outputs.organisation[g]
    agenda = state.organisations.levers[supplier, AGENDA]
    parity = state.organisations.levers[supplier, PARITY]
    mean = _mean_value(first, last, world, state)
    for x in range(first, last):
        e = supply.by_supplier[x]
        now.shipped[e] = OPEN if now.carried[e] > 0.0 else 0.0

    rest, closed = stock, True
    while closed:
        closed, claims, orders = False, 0.0, 0.0
        for x in range(first, last):
            e = supply.by_supplier[x]
            if now.shipped[e] == OPEN:
                claims += _claim(e, supplier, agenda, parity, mean, world, state)
                orders += now.carried[e]
        if orders == 0.0:
            return
        offered = rest
        for x in range(first, last):
            e = supply.by_supplier[x]
            if now.shipped[e] == OPEN:
                offer = _offer(
                    e, offered, claims, orders, supplier, agenda, parity, mean, world, state
                )
                if offer >= now.carried[e] - SLACK:
                    now.shipped[e] = now.carried[e]
                    rest -= now.carried[e]
                    closed = True
        if not closed:
            for x in range(first, last):
                e = supply.by_supplier[x]
                if now.shipped[e] == OPEN:
                    now.shipped[e] = _offer(
                        e, offered, claims, orders, supplier, agenda, parity, mean, world, state
                    )
        rest = max(0.0, rest)


@kernel
def _offer(
    e: int,
    rest: float,
    claims: float,
    orders: float,
    supplier: int,
    agenda: float,
    parity: float,
    mean: float,
    world: World,
    state: State,
) -> float:
    if claims > SLACK:
        return rest * _claim(e, supplier, agenda, parity, mean, world, state) / claims
    return rest * state.supply.carried[e] / orders


@kernel
def _mean_value(first: int, last: int, world: World, state: State) -> float:
    """Mean unit value of a supplier's customers, weighted by their orders."""
    orders, total = 0.0, 0.0
    for x in range(first, last):
        e = world.supply.by_supplier[x]
        orders += state.supply.carried[e]
        total += state.supply.carried[e] * state.inputs.value[world.supply.customer[e]]
    return total / orders if total > 0.0 else 0.0


@kernel
def _claim(
    e: int, supplier: int, agenda: float, parity: float, mean: float, world: World, state: State
) -> float:
    """Weight of link `e` in its supplier's rationing: [(1-A)·o + A·n·v] × [P + (1-P)·w]."""
    h = world.supply.customer[e]
    customer, order = world.inputs.organisation[h], state.supply.carried[e]
    rank = world.kinds.rank[world.organisations.kind[customer]]
    standing = parity + (1.0 - parity) * math.pow(3.0, rank - world.parameters.highest_rank)
    if agenda == 0.0:
        return order * standing
    need = order
    if state.inputs.order[h] > 0.0:  # the same split as the order, never above what is carried
        need = min(order, state.supply.order[e] * state.inputs.need[h] / state.inputs.order[h])
    c = reach(supplier, customer, world, state)
    known = order + c * standing * (need - order)
    value = state.inputs.value[h] / mean if mean > 0.0 else 1.0
    return ((1.0 - agenda) * order + agenda * known * value) * standing


@kernel
def ship(t: int, world: World, state: State) -> None:
    """Send what was decided: out of the suppliers' stock, to the customers or on its way."""
    supply, now, outputs = world.supply, state.supply, state.outputs
    for g in range(outputs.stock.shape[0]):
        for x in range(world.outputs.link_start[g], world.outputs.link_start[g + 1]):
            e = supply.by_supplier[x]
            now.shipped[e] = min(now.shipped[e], outputs.stock[g])  # slack makes nothing
            outputs.stock[g] -= now.shipped[e]
    rows, customers = world.inputs, state.inputs
    slots, smoothing = customers.transit.shape[0], world.parameters.smoothing
    for h in range(rows.use.shape[0]):
        received, memory = 0.0, 0.0
        if world.resources.storable[rows.resource[h]]:
            memory = max(0.0, 1.0 - 1.0 / max(1.0, rows.cover[h]))
        for e in range(rows.link_start[h], rows.link_start[h + 1]):
            received += now.shipped[e]
            now.lapsed[e] = now.lapsed[e] * memory + now.order[e] - now.shipped[e]
            lead = _lead_time(t, e, world, state)
            if lead == 0:
                customers.stock[h] += now.shipped[e]
            else:
                customers.transit[(t + min(lead, slots - 1)) % slots, h] += now.shipped[e]
                customers.pipeline[h] += now.shipped[e]
        if customers.order[h] > SLACK and rows.link_start[h + 1] > rows.link_start[h]:
            fill = received / customers.order[h]
            customers.supply_fill[h] += smoothing * (fill - customers.supply_fill[h])


@kernel
def _lead_time(t: int, e: int, world: World, state: State) -> int:
    supply = world.supply
    lead = supply.lead_time[e] + state.supply.delay[e]
    if supply.spread[e] > 0:
        u = uniform(state.seed, LEAD_TIME, supply.key[e], t, 0)
        lead += math.floor(u * (supply.spread[e] + 1))
    return lead
