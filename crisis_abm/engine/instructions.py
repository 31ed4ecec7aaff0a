"""Organisations that are told what to do for some ticks: the same tick, with their orders in it.

What is told stands in columns, so that a crisis can be run thousands of times in which hundreds of
organisations are told something; who has to be asked tick by tick is asked by `decisions`. The
phases run compiled as ever, and after each those who were told something act on it. Who is closed
does nothing. Whatever is told can be done: from what there is.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from crisis_abm.compiled import kernel, passed_by_reference
from crisis_abm.engine.decisions import Watch, advance_with
from crisis_abm.engine.phases import aid
from crisis_abm.engine.phases.orders import cut, place, request
from crisis_abm.engine.phases.ration import ration
from crisis_abm.engine.state import State, Status, fill
from crisis_abm.tables.layout import World

FAILED = int(Status.FAILED)
Array = np.ndarray


class Instructions(NamedTuple):
    """What organisations are told; as the rule has it where nothing is.

    Of a link: at its customer's side `name` and `part`, at its supplier's `rank`.
    """

    units: Array  # float64, inputs: ordered a tick; NaN where nothing is told
    need: Array  # bool, inputs: just what is needed is ordered
    named: Array  # bool, inputs: whether suppliers are named
    name: Array  # int64, links: which of the names of its input it goes by; -1 for none
    part: Array  # float64, links: of what is ordered, the part of all that go by that name
    ranked: Array  # bool, outputs: whether some customers are served before others
    rank: Array  # int64, links: in which order
    lent: Array  # float64, inputs: part of what is beyond own reserve that is lent; NaN
    places: Array  # float64, organisations: part of free places that is given; NaN


def nothing_told(world: World) -> Instructions:
    """Columns in which everything is left to the rules."""
    inputs, links, outputs = (
        len(world.inputs.use),
        len(world.supply.customer),
        len(world.outputs.organisation),
    )
    return Instructions(
        units=np.full(inputs, np.nan),
        need=np.zeros(inputs, np.bool_),
        named=np.zeros(inputs, np.bool_),
        name=np.full(links, -1, np.int64),
        part=np.zeros(links),
        ranked=np.zeros(outputs, np.bool_),
        rank=np.zeros(links, np.int64),
        lent=np.full(inputs, np.nan),
        places=np.full(len(world.organisations.kind), np.nan),
    )


def something_told(world: World) -> Instructions:
    """Columns in which somebody is told something of every kind, so that all of it is compiled."""
    told = nothing_told(world)
    for column in (told.need, told.named, told.ranked):
        column[:1] = True
    for column in (told.lent, told.places):
        column[:1] = 0.0
    return told


def add_told(all_told: Instructions, more: Instructions) -> None:
    """Add to what is told what other organisations are told; `all_told` is changed."""
    for column, added in zip(all_told, more, strict=True):
        if column.dtype == np.float64 and column is not all_told.part:
            np.copyto(column, added, where=~np.isnan(added))
    links = more.name >= 0
    all_told.name[links], all_told.part[links] = more.name[links], more.part[links]
    all_told.rank[:] = np.maximum(all_told.rank, more.rank)
    for column, added in ((all_told.need, more.need), (all_told.named, more.named)):
        column |= added
    all_told.ranked[:] |= more.ranked


def advance_as_told(
    world: World,
    state: State,
    first: int,
    end: int,
    told: Instructions,
    watch: Watch = MappingProxyType({}),
) -> State:
    """Run ticks as `run.advance` does, those who were told something acting on it.

    Parameters
    ----------
    world : World
    state : State
    first, end : int
        The first tick, and the first that is not run.
    told : Instructions
    watch : mapping of str to callable, optional
        What is called after which phase (`decisions.Watch`).
    """
    packed = passed_by_reference(told)

    def request_(t: int, world: Any, state: Any) -> None:
        request(t, world, state)
        order_as_told(packed, world, state)

    def place_(t: int, world: Any, state: Any) -> None:
        place(t, world, state)
        place_as_told(t, packed, world, state)

    def ration_(t: int, world: Any, state: Any) -> None:
        ration(t, world, state)
        ration_as_told(packed, world, state)

    def take_over(t: int, world: Any, state: Any) -> None:
        take_over_as_told(packed, world, state)

    def lend(t: int, world: Any, state: Any) -> None:
        lend_as_told(packed, world, state)

    own: dict[str, Any] = {}
    if told.need.any() or not np.isnan(told.units).all():
        own["request"] = request_
    if told.named.any():
        own["place"] = place_
    if told.ranked.any():
        own["ration"] = ration_
    if not np.isnan(told.places).all():
        own["take_over"] = take_over
    if not np.isnan(told.lent).all():
        own["lend"] = lend
    return advance_with(world, state, first, end, lambda _: own, watch)


@kernel
def order_as_told(told: Instructions, world: World, state: State) -> None:
    """Order what is told rather than what the rule would."""
    order, need = state.inputs.order, state.inputs.need
    for h in range(order.shape[0]):
        if state.organisations.status[world.inputs.organisation[h]] == FAILED:
            continue
        if not math.isnan(told.units[h]):
            order[h] = told.units[h]
        elif told.need[h]:
            order[h] = need[h]


@kernel
def place_as_told(t: int, told: Instructions, world: World, state: State) -> None:
    """Split orders over the suppliers that are named."""
    for h in range(told.named.shape[0]):
        if told.named[h]:
            if state.organisations.status[world.inputs.organisation[h]] != FAILED:
                _split(h, told, world, state)
    order = state.supply.order
    cut(t, 0, order.shape[0], order, state.supply.carried, world, state)


@kernel
def _split(h: int, told: Instructions, world: World, state: State) -> None:
    """Each name gets its part, shared among those of that name as the rule shares it."""
    first, last = world.inputs.link_start[h], world.inputs.link_start[h + 1]
    order, wanted, named = state.supply.order, state.inputs.order[h], 0.0
    for e in range(first, last):
        if told.name[e] >= 0 and _is_first(e, first, told):
            named += told.part[e]
    if named <= 0.0:
        return
    units, total, differ = np.zeros(last - first), 0.0, 0
    for e in range(first, last):
        if told.name[e] >= 0:
            within = _within(e, first, last, told, order)
            units[e - first] = min(wanted, wanted * told.part[e] / named * within)
        total += units[e - first]
        differ += units[e - first] != order[e]
    if differ == 0:
        return
    if total > wanted:  # by rounding
        units *= wanted / total
        total = 0.0
        for k in range(units.shape[0]):
            total += units[k]
    if total > 0.0:
        units *= wanted / total
        order[first:last] = units


@kernel
def _is_first(e: int, first: int, told: Instructions) -> bool:
    """Whether a link is the first of its input that goes by its name."""
    before = 0
    for other in range(first, e):
        before += told.name[other] == told.name[e]
    return before == 0


@kernel
def _within(e: int, first: int, last: int, told: Instructions, order: Array) -> float:
    """The part of what goes to its name that goes to a link."""
    whole, count = 0.0, 0
    for other in range(first, last):
        if told.name[other] == told.name[e]:
            whole += order[other]
            count += 1
    return order[e] / whole if whole > 0.0 else 1.0 / count


@kernel
def ration_as_told(told: Instructions, world: World, state: State) -> None:
    """Serve some customers whole before the others have any."""
    for g in range(told.ranked.shape[0]):
        if told.ranked[g]:
            if state.organisations.status[world.outputs.organisation[g]] != FAILED:
                _serve_in_order(g, told, world, state)


@kernel
def _serve_in_order(g: int, told: Instructions, world: World, state: State) -> None:
    first, last = world.outputs.link_start[g], world.outputs.link_start[g + 1]
    links, carried, shipped = world.supply.by_supplier, state.supply.carried, state.supply.shipped
    highest = 0
    for x in range(first, last):
        highest = max(highest, told.rank[links[x]])
    stock = state.outputs.stock[g]
    rest, total = stock, 0.0
    for rank in range(highest + 1):
        asked = 0.0
        for x in range(first, last):
            if told.rank[links[x]] == rank:
                asked += carried[links[x]]
        part = min(1.0, rest / asked) if asked > 0.0 else 0.0
        for x in range(first, last):
            if told.rank[links[x]] == rank:
                shipped[links[x]] = carried[links[x]] * part
        rest = max(0.0, rest - asked)
    for x in range(first, last):
        total += shipped[links[x]]
    if total > stock:  # rounding is put right
        for x in range(first, last):
            shipped[links[x]] *= stock / total


@kernel
def take_over_as_told(told: Instructions, world: World, state: State) -> None:
    """Give the part of free places that is told; the others as the rule has it, in row order."""
    fill(state.places_today, 0.0)
    places, now = world.places, state.organisations
    if places.donor.shape[0] == 0:
        return
    aid.find_crowded(world, state)
    for i in range(told.places.shape[0]):
        if math.isnan(told.places[i]) or now.status[i] == FAILED:
            aid.take_over_rows(i, i + 1, world, state)
            continue
        room, lacking = aid.free_places(i, state), 0.0
        for a in range(places.start[i], places.start[i + 1]):
            lacking += now.deficit[places.partner[a]]
        if lacking > 0.0:
            share = min(told.places[i] * room, lacking) / lacking
            for a in range(places.start[i], places.start[i + 1]):
                aid.take_in(a, now.deficit[places.partner[a]] * share, world, state)


@kernel
def lend_as_told(told: Instructions, world: World, state: State) -> None:
    """Lend the part of what is beyond own reserve that is told; the others as the rule has it."""
    fill(state.aid_today, 0.0)
    fill(state.inputs.received, 0.0)
    ties, now = world.aid, state.inputs
    if ties.donor.shape[0] == 0:
        return
    aid.find_deficits(world, state)
    for h in range(told.lent.shape[0]):
        i = world.inputs.organisation[h]
        if math.isnan(told.lent[h]) or state.organisations.status[i] == FAILED:
            aid.lend_rows(h, h + 1, world, state)
            continue
        keep, lacking = world.parameters.keep, 0.0
        spare = max(0.0, now.stock[h] - aid.reserve(h, keep, world, state))
        for a in range(ties.start[h], ties.start[h + 1]):
            lacking += now.deficit[ties.partner[a]]
        if lacking > 0.0:
            share = min(told.lent[h] * spare, lacking) / lacking
            for a in range(ties.start[h], ties.start[h + 1]):
                aid.hand_over(a, now.deficit[ties.partner[a]] * share, world, state)
    aid.settle(world, state)
