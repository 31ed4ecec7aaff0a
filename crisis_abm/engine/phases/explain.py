"""Why service fell short: the shortfall table, written while it happens (docs/model.md 7.11)."""

from crisis_abm.compiled import kernel
from crisis_abm.engine.phases.communicate import COMMUNICATION as TALK
from crisis_abm.engine.phases.serve import missing, target
from crisis_abm.engine.state import SLACK, Cause, State, Status
from crisis_abm.tables.layout import Response, World

FAILED, ADDITIVE, LIMITING = int(Status.FAILED), int(Response.ADDITIVE), int(Response.LIMITING)
INPUT, CAPACITY, ABSENCE = int(Cause.INPUT), int(Cause.CAPACITY), int(Cause.ABSENCE)
BLOCKED, EVENT, HAZARD = int(Cause.BLOCKED), int(Cause.EVENT), int(Cause.HAZARD)
DEMAND, COMMUNICATION = int(Cause.DEMAND), int(Cause.COMMUNICATION)
CLOSED, ADJUSTING = int(Cause.CLOSED), int(Cause.ADJUSTING)


@kernel
def room_needed(world: World) -> tuple[int, int]:
    """Rows that one tick can add to the two parts of the table at most."""
    organisations, inputs = world.organisations.kind.shape[0], world.inputs.use.shape[0]
    return 6 * organisations + inputs, world.supply.share.shape[0]


@kernel
def explain(t: int, world: World, state: State) -> None:
    """Write a row for every cause of every organisation's loss of service this tick."""
    now = state.organisations
    if state.record.loss.shape[0] == 0:
        return
    for i in range(now.service.shape[0]):
        loss = now.workload[i] - now.service[i]
        if loss <= SLACK:
            continue
        if now.status[i] == FAILED:
            _write(t, i, CLOSED, -1, 1.0, loss, state)
            continue
        possible = min(now.workload[i], now.capacity[i])
        by_capacity = now.workload[i] - possible
        by_inputs = max(0.0, possible - target(i, world, state))
        total = by_capacity + by_inputs
        if total <= SLACK:
            _write(t, i, ADJUSTING, -1, 1.0, loss, state)
            continue
        if by_capacity > 0.0:
            _explain_capacity(t, i, by_capacity / total, loss, world, state)
        if by_inputs > SLACK:
            _explain_inputs(t, i, by_inputs / total, loss, world, state)


@kernel
def _write(t: int, i: int, cause: int, row: int, share: float, loss: float, state: State) -> None:
    record = state.record
    k = record.rows[0]
    record.loss_tick[k] = t
    record.loss_organisation[k] = i
    record.loss_cause[k] = cause
    record.loss_input[k] = row
    record.loss_share[k] = share
    record.loss[k] = share * loss
    record.rows[0] = k + 1


@kernel
def _explain_capacity(t: int, i: int, part: float, loss: float, world: World, state: State) -> None:
    """Split what capacity denied over what took the capacity, or brought the work."""
    rows, now = world.organisations, state.organisations
    nominal, factor = rows.capacity[i], now.capacity_factor[i]
    cost = world.parameters.communication_cost * now.levers[i, TALK]
    waiting = 0.0
    for e in range(world.referrals.start[i], world.referrals.start[i + 1]):
        waiting += state.referrals[e]
    event = max(0.0, nominal * (1.0 - factor))
    absence = nominal * factor * now.absent[i]
    communication = nominal * factor * (1.0 - now.absent[i]) * cost
    severe = now.hazard_caseload[i]
    demand = max(0.0, now.workload[i] - nominal - waiting - severe)
    total = event + absence + communication + waiting + severe + demand
    if total <= 0.0:
        _write(t, i, CAPACITY, -1, part, loss, state)
        return
    for cause, weight in (
        (EVENT, event),
        (ABSENCE, absence),
        (COMMUNICATION, communication),
        (BLOCKED, waiting),
        (HAZARD, severe),
        (DEMAND, demand),
    ):
        if weight > 0.0:
            _write(t, i, cause, -1, part * weight / total, loss, state)


@kernel
def _explain_inputs(t: int, i: int, part: float, loss: float, world: World, state: State) -> None:
    """Split what inputs denied over the short ones; of limiting ones only the scarcest counts."""
    rows, fill = world.inputs, state.inputs.fill
    first, last = world.organisations.input_start[i], world.organisations.input_start[i + 1]
    limiting = world.kinds.response[world.organisations.kind[i]] == LIMITING
    _, least = missing(i, world, state)
    total, scarcest = 0.0, 0
    for h in range(first, last):
        if fill[h] < 1.0 - SLACK:
            total += rows.criticality[h] * (1.0 - fill[h])
        if 1.0 - rows.criticality[h] * (1.0 - fill[h]) <= least + SLACK:
            scarcest += 1
    for h in range(first, last):
        short = rows.criticality[h] * (1.0 - fill[h])
        if fill[h] >= 1.0 - SLACK or rows.criticality[h] <= 0.0:
            continue
        share = short / total
        if limiting:
            share = 1.0 / scarcest if 1.0 - short <= least + SLACK else 0.0
        _write(t, i, INPUT, h, part * share, loss, state)
        for e in range(rows.link_start[h], rows.link_start[h + 1]):
            if state.supply.lapsed[e] > SLACK:
                _write_short(t, e, state)


@kernel
def _write_short(t: int, e: int, state: State) -> None:
    record = state.record
    k = record.rows[1]
    record.short_tick[k] = t
    record.short_link[k] = e
    record.short_amount[k] = state.supply.lapsed[e]
    record.rows[1] = k + 1
