"""Phase 5, request: what organisations order, and from whom (docs/model.md 7.5).

Periodic review, order-up-to (Zipkin 2000): every tick the stock is brought up to its cover. Where
supplies run short, an organisation judged on its own figures orders more than it needs, hoping for
a larger ration (rationing game: Lee, Padmanabhan & Whang 1997).
"""

import math

from crisis_abm.compiled import kernel
from crisis_abm.engine.phases.communicate import COMMUNICATION, reach
from crisis_abm.engine.state import SLACK, State, Status
from crisis_abm.streams import RELIABILITY, uniform
from crisis_abm.tables.layout import World

MEASURES = 1  # column of the levers
FAILED = int(Status.FAILED)


@kernel
def request(t: int, world: World, state: State) -> None:
    """Decide how much of every input to order, and how much of that is needed."""
    _plan(world, state)
    rows, now, hoarding = world.inputs, state.inputs, world.parameters.hoarding
    for h in range(rows.organisation.shape[0]):
        i = rows.organisation[h]
        if state.organisations.status[i] == FAILED:
            now.need[h] = 0.0
            now.order[h] = 0.0
            continue
        use = rows.use[h] * state.organisations.planned[i]
        if not world.resources.storable[rows.resource[h]]:
            now.need[h] = use
            now.order[h] = use
            continue
        measures = state.organisations.levers[i, MEASURES]
        fear = 1.0 + hoarding * (1.0 - now.supply_fill[h]) * (1.0 - measures)
        in_hand = now.stock[h] + now.pipeline[h]
        now.need[h] = max(0.0, rows.cover[h] * use + rows.safety[h] - in_hand)
        now.order[h] = max(0.0, rows.cover[h] * use * fear + rows.safety[h] - in_hand)


@kernel
def _plan(world: World, state: State) -> None:
    """Plan for the mean workload of the completed ticks in the forecast window."""
    planned, window = state.organisations.planned, state.organisations.window
    ticks = window.shape[0]
    for i in range(planned.shape[0]):
        total = 0.0
        for k in range(ticks):
            total += window[k, i]
        planned[i] = total / ticks


@kernel
def place(t: int, world: World, state: State) -> None:
    """Split every order over its suppliers, and cut it to what each link can carry today."""
    supply, now, orders = world.supply, state.supply, state.inputs.order
    for h in range(orders.shape[0]):
        first, last = world.inputs.link_start[h], world.inputs.link_start[h + 1]
        customer = world.inputs.organisation[h]
        talks = state.organisations.levers[customer, COMMUNICATION] > 0.0
        total = 0.0
        for e in range(first, last):
            c = 0.0
            if talks:
                supplier = world.outputs.organisation[supply.supplier[e]]
                c = reach(supplier, customer, world, state)
            now.order[e] = supply.share[e] * (1.0 - c + c * now.belief[e])
            total += now.order[e]
        for e in range(first, last):
            part = now.order[e] / total if total > SLACK else supply.share[e]
            now.order[e] = orders[h] * part
            now.carried[e] = min(now.order[e], _limit(t, e, world, state))


@kernel
def _limit(t: int, e: int, world: World, state: State) -> float:
    """Units that link `e` can carry of its order today."""
    supply, passing = world.supply, state.supply.passing[e]
    if supply.reliability[e] < 1.0:
        u = uniform(state.seed, RELIABILITY, supply.key[e], t, 0)
        if u >= supply.reliability[e]:
            return 0.0
    limit = state.supply.order[e] * min(1.0, passing)
    if math.isinf(supply.capacity[e]):
        return limit
    return min(limit, supply.capacity[e] * passing)
