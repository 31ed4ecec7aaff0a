"""The state before the first tick, and an empty record of a run."""

from __future__ import annotations

import numpy as np

from crisis_abm.engine.state import (
    Detail,
    EventState,
    HazardState,
    InputState,
    OrganisationState,
    OutputState,
    Record,
    State,
    SupplyState,
)
from crisis_abm.tables.layout import Effect, Policy, World

__all__ = ["fresh"]


def fresh(world: World, policy: Policy, seed: int, detail: Detail = Detail.ORGANISATIONS) -> State:
    """Return the state before the first tick.

    Parameters
    ----------
    world, policy
        From `crisis_abm.tables`.
    seed : int
        Of all chance in the run.
    detail
        What to record; memory grows with steps × groups, or with steps × holdings.

    Notes
    -----
    The night before the first tick is an ordinary one: makers hold their cover and what they will
    ship tomorrow, customers their cover less what they will receive; one tick of nominal output of
    every flow is on hand, fill rates and beliefs are 1, planned service is nominal workload. (Were
    customers to hold their whole cover, nobody would order on the first day, and the echo of that
    gap would strain makers for two weeks.)
    """
    organisations, inputs, outputs = world.organisations, world.inputs, world.outputs
    n, links = len(organisations.kind), len(world.supply.customer)
    nominal = organisations.nominal_workload
    window = world.parameters.forecast_window

    storable_in = world.resources.storable[inputs.resource]
    use = inputs.use * nominal[inputs.organisation]
    input_stock = np.where(storable_in, np.maximum(0.0, inputs.cover - 1) * use + inputs.safety, 0)
    orders = np.zeros(len(outputs.organisation))
    np.add.at(orders, world.supply.supplier, world.supply.contract)
    working = np.minimum(nominal, organisations.capacity)[outputs.organisation]
    storable_out = world.resources.storable[outputs.resource]
    output_stock = np.where(storable_out, (outputs.cover + 1) * orders, outputs.make * working)

    hazard = world.hazard
    people = organisations.population[hazard.community]
    residents = organisations.caseload[hazard.residents].copy()
    changes = len(policy.start)
    changing = changes > 0 or bool((world.events.effect == Effect.LEVERS).any())
    return State(
        seed=int(seed),
        policy=policy,
        organisations=OrganisationState(
            levers=policy.levers.copy() if changing else policy.levers,
            coordinated=np.ones(n),
            capacity_factor=np.ones(n),
            demand_factor=np.ones(n),
            contact_factor=np.ones(n),
            ill=np.zeros(n),
            absent=np.zeros(n),
            capacity=organisations.capacity.copy(),
            caseload=organisations.caseload.copy(),
            waiting=np.zeros(n),
            hazard_caseload=np.zeros(n),
            people=np.zeros(n),
            workload=np.zeros(n),
            activity=np.zeros(n),
            service=np.zeros(n),
            level=np.ones(n),
            status=np.zeros(n, np.int8),
            failing=np.zeros(n, np.int64),
            assured=np.zeros(n, np.int64),
            value=np.zeros(n),
            planned=nominal.copy(),
            window=np.tile(nominal, (window, 1)),
            lent=np.zeros(n),
            harm=np.zeros(n),
            hazard_deaths=np.zeros(n),
            completed=np.zeros(n),
            surplus=np.zeros(n),
            deficit=np.zeros(n),
            was_failed=np.zeros(n, np.bool_),
        ),
        inputs=InputState(
            stock=input_stock,
            pipeline=np.zeros(len(use)),
            supply_fill=np.ones(len(use)),
            fill=np.ones(len(use)),
            order=np.zeros(len(use)),
            need=np.zeros(len(use)),
            transit=np.zeros((world.parameters.transit, len(use))),
            deficit=np.zeros(len(use)),
            received=np.zeros(len(use)),
            value=np.zeros(len(use)),
        ),
        outputs=OutputState(
            stock=output_stock,
            orders=orders.copy(),
            window=np.tile(orders, (window, 1)),
            value=np.zeros(len(orders)),
            available=np.zeros(len(orders)),
        ),
        supply=SupplyState(
            belief=np.ones(links),
            order=np.zeros(links),
            carried=np.zeros(links),
            shipped=np.zeros(links),
            lapsed=np.zeros(links),
            passing=np.ones(links),
            delay=np.zeros(links, np.int64),
        ),
        aid=np.zeros(len(world.aid.donor)),
        aid_today=np.zeros(len(world.aid.donor)),
        places=np.zeros(len(world.places.donor)),
        places_today=np.zeros(len(world.places.donor)),
        referrals=np.zeros(len(world.referrals.origin)),
        moved=np.zeros(len(world.referrals.origin)),
        claims=np.zeros(np.diff(outputs.link_start).max(initial=0)),
        hazard=HazardState(
            susceptible=people - hazard.infected,
            exposed=np.zeros(len(people)),
            infectious=hazard.infected.copy(),
            removed=np.zeros(len(people)),
            prevalence=np.zeros(max(1, len(hazard.community_start))),
            resident_susceptible=residents,
            resident_exposed=np.zeros(len(residents)),
            resident_infectious=np.zeros(len(residents)),
        ),
        events=EventState(
            active=np.zeros(len(world.events.effect), np.bool_),
            until=np.zeros(len(world.events.effect), np.int64),
            starting=np.zeros(len(world.events.effect), np.bool_),
            changes=np.zeros(changes, np.bool_),
            links=np.ones(1, np.bool_),
        ),
        record=_empty_record(world, detail),
    )


def _empty_record(world: World, detail: Detail) -> Record:
    n, steps = len(world.organisations.kind), world.parameters.steps
    areas = max(1, len(world.hazard.community_start))
    groups = int(world.organisations.group.max(initial=-1)) + 1
    by_one = steps if detail == Detail.ORGANISATIONS else 0
    rows = 64 if by_one else 0
    i, o, s = len(world.inputs.use), len(world.outputs.make), len(world.resources.storable)
    totals = {name: np.zeros(n) for name in Record._fields[: Record._fields.index("made")]}
    totals["first"] = np.full(n, -1, np.int64)
    totals["last"] = np.full(n, -1, np.int64)
    return Record(
        **totals,
        made=np.zeros((steps, s)),
        used=np.zeros((steps, s)),
        perished=np.zeros((steps, s)),
        destroyed=np.zeros((steps, s)),
        brought=np.zeros((steps, s)),
        prevalence=np.zeros((steps, areas)),
        group_workload=np.zeros((steps, groups)),
        group_service=np.zeros((steps, groups)),
        group_unmet=np.zeros((steps, groups)),
        group_harm=np.zeros((steps, groups)),
        group_hazard_deaths=np.zeros((steps, groups)),
        group_completed=np.zeros((steps, groups)),
        group_level=np.zeros((steps, groups)),
        group_status=np.zeros((steps, groups, 4), np.int32),
        service=np.zeros((by_one, n)),
        workload=np.zeros((by_one, n)),
        status=np.zeros((by_one, n), np.int8),
        caseload=np.zeros((by_one, n)),
        tick_harm=np.zeros((by_one, n)),
        stock=np.zeros((by_one, i)),
        finished=np.zeros((by_one, o)),
        ordered=np.zeros((by_one, i)),
        loss_tick=np.zeros(rows, np.int32),
        loss_organisation=np.zeros(rows, np.int32),
        loss_cause=np.zeros(rows, np.int8),
        loss_input=np.zeros(rows, np.int32),
        loss_share=np.zeros(rows),
        loss=np.zeros(rows),
        short_tick=np.zeros(rows, np.int32),
        short_link=np.zeros(rows, np.int32),
        short_amount=np.zeros(rows),
        rows=np.zeros(2, np.int64),
    )
