"""Phases 3 and 5: shipments under way arrive; what is ordered, and from whom (docs/model.md 7.5).

Periodic review, order-up-to (Zipkin 2000): every tick the stock is brought up to its cover. Where
supplies run short, an organisation judged on its own figures orders more than it needs, hoping for
a larger ration (rationing game: Lee, Padmanabhan & Whang 1997).
"""

import math

import numpy as np

from crisis_abm.compiled import inlined, kernel
from crisis_abm.engine.phases.communicate import COMMUNICATION
from crisis_abm.engine.state import SLACK, State, Status
from crisis_abm.scenario.schema.policy import LEVERS
from crisis_abm.streams import RELIABILITY, uniform
from crisis_abm.tables.layout import World

MEASURES = LEVERS["measures"].column
FAILED = int(Status.FAILED)


@kernel
def deliver(t: int, world: World, state: State) -> None:
    """Empty today's slot of the ring of shipments into stock."""
    slots = state.inputs.transit.shape[0]
    if slots == 1:  # nothing is ever under way
        return
    arriving = state.inputs.transit[t % slots]
    stock, pipeline = state.inputs.stock, state.inputs.pipeline
    for h in range(stock.shape[0]):
        stock[h] += arriving[h]
        pipeline[h] = max(0.0, pipeline[h] - arriving[h])
        arriving[h] = 0.0


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
    supply, start, wanted = world.supply, world.inputs.link_start, state.inputs.order
    order, carried, share = state.supply.order, state.supply.carried, supply.share
    levers, customers = state.organisations.levers, world.inputs.organisation
    for h in range(wanted.shape[0]):
        first, last, total = start[h], start[h + 1], 0.0
        if levers[customers[h], COMMUNICATION] > 0.0:
            belief = state.supply.belief
            for e in range(first, last):
                c = order[e]  # how well both know each other (`communicate`)
                order[e] = share[e] * (1.0 - c + c * belief[e])
                total += order[e]
        else:
            for e in range(first, last):
                order[e] = share[e]
                total += share[e]
        for e in range(first, last):
            part = order[e] / total if total > SLACK else share[e]
            order[e] = wanted[h] * part
        if state.inputs.uncut[h]:
            for e in range(first, last):
                carried[e] = order[e]
        else:
            cut(t, first, last, order, carried, world, state)


@kernel
def cut(
    t: int,
    first: int,
    last: int,
    order: np.ndarray,
    carried: np.ndarray,
    world: World,
    state: State,
) -> None:
    """Cut the orders of links `first` to `last` to what each can carry today."""
    supply, passing = world.supply, state.supply.passing
    reliability, capacity, key = supply.reliability, supply.capacity, supply.key
    for e in range(first, last):
        carried[e] = min(order[e], order[e] * min(1.0, passing[e]))
        if not math.isinf(capacity[e]):
            carried[e] = min(carried[e], capacity[e] * passing[e])
        if fails(state.seed, reliability[e], key[e], t):
            carried[e] = 0.0


@inlined
def fails(seed: int, reliability: float, key: np.uint64, t: int) -> bool:
    """Whether a link carries nothing on a day."""
    return reliability < 1.0 and uniform(seed, RELIABILITY, key, t, 0) >= reliability
