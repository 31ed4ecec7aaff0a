"""Phase 7, aid: partners take over people and lend stock and staff (docs/model.md 7.7).

Lateral transshipment between partners (Paterson et al. 2011), generous in the measure of
reciprocity, well aimed in the measure of communication, and remembering who gave (direct
reciprocity; altruism gives without return).
"""

import math
import sys

from crisis_abm.compiled import kernel
from crisis_abm.engine.phases.communicate import reach
from crisis_abm.engine.phases.serve import count_people
from crisis_abm.engine.state import SLACK, State, Status, fill
from crisis_abm.scenario.schema.policy import LEVERS
from crisis_abm.tables.layout import World

RECIPROCITY = LEVERS["reciprocity"].column
FAILED = int(Status.FAILED)
LARGEST_POWER = math.log(sys.float_info.max)  # of e; beyond it plain Python raises
MEMORY = 5.0  # ticks of a partner's use that weigh like one unit of goodwill


@kernel
def trust(balance: float, scale: float, altruism: float) -> float:
    """How willingly a donor gives to a partner that has had `balance` more than it gave."""
    if scale <= 0.0:
        return 1.0 if balance <= 0.0 else altruism
    if balance / scale > LARGEST_POWER:
        return min(1.0, altruism)
    return min(1.0, altruism + (1.0 - altruism) * 2.0 / (1.0 + math.exp(balance / scale)))


@kernel
def take_over(t: int, world: World, state: State) -> None:
    """Lend free places: partners' people are moved into them, those of failed partners too."""
    fill(state.places_today, 0.0)
    if world.places.donor.shape[0] == 0:
        return
    find_crowded(world, state)
    take_over_rows(0, world.organisations.kind.shape[0], world, state)


@kernel
def find_crowded(world: World, state: State) -> None:
    """How many places every partner lacks."""
    rows, now, places = world.organisations, state.organisations, world.places
    count_people(world, state)
    for i in range(rows.kind.shape[0]):
        now.deficit[i] = 0.0
        if places.start[i + 1] > places.start[i]:
            now.deficit[i] = min(now.caseload[i], max(0.0, now.people[i] - now.capacity[i]))
            if now.status[i] == FAILED:
                now.deficit[i] = now.caseload[i]


@kernel
def free_places(i: int, state: State) -> float:
    """People that organisation `i` could still take in today."""
    return max(0.0, state.organisations.capacity[i] - state.organisations.people[i])


@kernel
def take_over_rows(first: int, last: int, world: World, state: State) -> None:
    """Let the organisations in rows `first` to `last` take people over, one after the other."""
    now, places = state.organisations, world.places
    for i in range(first, last):
        if places.start[i + 1] == places.start[i] or now.status[i] == FAILED:
            continue
        room = now.levers[i, RECIPROCITY] * free_places(i, state)
        if room <= 0.0:
            continue
        total = 0.0
        for a in range(places.start[i], places.start[i + 1]):
            total += weight_of_people(a, world, state)
        if total > 0.0:
            part = min(room, total) / total
            for a in range(places.start[i], places.start[i + 1]):
                take_in(a, weight_of_people(a, world, state) * part, world, state)


@kernel
def weight_of_people(a: int, world: World, state: State) -> float:
    """How many people a donor would take on places row `a`: deficit × knowledge × trust."""
    places, now = world.places, state.organisations
    i, j = places.donor[a], places.partner[a]
    if now.deficit[j] <= 0.0:
        return 0.0
    knowledge = (
        1.0 + reach(i, j, state.organisations.levers, state.organisations.coordinated)
    ) / 2.0
    balance = state.places[a] - state.places[places.reverse[a]]
    scale = MEMORY * now.planned[j]
    return now.deficit[j] * knowledge * trust(balance, scale, world.parameters.altruism)


@kernel
def take_in(a: int, people: float, world: World, state: State) -> None:
    """Move people along places row `a`, and remember it."""
    if people > 0.0:
        state.places[a] += people
        state.places_today[a] = people
        _move_people(world.places.partner[a], world.places.donor[a], people, world, state)


@kernel
def _move_people(j: int, i: int, people: float, world: World, state: State) -> None:
    """Move people from `j` to `i`; everything about them goes along in proportion."""
    now, referrals, hazard = state.organisations, world.referrals, state.hazard
    part = min(1.0, people / now.caseload[j])
    severe = part * now.hazard_caseload[j]
    now.hazard_caseload[j] -= severe
    now.hazard_caseload[i] += severe
    now.caseload[j] = max(0.0, now.caseload[j] - people)
    now.caseload[i] += people
    now.people[j] = max(0.0, now.people[j] - people)
    now.people[i] += people
    now.deficit[j] = max(0.0, now.deficit[j] - people)
    for e in range(referrals.start[j], referrals.start[j + 1]):
        state.referrals[e] *= 1.0 - part
    if world.hazard.active:
        q, r = world.hazard.resident_row[j], world.hazard.resident_row[i]
        if r >= 0 and q < 0:
            hazard.resident_susceptible[r] += people
        if r >= 0 and q >= 0:
            hazard.resident_susceptible[r] += part * hazard.resident_susceptible[q]
            hazard.resident_exposed[r] += part * hazard.resident_exposed[q]
            hazard.resident_infectious[r] += part * hazard.resident_infectious[q]
        if q >= 0:
            hazard.resident_susceptible[q] *= 1.0 - part
            hazard.resident_exposed[q] *= 1.0 - part
            hazard.resident_infectious[q] *= 1.0 - part


@kernel
def lend(t: int, world: World, state: State) -> None:
    """Lend stock and staff: donors in row order give of what they have above their reserve."""
    fill(state.aid_today, 0.0)
    fill(state.inputs.received, 0.0)
    if world.aid.donor.shape[0] == 0:
        return
    find_deficits(world, state)
    lend_rows(0, world.inputs.use.shape[0], world, state)
    settle(world, state)


@kernel
def find_deficits(world: World, state: State) -> None:
    """What every partner lacks for `keep` ticks."""
    rows, now, aid, keep = world.inputs, state.inputs, world.aid, world.parameters.keep
    for h in range(rows.use.shape[0]):
        now.deficit[h] = 0.0
        if aid.start[h + 1] > aid.start[h]:
            if state.organisations.status[rows.organisation[h]] != FAILED:
                now.deficit[h] = max(0.0, reserve(h, keep, world, state) - now.stock[h])


@kernel
def reserve(h: int, ticks: float, world: World, state: State) -> float:
    """Units that input `h` takes for so many ticks, the first at today's activity.

    A flow is used the tick it arrives: its reserve is today's use.
    """
    rows, i = world.inputs, world.inputs.organisation[h]
    today = state.organisations.activity[i]
    if not world.resources.storable[rows.resource[h]]:
        return rows.use[h] * today
    later = state.organisations.planned[i]
    return rows.use[h] * (today * min(1.0, ticks) + max(0.0, ticks - 1.0) * later)


@kernel
def surplus(h: int, world: World, state: State) -> float:
    """What donor `h` would lend today."""
    i, keep = world.inputs.organisation[h], world.parameters.keep
    reciprocity = state.organisations.levers[i, RECIPROCITY]
    if reciprocity == 0.0 or state.organisations.status[i] == FAILED:
        return 0.0
    ticks = keep + (1.0 - reciprocity) * max(0.0, world.inputs.cover[h] - keep)
    return reciprocity * max(0.0, state.inputs.stock[h] - reserve(h, ticks, world, state))


@kernel
def lend_rows(first: int, last: int, world: World, state: State) -> None:
    """Let the donors in rows `first` to `last` lend, one after the other."""
    aid = world.aid
    for h in range(first, last):
        if aid.start[h + 1] == aid.start[h]:
            continue
        to_give = surplus(h, world, state)
        if to_give <= 0.0:
            continue
        total = 0.0
        for a in range(aid.start[h], aid.start[h + 1]):
            total += weight(a, world, state)
        if total > 0.0:
            part = min(to_give, total) / total
            for a in range(aid.start[h], aid.start[h + 1]):
                hand_over(a, weight(a, world, state) * part, world, state)


@kernel
def weight(a: int, world: World, state: State) -> float:
    """What a donor would give its partner on aid row `a`: deficit × knowledge × trust."""
    aid, rows = world.aid, world.inputs
    partner = aid.partner[a]
    if state.inputs.deficit[partner] <= 0.0:
        return 0.0
    i, j = rows.organisation[aid.donor[a]], rows.organisation[partner]
    knowledge = (
        1.0 + reach(i, j, state.organisations.levers, state.organisations.coordinated)
    ) / 2.0
    balance = state.aid[a] - state.aid[aid.reverse[a]]
    scale = MEMORY * rows.use[partner] * state.organisations.planned[j]
    goodwill = trust(balance, scale, world.parameters.altruism)
    return state.inputs.deficit[partner] * knowledge * goodwill


@kernel
def hand_over(a: int, units: float, world: World, state: State) -> None:
    """Move units along aid row `a`, and remember it."""
    donor, partner, now = world.aid.donor[a], world.aid.partner[a], state.inputs
    state.aid[a] += units
    state.aid_today[a] += units
    now.stock[donor] = max(0.0, now.stock[donor] - units)
    now.stock[partner] += units
    now.received[partner] += units
    now.deficit[partner] = max(0.0, now.deficit[partner] - units)


@kernel
def ordinary_use(h: int, world: World) -> float:
    """Units that input `h` takes in a tick of nominal workload."""
    return world.inputs.use[h] * world.organisations.nominal_workload[world.inputs.organisation[h]]


@kernel
def settle(world: World, state: State) -> None:
    """After all have lent: the share of staff that is lent, and the stock that was not."""
    _count_lent_staff(world, state)
    _count_idle(world, state)


@kernel
def _count_lent_staff(world: World, state: State) -> None:
    """Share of a home's labour that partners lent: what its residents are exposed to."""
    for q in range(world.hazard.residents.shape[0]):
        i, h = world.hazard.residents[q], world.hazard.labour[q]
        state.organisations.lent[i] = 0.0
        if h >= 0:
            needed = world.inputs.use[h] * state.organisations.activity[i]
            if needed > SLACK:
                state.organisations.lent[i] = min(1.0, state.inputs.received[h] / needed)


@kernel
def _count_idle(world: World, state: State) -> None:
    """Book the stock that partners had to spare where someone still lacked it, in ticks of use."""
    rows, now, aid, keep = world.inputs, state.inputs, world.aid, world.parameters.keep
    for h in range(rows.use.shape[0]):
        i = rows.organisation[h]
        use = ordinary_use(h, world)
        if now.deficit[h] <= 0.0 or use <= 0.0 or not world.resources.storable[rows.resource[h]]:
            continue
        idle = 0.0
        for a in range(aid.start[h], aid.start[h + 1]):
            partner = aid.partner[a]
            if state.organisations.status[rows.organisation[partner]] != FAILED:
                idle += max(0.0, now.stock[partner] - reserve(partner, keep, world, state))
        state.record.stock_idle[i] += min(idle, now.deficit[h]) / use
