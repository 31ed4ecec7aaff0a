"""Phase 10, status: who is strained, failing, failed, and who opens again (docs/model.md 7.10)."""

import numpy as np

from crisis_abm.compiled import inlined, kernel
from crisis_abm.engine.state import SLACK, State, Status, copy_row
from crisis_abm.tables.layout import World

WORKING, STRAINED = int(Status.WORKING), int(Status.STRAINED)
FAILING, FAILED = int(Status.FAILING), int(Status.FAILED)
STRAINED_BELOW, FAILING_BELOW = 0.9, 0.5


@kernel
def status(t: int, world: World, state: State) -> None:
    """Judge every organisation by its service level; close those at the end of their patience."""
    now, kinds, any_failed = state.organisations, world.kinds, False
    for i in range(now.status.shape[0]):
        if now.status[i] == FAILED:
            any_failed = True
            now.was_failed[i] = True
            continue
        now.was_failed[i] = False
        level = service_level(i, state)
        now.status[i] = WORKING
        if level < STRAINED_BELOW - SLACK:
            now.status[i] = STRAINED
        if level < FAILING_BELOW - SLACK:
            now.status[i] = FAILING
            now.failing[i] += 1
            if now.failing[i] >= kinds.patience[world.organisations.kind[i]]:
                now.status[i] = FAILED
                now.assured[i] = 0
                any_failed = True
        else:
            now.failing[i] = 0
    if any_failed:
        _reopen(t, world, state)
    _remember(t, state)


@inlined
def service_level(i: int, state: State) -> float:
    """Service ÷ workload, 1 where there is nothing to do."""
    work, service = state.organisations.workload[i], state.organisations.service[i]
    return service / work if work > SLACK and service != work else 1.0


@kernel
def _reopen(t: int, world: World, state: State) -> None:
    """Open the failed whose supply has been assured for `recovery` ticks.

    Organisations that are closed only for want of one another can reopen together: suppose that all
    of them could, strike out those that could not, until nothing changes (a greatest fixed point).
    A recovery as long as the run means never.
    """
    now, n = state.organisations, state.organisations.status.shape[0]
    could = now.deficit  # scratch: 1 where an organisation could reopen
    changed = False
    for i in range(n):
        recovery = world.kinds.recovery[world.organisations.kind[i]]
        hopes = now.status[i] == FAILED and recovery < world.parameters.steps
        could[i] = 1.0 if hopes else 0.0
        changed = changed or hopes
    while changed:
        changed = False
        for i in range(n):
            if could[i] == 1.0 and not _is_assured(i, could, world, state):
                could[i] = 0.0
                changed = True
    for i in range(n):
        if now.status[i] != FAILED or not now.was_failed[i]:
            continue
        now.assured[i] = now.assured[i] + 1 if could[i] == 1.0 else 0
        recovery = world.kinds.recovery[world.organisations.kind[i]]
        if now.assured[i] >= max(1, recovery):
            now.status[i] = WORKING
            now.failing[i] = 0
            now.assured[i] = 0
            _open_doors(t, i, world, state)


@kernel
def _open_doors(t: int, i: int, world: World, state: State) -> None:
    """Let those who reopen begin as all did: with a tick's nominal output of every flow on hand.

    Otherwise those who closed for want of one another would reopen to empty hands, and close again.
    """
    rows, outputs = world.organisations, world.outputs
    working = min(rows.nominal_workload[i], state.organisations.capacity[i])
    for g in range(rows.output_start[i], rows.output_start[i + 1]):
        resource = outputs.resource[g]
        if not world.resources.storable[resource]:
            offered = outputs.make[g] * working
            state.record.made[t, resource] += offered - state.outputs.stock[g]
            state.outputs.stock[g] = offered


@kernel
def _is_assured(i: int, could: np.ndarray, world: World, state: State) -> bool:
    """Whether a failed organisation has the capacity, and could have the supply, it needs."""
    rows, inputs = world.organisations, world.inputs
    nominal = rows.nominal_workload[i]
    if state.organisations.capacity[i] < FAILING_BELOW * nominal - SLACK:
        return False
    for h in range(rows.input_start[i], rows.input_start[i + 1]):
        first, last = inputs.link_start[h], inputs.link_start[h + 1]
        needed = inputs.use[h] * nominal
        if inputs.criticality[h] <= 0.0 or needed <= 0.0 or first == last:
            continue
        offered = 0.0
        for e in range(first, last):
            if state.supply.passing[e] > 0.0:
                offered += _uncommitted(world.supply.supplier[e], could, world, state)
        if offered < needed * (1.0 - SLACK):
            return False
    return True


@kernel
def _uncommitted(g: int, could: np.ndarray, world: World, state: State) -> float:
    """Supply of output `g` that no order has claimed, units a tick."""
    rows, now = world.outputs, state.organisations
    i = rows.organisation[g]
    stock = state.outputs.stock[g] if world.resources.storable[rows.resource[g]] else 0.0
    possible = rows.make[g] * now.capacity[i]
    if now.status[i] != FAILED:
        return stock + max(0.0, possible * service_level(i, state) - state.outputs.orders[g])
    return stock + possible if could[i] == 1.0 else 0.0


@kernel
def _remember(t: int, state: State) -> None:
    """Put today's workload and orders into the forecast windows."""
    now, outputs = state.organisations, state.outputs
    k = t % now.window.shape[0]
    copy_row(now.workload, now.window, k)
    copy_row(outputs.orders, outputs.window, k)
