"""What a tick leaves behind: why service fell short, and totals (docs/model.md 7.11).

The shortfall table is written while it happens; totals and groups always, every organisation where
asked for.
"""

from crisis_abm.compiled import kernel
from crisis_abm.engine.phases.aid import ordinary_use
from crisis_abm.engine.phases.communicate import COMMUNICATION as TALK
from crisis_abm.engine.phases.serve import missing, target
from crisis_abm.engine.phases.status import FAILING_BELOW, STRAINED_BELOW, service_level
from crisis_abm.engine.state import SLACK, Cause, State, Status, copy_row
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


@kernel
def record(t: int, world: World, state: State) -> None:
    """Add today to the record of the run."""
    _add_totals(t, world, state)
    _add_lending(world, state)
    _add_groups(t, world, state)
    if state.record.service.shape[0] > 0:
        _keep_all(t, state)


@kernel
def _add_totals(t: int, world: World, state: State) -> None:
    book, now = state.record, state.organisations
    cost = world.parameters.communication_cost
    for i in range(now.service.shape[0]):
        book.harm[i] += now.harm[i]
        book.hazard_deaths[i] += now.hazard_deaths[i]
        book.completed[i] += now.completed[i]
        present = world.organisations.capacity[i] * now.capacity_factor[i]
        present *= 1.0 - now.absent[i]
        book.communicating[i] += present * cost * now.levers[i, TALK]
        level = service_level(i, state)
        book.lost[i] += 1.0 - level
        if now.was_failed[i]:
            book.failed[i] += 1.0
        if level < FAILING_BELOW - SLACK:
            book.failing[i] += 1.0
        if level < STRAINED_BELOW - SLACK:
            book.strained[i] += 1.0
            book.last[i] = t
            if book.first[i] < 0:
                book.first[i] = t


@kernel
def _add_lending(world: World, state: State) -> None:
    """Aid and orders beyond need, in ticks of ordinary use so that resources add up."""
    book, rows, inputs = state.record, world.inputs, state.inputs
    for h in range(rows.use.shape[0]):
        i = rows.organisation[h]
        use = ordinary_use(h, world)
        if use > 0.0:
            book.excess_orders[i] += (inputs.order[h] - inputs.need[h]) / use
    for a in range(state.aid_today.shape[0]):
        if state.aid_today[a] > 0.0:
            h, donor = world.aid.partner[a], rows.organisation[world.aid.donor[a]]
            use = ordinary_use(h, world)
            if use > 0.0:
                if world.resources.storable[rows.resource[h]]:
                    book.stock_lent[donor] += state.aid_today[a] / use
                else:
                    book.staff_lent[donor] += state.aid_today[a] / use
    for a in range(state.places_today.shape[0]):
        book.people_taken[world.places.donor[a]] += state.places_today[a]


@kernel
def _add_groups(t: int, world: World, state: State) -> None:
    book, now = state.record, state.organisations
    for i in range(now.service.shape[0]):
        g = world.organisations.group[i]
        book.group_workload[t, g] += now.workload[i]
        book.group_service[t, g] += now.service[i]
        book.group_unmet[t, g] += max(0.0, now.people[i] - now.service[i])
        book.group_harm[t, g] += now.harm[i]
        book.group_hazard_deaths[t, g] += now.hazard_deaths[i]
        book.group_completed[t, g] += now.completed[i]
        book.group_level[t, g] += service_level(i, state)
        book.group_status[t, g, now.status[i]] += 1


@kernel
def _keep_all(t: int, state: State) -> None:
    book, now = state.record, state.organisations
    copy_row(now.service, book.service, t)
    copy_row(now.workload, book.workload, t)
    copy_row(now.status, book.status, t)
    copy_row(now.caseload, book.caseload, t)
    for i in range(now.harm.shape[0]):
        book.tick_harm[t, i] = now.harm[i] + now.hazard_deaths[i]
    copy_row(state.inputs.stock, book.stock, t)
    copy_row(state.inputs.order, book.ordered, t)
    copy_row(state.outputs.stock, book.finished, t)
