"""Phase 9, people: the served finish and move on, the unserved come to harm (docs/model.md 7.9)."""

import math

from crisis_abm.compiled import inlined, kernel
from crisis_abm.engine.state import SLACK, State, Status
from crisis_abm.streams import HAZARD, uniform
from crisis_abm.tables.layout import World

FAILED = int(Status.FAILED)


@kernel
def people(t: int, world: World, state: State) -> None:
    """Let people come to harm, finish, wait, and move to where there is room."""
    for i in range(world.organisations.kind.shape[0]):
        served = _served_share(i, state)
        if served < 1.0:
            _harm_unserved(i, served, world, state)
        _finish(i, served, world, state)
    if world.referrals.origin.shape[0] > 0:
        _admit(t, world, state)


@inlined
def _served_share(i: int, state: State) -> float:
    people, service = state.organisations.people[i], state.organisations.service[i]
    return service / people if people > SLACK and service < people else 1.0


@inlined
def _harm_unserved(i: int, served: float, world: World, state: State) -> None:
    """Harm falls on people and base demand, never on orders; those harmed leave the caseload."""
    now, record = state.organisations, state.record
    harm = world.kinds.harm[world.organisations.kind[i]]
    unserved = (1.0 - served) * now.people[i]
    now.harm[i] += harm * unserved
    record.unmet[i] += unserved
    leaving = (1.0 - served) * min(1.0, harm)
    if leaving > 0.0:
        record.harmed[i] += leaving * now.caseload[i]
        now.caseload[i] *= 1.0 - leaving
        now.hazard_caseload[i] *= 1.0 - leaving
        for e in range(world.referrals.start[i], world.referrals.start[i + 1]):
            state.referrals[e] *= 1.0 - leaving
        _shrink_residents(i, 1.0 - leaving, world, state)


@inlined
def _finish(i: int, served: float, world: World, state: State) -> None:
    """Part of those in treatment finish their stay; severe cases may die though served."""
    rows, now, referrals = world.organisations, state.organisations, world.referrals
    first, last = referrals.start[i], referrals.start[i + 1]
    waiting, moving_on = 0.0, 0.0
    for e in range(first, last):
        waiting += state.referrals[e]
        moving_on += referrals.share[e]
    now.completed[i] = 0.0
    now.waiting[i] = waiting
    before = now.caseload[i]
    if served <= 0.0 or before <= 0.0 or now.status[i] == FAILED:
        return
    rate = 0.0 if math.isinf(rows.stay[i]) else 1.0 / rows.stay[i]
    severe_rate = 1.0 / world.hazard.stay if world.hazard.stay > 0.0 else rate
    severe = served * now.hazard_caseload[i] * severe_rate
    ordinary = served * max(0.0, before - waiting - now.hazard_caseload[i]) * rate
    died = world.hazard.fatality * severe
    now.hazard_caseload[i] -= severe
    now.hazard_deaths[i] += died
    finished = ordinary + severe - died
    for e in range(first, last):
        state.referrals[e] += referrals.share[e] * finished
        now.waiting[i] += referrals.share[e] * finished
    now.completed[i] = finished * max(0.0, 1.0 - moving_on)
    now.caseload[i] = max(0.0, before - died - now.completed[i])
    _shrink_residents(i, now.caseload[i] / before, world, state)


@kernel
def _shrink_residents(i: int, part: float, world: World, state: State) -> None:
    """Keep the stages of the residents' epidemic in step with those who are left."""
    if world.hazard.active:
        q = world.hazard.resident_row[i]
        if q >= 0:
            state.hazard.resident_susceptible[q] *= part
            state.hazard.resident_exposed[q] *= part
            state.hazard.resident_infectious[q] *= part


@kernel
def _admit(t: int, world: World, state: State) -> None:
    """Move those who wait to where there is room; who cannot move blocks a place where they are."""
    rows, now, referrals = world.organisations, state.organisations, world.referrals
    for j in range(rows.kind.shape[0]):
        asking = 0.0
        for x in range(referrals.target_start[j], referrals.target_start[j + 1]):
            asking += state.referrals[referrals.by_target[x]]
        room = now.capacity[j] - now.caseload[j] - rows.demand[j] * now.demand_factor[j]
        if now.status[j] == FAILED or asking <= 0.0:
            room = 0.0
        part = min(1.0, max(0.0, room) / asking) if room > 0.0 else 0.0
        for x in range(referrals.target_start[j], referrals.target_start[j + 1]):
            e = referrals.by_target[x]
            state.moved[e] = state.referrals[e] * part
    for i in range(rows.kind.shape[0]):
        _leave(i, world, state)
    for j in range(rows.kind.shape[0]):
        _arrive(t, j, world, state)


@kernel
def _leave(i: int, world: World, state: State) -> None:
    now, referrals, leaving = state.organisations, world.referrals, 0.0
    for e in range(referrals.start[i], referrals.start[i + 1]):
        state.referrals[e] -= state.moved[e]
        leaving += state.moved[e]
    if leaving > 0.0:
        before = now.caseload[i]
        now.waiting[i] = max(0.0, now.waiting[i] - leaving)
        now.caseload[i] = max(0.0, before - leaving)
        _shrink_residents(i, now.caseload[i] / before, world, state)


@kernel
def _arrive(t: int, j: int, world: World, state: State) -> None:
    referrals, hazard, people, infectious = world.referrals, world.hazard, 0.0, 0.0
    for x in range(referrals.target_start[j], referrals.target_start[j + 1]):
        e = referrals.by_target[x]
        people += state.moved[e]
        if hazard.active:
            infectious += state.moved[e] * _infectious_share(referrals.origin[e], world, state)
    if people <= 0.0:
        return
    state.organisations.caseload[j] += people
    if hazard.active and hazard.resident_row[j] >= 0:
        q, key = hazard.resident_row[j], world.organisations.key[j]
        state.hazard.resident_susceptible[q] += people
        found = math.floor(infectious + uniform(state.seed, HAZARD, key, t, 4))
        found = min(found, state.hazard.resident_susceptible[q])
        state.hazard.resident_susceptible[q] -= found
        state.hazard.resident_infectious[q] += found


@kernel
def _infectious_share(i: int, world: World, state: State) -> float:
    """Chance that someone sent on by `i` is infectious and was not found by a test."""
    hazard = world.hazard
    prevalence = state.hazard.prevalence[world.organisations.area[i]]
    found = 0.0
    if hazard.tests[i] >= 0:
        found = hazard.tests_effect * state.inputs.fill[hazard.tests[i]]
    return min(1.0, hazard.discharge * prevalence) * (1.0 - found)
