"""What a unit of service is worth to the whole system: V (docs/model.md 7.6).

V_i = harm_i + γ · Σ make × value of the output, the value of an output being the mean over its
customers of what a unit averts there: a Leontief price system (Miller & Blair 2009, ch. 2) with
harm as the only final value. γ damps loops so that the sum converges. Solved by sweeps: a sparse
factorisation took 148 s at 20,000 organisations, sweeps milliseconds.
"""

import math

import numpy as np

from crisis_abm.compiled import kernel
from crisis_abm.engine.state import State, fill
from crisis_abm.scenario.schema.policy import LEVERS
from crisis_abm.tables.layout import World

AGENDA = LEVERS["agenda"].column
POWERS = 64  # applications of the map to find how fast it grows
SWEEPS, TOLERANCE = 1000, 1e-13
STRONGEST = 0.9  # growth that is let stand


@kernel
def solve_values(world: World, state: State) -> None:
    """Set the value of service, and of a unit of every input and output."""
    rows, value = world.organisations, state.organisations.value
    passed_on = state.organisations.surplus  # scratch
    greatest = 0.0
    for kind in range(world.kinds.harm.shape[0]):
        greatest = max(greatest, world.kinds.harm[kind])
    if greatest == 0.0:  # nothing is worth anything, at no cost
        fill(value, 0.0)
        fill(state.inputs.value, 0.0)
        fill(state.outputs.value, 0.0)
        return
    gamma = _damping(world, state)
    for i in range(value.shape[0]):
        value[i] = world.kinds.harm[rows.kind[i]]
    for _ in range(SWEEPS):
        _pass_on(passed_on, world, state)
        change, largest = 0.0, 0.0
        for i in range(value.shape[0]):
            new = world.kinds.harm[rows.kind[i]] + gamma * passed_on[i]
            change = max(change, abs(new - value[i]))
            largest = max(largest, new)
            value[i] = new
        if change <= TOLERANCE * largest:
            break
    _pass_on(passed_on, world, state)


def values_follow_from(world: World) -> tuple[np.ndarray, ...]:
    """Every array of a world that `solve_values` reads."""
    organisations, outputs, supply = world.organisations, world.outputs, world.supply
    inputs = world.inputs
    return (
        *(world.kinds.harm, organisations.kind, organisations.output_start),
        *(inputs.use, inputs.criticality, inputs.organisation, outputs.make, outputs.link_start),
        *(supply.share, supply.customer, supply.by_supplier),
    )


@kernel
def _pass_on(passed_on: np.ndarray, world: World, state: State) -> None:
    """One application of M: what a unit of service is worth through its outputs."""
    _value_inputs(world, state)
    worth, share, passing = state.inputs.value, world.supply.share, state.supply.passing
    customer, by_supplier = world.supply.customer, world.supply.by_supplier
    make, value, start = world.outputs.make, state.outputs.value, world.outputs.link_start
    for g in range(make.shape[0]):
        total, shares = 0.0, 0.0
        for x in range(start[g], start[g + 1]):
            e = by_supplier[x]
            weight = share[e] * min(1.0, passing[e])
            total += weight * worth[customer[e]]
            shares += weight
        value[g] = total / shares if shares > 0.0 else 0.0
    output_start = world.organisations.output_start
    for i in range(passed_on.shape[0]):
        passed_on[i] = 0.0
        for g in range(output_start[i], output_start[i + 1]):
            passed_on[i] += make[g] * value[g]


@kernel
def _value_inputs(world: World, state: State) -> None:
    """A unit of input averts criticality ÷ use of what a unit of service there is worth."""
    use, criticality, organisation = (
        world.inputs.use,
        world.inputs.criticality,
        world.inputs.organisation,
    )
    worth, value = state.inputs.value, state.organisations.value
    for h in range(use.shape[0]):
        worth[h] = criticality[h] * value[organisation[h]] / use[h] if use[h] > 0.0 else 0.0


@kernel
def _damping(world: World, state: State) -> float:
    """γ = min(1, 0.9 ÷ growth rate of M), by repeated application to ones, rescaled on the way."""
    value, passed_on = state.organisations.value, state.organisations.surplus
    fill(value, 1.0)
    logarithm, half_way = 0.0, 0.0  # of the largest entry of Mᵏ1
    for k in range(POWERS):
        _pass_on(passed_on, world, state)
        largest = 0.0
        for i in range(value.shape[0]):
            largest = max(largest, passed_on[i])
        if largest <= 0.0:
            return 1.0
        logarithm += math.log(largest)
        for i in range(value.shape[0]):
            value[i] = passed_on[i] / largest
        if k == POWERS // 2 - 1:
            half_way = logarithm
    growth = math.exp((logarithm - half_way) / (POWERS - POWERS // 2))
    return min(1.0, STRONGEST / growth)


@kernel
def value(t: int, world: World, state: State) -> None:
    """Solve values again after events changed what links let through, once somebody asks."""
    if state.events.links[0] and _asked(state.organisations.levers):
        solve_values(world, state)
        state.events.links[0] = False


@kernel
def _asked(levers: np.ndarray) -> bool:
    """Whether anybody weighs claims by values: only who shares in an agenda does."""
    strongest = 0.0
    for i in range(levers.shape[0]):
        strongest = max(strongest, levers[i, AGENDA])
    return strongest > 0.0
