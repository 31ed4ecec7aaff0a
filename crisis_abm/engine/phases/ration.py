"""Phase 6, ration: who gets how much where there is not enough for all (docs/model.md 7.6)."""

import math

from crisis_abm.compiled import kernel
from crisis_abm.engine.phases.communicate import reach
from crisis_abm.engine.state import SLACK, State, Status
from crisis_abm.scenario.schema.policy import LEVERS
from crisis_abm.streams import LEAD_TIME, uniform
from crisis_abm.tables.layout import World

AGENDA, PARITY = LEVERS["agenda"].column, LEVERS["parity"].column
FAILED = int(Status.FAILED)
OPEN = -1.0  # a link that is not served yet, in `shipped`


@kernel
def ration(t: int, world: World, state: State) -> None:
    """Decide what every supplier ships on each of its links."""
    supply, now, outputs = world.supply, state.supply, state.outputs
    for e in range(now.shipped.shape[0]):  # what is ordered, unless that is too much
        now.shipped[e] = now.carried[e]
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
            continue
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
    by_supplier, claims = world.supply.by_supplier, state.claims
    carried, shipped = state.supply.carried, state.supply.shipped
    _claim(g, first, last, world, state)
    for x in range(first, last):
        e = by_supplier[x]
        shipped[e] = OPEN if carried[e] > 0.0 else 0.0

    rest, closed = stock, True
    while closed:
        closed, claimed, ordered = False, 0.0, 0.0
        for x in range(first, last):
            e = by_supplier[x]
            if shipped[e] == OPEN:
                claimed += claims[x - first]
                ordered += carried[e]
        if ordered == 0.0:
            return
        offered = rest
        for x in range(first, last):
            e = by_supplier[x]
            if shipped[e] == OPEN:
                offer = _offer(offered, claims[x - first], claimed, carried[e], ordered)
                if offer >= carried[e] - SLACK:
                    shipped[e] = carried[e]
                    rest -= carried[e]
                    closed = True
        if not closed:
            for x in range(first, last):
                e = by_supplier[x]
                if shipped[e] == OPEN:
                    shipped[e] = _offer(offered, claims[x - first], claimed, carried[e], ordered)
        rest = max(0.0, rest)


@kernel
def _offer(rest: float, claim: float, claimed: float, order: float, ordered: float) -> float:
    """Part of the rest that a claim comes to; by orders where nobody's claim has any weight."""
    return rest * claim / claimed if claimed > SLACK else rest * order / ordered


@kernel
def _claim(g: int, first: int, last: int, world: World, state: State) -> None:
    """Weigh the claims of output `g`'s customers: [(1-A)·o + A·n·v] × [P + (1-P)·w]."""
    supplier = world.outputs.organisation[g]
    agenda = state.organisations.levers[supplier, AGENDA]
    parity = state.organisations.levers[supplier, PARITY]
    mean = _mean_value(first, last, world, state) if agenda > 0.0 else 0.0
    levers, coordinated = state.organisations.levers, state.organisations.coordinated
    for x in range(first, last):
        e = world.supply.by_supplier[x]
        h = world.supply.customer[e]
        customer, order = world.inputs.organisation[h], state.supply.carried[e]
        weight = world.kinds.standing[world.organisations.kind[customer]]
        standing = parity + (1.0 - parity) * weight
        if agenda == 0.0:
            state.claims[x - first] = order * standing
            continue
        need = order
        if state.inputs.order[h] > 0.0:  # the same split as the order, never above what is carried
            need = min(order, state.supply.order[e] * state.inputs.need[h] / state.inputs.order[h])
        known = order + reach(supplier, customer, levers, coordinated) * standing * (need - order)
        value = state.inputs.value[h] / mean if mean > 0.0 else 1.0
        state.claims[x - first] = ((1.0 - agenda) * order + agenda * known * value) * standing


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
def ship(t: int, world: World, state: State) -> None:
    """Send what was decided: out of the suppliers' stock, to the customers or on its way."""
    by_supplier, start = world.supply.by_supplier, world.outputs.link_start
    shipped, stock = state.supply.shipped, state.outputs.stock
    for g in range(stock.shape[0]):
        left = stock[g]
        for x in range(start[g], start[g + 1]):
            e = by_supplier[x]
            if shipped[e] > left:  # slack makes nothing
                shipped[e] = left
            left -= shipped[e]
        stock[g] = left
    _receive(t, world, state)


@kernel
def _receive(t: int, world: World, state: State) -> None:
    """Put what was shipped into the customers' stock, or on its way; remember how much came."""
    start, now = world.inputs.link_start, state.inputs
    smoothing, kept = world.parameters.smoothing, state.record.short_amount.shape[0] > 0
    for h in range(now.order.shape[0]):
        first, last = start[h], start[h + 1]
        if now.prompt[h]:
            received, stock = 0.0, now.stock[h]
            for e in range(first, last):
                received += state.supply.shipped[e]
                stock += state.supply.shipped[e]
            now.stock[h] = stock
        else:
            received = _dispatch(t, h, world, state)
        if kept:
            _remember_lapsed(h, world, state)
        if now.order[h] > SLACK and last > first:
            now.supply_fill[h] += smoothing * (received / now.order[h] - now.supply_fill[h])


@kernel
def _dispatch(t: int, h: int, world: World, state: State) -> float:
    """Send what input `h` gets by links of which some take time; how much that is."""
    lead_time, spread, key = world.supply.lead_time, world.supply.spread, world.supply.key
    shipped, now, slots = state.supply.shipped, state.inputs, state.inputs.transit.shape[0]
    received = 0.0
    for e in range(world.inputs.link_start[h], world.inputs.link_start[h + 1]):
        received += shipped[e]
        lead = lead_time[e] + state.supply.delay[e]
        if spread[e] > 0:
            u = uniform(state.seed, LEAD_TIME, key[e], t, 0)
            lead += math.floor(u * (spread[e] + 1))
        if lead == 0:
            now.stock[h] += shipped[e]
        else:
            now.transit[(t + min(lead, slots - 1)) % slots, h] += shipped[e]
            now.pipeline[h] += shipped[e]
    return received


@kernel
def _remember_lapsed(h: int, world: World, state: State) -> None:
    """Remember for a while who let orders of input `h` lapse: for the shortfall table alone."""
    shipped, order, lapsed = state.supply.shipped, state.supply.order, state.supply.lapsed
    memory = 0.0
    if world.resources.storable[world.inputs.resource[h]]:
        memory = max(0.0, 1.0 - 1.0 / max(1.0, world.inputs.cover[h]))
    for e in range(world.inputs.link_start[h], world.inputs.link_start[h + 1]):
        lapsed[e] = lapsed[e] * memory + order[e] - shipped[e]
