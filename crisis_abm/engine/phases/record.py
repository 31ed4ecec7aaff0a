"""What a tick leaves behind: totals and groups always, every organisation where asked for."""

from crisis_abm.compiled import kernel
from crisis_abm.engine.columns import copy_row
from crisis_abm.engine.phases.aid import ordinary_use
from crisis_abm.engine.phases.communicate import COMMUNICATION
from crisis_abm.engine.phases.status import FAILING_BELOW, STRAINED_BELOW, service_level
from crisis_abm.engine.state import SLACK, State
from crisis_abm.tables.layout import World


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
        book.communicating[i] += present * cost * now.levers[i, COMMUNICATION]
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
