"""Phase 1, events: what the scenario does to organisations, links and levers (docs 7.1)."""

import math

import numpy as np

from crisis_abm.compiled import kernel
from crisis_abm.engine.state import SLACK, State, fill
from crisis_abm.tables.layout import Effect, World

ANNOUNCEMENT, CAPACITY, DEMAND = int(Effect.ANNOUNCEMENT), int(Effect.CAPACITY), int(Effect.DEMAND)
STOCK_INPUTS, STOCK_OUTPUTS = int(Effect.STOCK_INPUTS), int(Effect.STOCK_OUTPUTS)
ADD_STOCK_INPUTS, ADD_STOCK_OUTPUTS = int(Effect.ADD_STOCK_INPUTS), int(Effect.ADD_STOCK_OUTPUTS)
LINK, LEAD_TIME, LEVERS = int(Effect.LINK), int(Effect.LEAD_TIME), int(Effect.LEVERS)
CONTACT = int(Effect.CONTACT)


@kernel
def events(t: int, world: World, state: State) -> None:
    """Start and end events and policy changes; change stocks at their start."""
    if _switch(t, world, state):
        _apply_factors(world, state)
        _apply_levers(world, state)
        _mark_inputs(world, state)
    elif t == 0:
        _mark_inputs(world, state)
    for v in range(world.events.effect.shape[0]):
        if state.events.starting[v]:
            _change_stock(t, v, world, state)


@kernel
def _switch(t: int, world: World, state: State) -> bool:
    """Bring every event and policy change up to date; tell whether any began or ended."""
    plan, now, changed = world.events, state.events, False
    for v in range(plan.effect.shape[0]):
        was = now.active[v]
        if math.isnan(plan.trigger[v]):
            active = plan.start[v] <= t < plan.end[v]
            now.starting[v] = active and not was
        else:
            active = was and t < now.until[v]
            now.starting[v] = False
            if not active and t >= 1 and _prevalence(v, world, state) > plan.trigger[v] + SLACK:
                active = True
                now.starting[v] = True
                now.until[v] = t + plan.end[v]
        now.active[v] = active
        if active != was:
            changed = True
            if plan.effect[v] == LINK:
                now.links[0] = True
    for k in range(state.policy.start.shape[0]):
        active = state.policy.start[k] <= t < state.policy.end[k]
        if active != now.changes[k]:
            now.changes[k] = active
            changed = True
    return changed


@kernel
def _prevalence(v: int, world: World, state: State) -> float:
    """Share of the community infectious in the areas that event `v` watches (all if none)."""
    plan, hazard = world.events, world.hazard
    first, last = plan.area_start[v], plan.area_start[v + 1]
    infectious, people = 0.0, 0.0
    for a in range(hazard.community_start.shape[0] - 1):
        watched = first == last
        for x in range(first, last):
            watched = watched or plan.area[x] == a
        if watched:
            for c in range(hazard.community_start[a], hazard.community_start[a + 1]):
                infectious += state.hazard.infectious[c]
                people += world.organisations.population[hazard.community[c]]
    return infectious / people if people > 0.0 else 0.0


@kernel
def _apply_factors(world: World, state: State) -> None:
    """Set every factor from the events in force, in their order."""
    plan, organisations, supply = world.events, state.organisations, state.supply
    fill(organisations.capacity_factor, 1.0)
    fill(organisations.demand_factor, 1.0)
    fill(organisations.contact_factor, 1.0)
    fill(supply.passing, 1.0)
    fill(supply.delay, 0)
    for v in range(plan.effect.shape[0]):
        if not state.events.active[v]:
            continue
        effect, value = plan.effect[v], plan.value[v]
        for x in range(plan.target_start[v], plan.target_start[v + 1]):
            row = plan.target[x]
            if effect == CAPACITY:
                organisations.capacity_factor[row] *= value
            elif effect == DEMAND:
                organisations.demand_factor[row] *= value
            elif effect == CONTACT:
                organisations.contact_factor[row] *= value
            elif effect == LINK:
                supply.passing[row] *= value
            elif effect == LEAD_TIME:
                supply.delay[row] += int(value)


@kernel
def _mark_inputs(world: World, state: State) -> None:
    """Which inputs have only links that carry whatever is ordered, only such as take no time."""
    supply, start, now = world.supply, world.inputs.link_start, state.supply
    for h in range(start.shape[0] - 1):
        uncut, prompt = True, True
        for e in range(start[h], start[h + 1]):
            if now.passing[e] < 1.0 or supply.reliability[e] < 1.0:
                uncut = False
            if not math.isinf(supply.capacity[e]):
                uncut = False
            if supply.lead_time[e] + now.delay[e] != 0 or supply.spread[e] > 0:
                prompt = False
        state.inputs.uncut[h], state.inputs.prompt[h] = uncut, prompt


@kernel
def _apply_levers(world: World, state: State) -> None:
    """Set levers: the policy's, then its changes, then the events'; the last one set holds."""
    levers, policy, plan = state.organisations.levers, state.policy, world.events
    for i in range(levers.shape[0]):
        for lever in range(levers.shape[1]):
            levers[i, lever] = policy.levers[i, lever]
    for k in range(policy.start.shape[0]):
        if state.events.changes[k]:
            for x in range(policy.target_start[k], policy.target_start[k + 1]):
                _set_levers(levers, policy.target[x], policy.value, k)
    for v in range(plan.effect.shape[0]):
        if state.events.active[v] and plan.effect[v] == LEVERS:
            for x in range(plan.target_start[v], plan.target_start[v + 1]):
                _set_levers(levers, plan.target[x], plan.levers, v)


@kernel
def _set_levers(levers: np.ndarray, i: int, values: np.ndarray, row: int) -> None:
    for lever in range(levers.shape[1]):
        if not math.isnan(values[row, lever]):
            levers[i, lever] = values[row, lever]


@kernel
def _change_stock(t: int, v: int, world: World, state: State) -> None:
    """Destroy or bring stock where event `v` says so, and book the difference."""
    plan, effect, value = world.events, world.events.effect[v], world.events.value[v]
    for x in range(plan.target_start[v], plan.target_start[v + 1]):
        row = plan.target[x]
        if effect == STOCK_INPUTS or effect == ADD_STOCK_INPUTS:
            stock, resource = state.inputs.stock, world.inputs.resource[row]
        elif effect == STOCK_OUTPUTS or effect == ADD_STOCK_OUTPUTS:
            stock, resource = state.outputs.stock, world.outputs.resource[row]
        else:
            continue
        before = stock[row]
        if effect == STOCK_INPUTS or effect == STOCK_OUTPUTS:
            stock[row] = before * value
        else:
            stock[row] = before + value
        if stock[row] < before:
            state.record.destroyed[t, resource] += before - stock[row]
        else:
            state.record.brought[t, resource] += stock[row] - before
