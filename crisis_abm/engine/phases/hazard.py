"""Phase 2, hazard: people arrive at care, the epidemic moves on, people fall ill (docs 7.2).

Stochastic SEIR with whole people in household groups (Kermack & McKendrick 1927 in discrete time:
infection probability 1 - exp(-force), leaving a stage with probability 1/duration), and among the
residents of care homes, who do not infect the community.
"""

import math

import numpy as np

from crisis_abm.compiled import kernel
from crisis_abm.engine.state import State, Status, copy_row, fill
from crisis_abm.streams import ABSENCE, HAZARD, MOST_DRAWN, binomial_of, moment, nth, source
from crisis_abm.tables.layout import World

FAILED = int(Status.FAILED)


@kernel
def hazard(t: int, world: World, state: State) -> None:
    """Let people arrive, infect, sicken and recover; set today's absence."""
    organisations = state.organisations
    fill(organisations.hazard_deaths, 0.0)
    fill(organisations.harm, 0.0)
    for i in range(organisations.caseload.shape[0]):
        arriving = world.organisations.arrivals[i] * organisations.demand_factor[i]
        organisations.caseload[i] += arriving
        state.record.entered[i] += arriving
        if world.hazard.active and world.hazard.resident_row[i] >= 0:
            state.hazard.resident_susceptible[world.hazard.resident_row[i]] += arriving
    if world.hazard.active:
        if t == 0:
            _measure_prevalence(world, state)
        _infect_communities(t, world, state)
        _measure_prevalence(world, state)
        _infect_residents(t, world, state)
        copy_row(state.hazard.prevalence, state.record.prevalence, t)
    _count_absent(t, world, state)


@kernel
def whole(x: float) -> float:
    """Nearest whole number of people."""
    return np.floor(x + 0.5)


@kernel
def _draw(here: np.uint64, draw: int, n: float, p: float, log_failure: float) -> float:
    if n <= 0 or p <= 0.0:  # nobody, or no risk: spare the hash
        return 0.0
    if n > MOST_DRAWN:  # also what no whole number of the machine holds
        return whole(n * min(p, 1.0))
    return float(binomial_of(nth(here, draw), int(n), p, log_failure))


@kernel
def _log_failure(p: float) -> float:
    """Logarithm of 1 - p."""
    return math.log1p(-p) if p < 1.0 else -math.inf


@kernel
def _measure_prevalence(world: World, state: State) -> None:
    """Infectious share of every area's communities, and of all (last entry)."""
    plan, now = world.hazard, state.hazard
    areas = plan.community_start.shape[0] - 1
    all_infectious, all_people = 0.0, 0.0
    for a in range(areas):
        infectious, people = 0.0, 0.0
        for c in range(plan.community_start[a], plan.community_start[a + 1]):
            infectious += now.infectious[c]
            people += world.organisations.population[plan.community[c]]
        now.prevalence[a] = infectious / people if people > 0.0 else 0.0
        all_infectious += infectious
        all_people += people
    now.prevalence[areas] = all_infectious / all_people if all_people > 0.0 else 0.0


@kernel
def _infect_communities(t: int, world: World, state: State) -> None:
    plan, now, organisations = world.hazard, state.hazard, state.organisations
    everywhere = now.prevalence[now.prevalence.shape[0] - 1]
    no_onset, no_end = _log_failure(plan.onset), _log_failure(plan.end)
    not_severe = _log_failure(plan.severe)
    chance = source(state.seed, HAZARD)
    for a in range(plan.community_start.shape[0] - 1):
        first, last = plan.community_start[a], plan.community_start[a + 1]
        area_people, severe = 0.0, 0.0
        for c in range(first, last):
            area_people += world.organisations.population[plan.community[c]]
        for c in range(first, last):
            i = plan.community[c]
            people = world.organisations.population[i]
            if people <= 0.0:
                continue
            mixing = (
                plan.own * now.infectious[c] / people
                + plan.area * now.prevalence[a]
                + plan.everywhere * everywhere
            )
            force = plan.beta * organisations.contact_factor[i] * mixing
            here = moment(chance, world.organisations.key[i], t)
            risk = 1.0 - math.exp(-force)
            infected = _draw(here, 0, now.susceptible[c], risk, -force)
            if t < plan.imports_until:
                brought = math.floor(plan.imports[a] * people / area_people + nth(here, 1))
                infected += min(brought, now.susceptible[c] - infected)
            onset = _draw(here, 2, now.exposed[c], plan.onset, no_onset)
            ended = _draw(here, 3, now.infectious[c], plan.end, no_end)
            now.susceptible[c] -= infected
            now.exposed[c] += infected - onset
            now.infectious[c] += onset - ended
            now.removed[c] += ended
            organisations.ill[i] = plan.absence * now.infectious[c] / people
            cases = _draw(here, 4, ended, plan.severe, not_severe)
            if plan.receiver_start[a] == plan.receiver_start[a + 1]:
                organisations.harm[i] += cases  # nobody to take them in
            severe += cases
        _admit_severe(a, severe, world, state)


@kernel
def _admit_severe(a: int, severe: float, world: World, state: State) -> None:
    """Share an area's severe cases among its receivers at work (all of them if none is)."""
    plan, organisations = world.hazard, state.organisations
    first, last = plan.receiver_start[a], plan.receiver_start[a + 1]
    if severe <= 0.0 or first == last:
        return
    at_work = 0
    for r in range(first, last):
        if organisations.status[plan.receiver[r]] != FAILED:
            at_work += 1
    room, takers = 0.0, 0
    for r in range(first, last):
        i = plan.receiver[r]
        if at_work == 0 or organisations.status[i] != FAILED:
            room += world.organisations.capacity[i]
            takers += 1
    for r in range(first, last):
        i = plan.receiver[r]
        if at_work == 0 or organisations.status[i] != FAILED:
            share = world.organisations.capacity[i] / room if room > 0.0 else 1.0 / takers
            organisations.caseload[i] += severe * share
            state.record.entered[i] += severe * share
            organisations.hazard_caseload[i] += severe * share


@kernel
def _infect_residents(t: int, world: World, state: State) -> None:
    plan, now, organisations = world.hazard, state.hazard, state.organisations
    no_onset, no_end = _log_failure(plan.onset), _log_failure(plan.end)
    survives = _log_failure(plan.resident_fatality)
    chance = source(state.seed, HAZARD)
    for q in range(plan.residents.shape[0]):
        i = plan.residents[q]
        people = organisations.caseload[i]
        if people <= 0.0:
            continue
        here, row = moment(chance, world.organisations.key[i], t), plan.protection[q]
        protected = plan.protection_effect * state.inputs.fill[row] if row >= 0 else 0.0
        lent = 1.0 + (plan.lent_staff_risk - 1.0) * organisations.lent[i]
        force = (
            plan.resident_beta * now.resident_infectious[q] / people
            + plan.staff * now.prevalence[world.organisations.area[i]] * (1.0 - protected) * lent
        )
        susceptible, exposed = now.resident_susceptible[q], now.resident_exposed[q]
        infectious = now.resident_infectious[q]
        risk = 1.0 - math.exp(-force)
        infected = _draw(here, 0, whole(susceptible), risk, -force)
        infected = min(susceptible, infected)
        onset = min(exposed, _draw(here, 1, whole(exposed), plan.onset, no_onset))
        ended = min(infectious, _draw(here, 2, whole(infectious), plan.end, no_end))
        died = min(ended, _draw(here, 3, whole(ended), plan.resident_fatality, survives))
        now.resident_susceptible[q] = susceptible - infected
        now.resident_exposed[q] = exposed + infected - onset
        now.resident_infectious[q] = infectious + onset - ended
        died = min(died, people)
        organisations.caseload[i] -= died
        organisations.hazard_deaths[i] += died
        organisations.hazard_caseload[i] *= 1.0 - died / people
        for e in range(world.referrals.start[i], world.referrals.start[i + 1]):
            state.referrals[e] *= 1.0 - died / people


@kernel
def _count_absent(t: int, world: World, state: State) -> None:
    """Share of own capacity missing today: ordinary absence and, independent of it, illness."""
    rows, organisations = world.organisations, state.organisations
    chance = source(state.seed, ABSENCE)
    for i in range(rows.kind.shape[0]):
        rate = world.kinds.absence[rows.kind[i]]
        people = whole(rows.population[i])
        if rate > 0.0 and people > 0:
            here = moment(chance, rows.key[i], t)
            rate = _draw(here, 0, people, rate, _log_failure(rate)) / people
        organisations.absent[i] = 1.0 - (1.0 - rate) * (1.0 - organisations.ill[i])
