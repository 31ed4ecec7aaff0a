"""Phase 7, aid: partners take over people and lend stock and staff (docs/model.md 7.7).

Lateral transshipment between partners (Paterson et al. 2011), generous in the measure of
reciprocity, well aimed in the measure of communication, and remembering who gave (direct
reciprocity; altruism gives without return).
"""

import math

from crisis_abm.compiled import kernel
from crisis_abm.engine.phases.communicate import reach
from crisis_abm.engine.phases.workload import count_people
from crisis_abm.engine.state import Status

RECIPROCITY = 4  # column of the levers
FAILED = int(Status.FAILED)
MEMORY = 5.0  # ticks of a partner's use that weigh like one unit of goodwill


@kernel
def trust(balance, scale, altruism):
    """How willingly a donor gives to a partner that has had `balance` more than it gave."""
    if scale <= 0.0:
        return 1.0 if balance <= 0.0 else altruism
    return min(1.0, altruism + (1.0 - altruism) * 2.0 / (1.0 + math.exp(balance / scale)))


@kernel
def take_over(t, world, state):
    """Lend free places: partners' people are moved into them, those of failed partners too."""
    rows, now, places = world.organisations, state.organisations, world.places
    state.places_today[:] = 0.0
    if places.donor.shape[0] == 0:
        return
    count_people(world, state)
    for i in range(rows.kind.shape[0]):
        now.deficit[i] = 0.0
        if places.start[i + 1] > places.start[i]:
            now.deficit[i] = min(now.caseload[i], max(0.0, now.people[i] - now.capacity[i]))
            if now.status[i] == FAILED:
                now.deficit[i] = now.caseload[i]
    for i in range(rows.kind.shape[0]):
        if places.start[i + 1] > places.start[i] and now.status[i] != FAILED:
            room = max(0.0, now.capacity[i] - now.people[i])
            now.surplus[i] = now.levers[i, RECIPROCITY] * room
            if now.surplus[i] > 0.0:
                _offer_places(i, world, state)


@kernel
def _offer_places(i, world, state):
    now, places, total = state.organisations, world.places, 0.0
    for a in range(places.start[i], places.start[i + 1]):
        total += _weight_of_people(a, world, state)
    if total <= 0.0:
        return
    part = min(now.surplus[i], total) / total
    for a in range(places.start[i], places.start[i + 1]):
        people = _weight_of_people(a, world, state) * part
        if people > 0.0:
            state.places[a] += people
            state.places_today[a] = people
            _move_people(places.partner[a], i, people, world, state)


@kernel
def _weight_of_people(a, world, state):
    places, now = world.places, state.organisations
    i, j = places.donor[a], places.partner[a]
    if now.deficit[j] <= 0.0:
        return 0.0
    knowledge = (1.0 + reach(i, j, world, state)) / 2.0
    balance = state.places[a] - state.places[places.reverse[a]]
    scale = MEMORY * now.planned[j]
    return now.deficit[j] * knowledge * trust(balance, scale, world.parameters.altruism)


@kernel
def _move_people(j, i, people, world, state):
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
def lend(t, world, state):
    """Lend stock and staff: donors in row order give of what they have above their reserve."""
    state.aid_today[:] = 0.0
    state.inputs.received[:] = 0.0
    if world.aid.donor.shape[0] == 0:
        return
    find_deficits(world, state)
    lend_rows(0, world.inputs.use.shape[0], world, state)
    count_idle(world, state)


@kernel
def find_deficits(world, state):
    """What every partner lacks for `keep` ticks."""
    rows, now, aid, keep = world.inputs, state.inputs, world.aid, world.parameters.keep
    for h in range(rows.use.shape[0]):
        now.deficit[h] = 0.0
        if aid.start[h + 1] > aid.start[h]:
            if state.organisations.status[rows.organisation[h]] != FAILED:
                now.deficit[h] = max(0.0, reserve(h, keep, world, state) - now.stock[h])


@kernel
def reserve(h, ticks, world, state):
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
def surplus(h, world, state):
    """What donor `h` would lend today."""
    i, keep = world.inputs.organisation[h], world.parameters.keep
    reciprocity = state.organisations.levers[i, RECIPROCITY]
    if reciprocity == 0.0 or state.organisations.status[i] == FAILED:
        return 0.0
    ticks = keep + (1.0 - reciprocity) * max(0.0, world.inputs.cover[h] - keep)
    return reciprocity * max(0.0, state.inputs.stock[h] - reserve(h, ticks, world, state))


@kernel
def lend_rows(first, last, world, state):
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
def weight(a, world, state):
    """What a donor would give its partner on aid row `a`: deficit × knowledge × trust."""
    aid, rows = world.aid, world.inputs
    partner = aid.partner[a]
    if state.inputs.deficit[partner] <= 0.0:
        return 0.0
    i, j = rows.organisation[aid.donor[a]], rows.organisation[partner]
    knowledge = (1.0 + reach(i, j, world, state)) / 2.0
    balance = state.aid[a] - state.aid[aid.reverse[a]]
    scale = MEMORY * rows.use[partner] * state.organisations.planned[j]
    goodwill = trust(balance, scale, world.parameters.altruism)
    return state.inputs.deficit[partner] * knowledge * goodwill


@kernel
def hand_over(a, units, world, state):
    """Move units along aid row `a`, and remember it."""
    donor, partner, now = world.aid.donor[a], world.aid.partner[a], state.inputs
    state.aid[a] += units
    state.aid_today[a] += units
    now.stock[donor] = max(0.0, now.stock[donor] - units)
    now.stock[partner] += units
    now.received[partner] += units
    now.deficit[partner] = max(0.0, now.deficit[partner] - units)


@kernel
def count_idle(world, state):
    """Book the stock that partners had to spare where someone still lacked it, in ticks of use."""
    rows, now, aid, keep = world.inputs, state.inputs, world.aid, world.parameters.keep
    for h in range(rows.use.shape[0]):
        i = rows.organisation[h]
        use = rows.use[h] * state.organisations.planned[i]
        if now.deficit[h] <= 0.0 or use <= 0.0 or not world.resources.storable[rows.resource[h]]:
            continue
        idle = 0.0
        for a in range(aid.start[h], aid.start[h + 1]):
            partner = aid.partner[a]
            if state.organisations.status[rows.organisation[partner]] != FAILED:
                idle += max(0.0, now.stock[partner] - reserve(partner, keep, world, state))
        state.record.stock_idle[i] += min(idle, now.deficit[h]) / use
