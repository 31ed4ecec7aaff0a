"""What changes during a run: one named tuple of arrays per table (made by `fresh`).

Rows are those of `crisis_abm.tables.layout` (N organisations, I inputs, O outputs, E supply links);
T ticks, G recording groups, W ticks of forecast window. Everything is float64 unless it says
otherwise.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from crisis_abm.compiled import kernel
from crisis_abm.tables.layout import Effect, Policy, World

Array = np.ndarray
SLACK = 1e-9  # of every comparison with a threshold
FEWEST_ROWS, MOST_ROWS = 64, 2**20  # with which a part of the shortfall table begins


class Status(IntEnum):
    """How an organisation stands at the end of a tick."""

    WORKING = 0
    STRAINED = 1  # service level below 0.9
    FAILING = 2  # below 0.5
    FAILED = 3  # after `patience` failing ticks in a row, until it reopens


class Cause(IntEnum):
    """Why service fell short of workload (`Record.loss_cause`)."""

    INPUT = 0
    CAPACITY = 1
    ABSENCE = 2
    BLOCKED = 3
    EVENT = 4
    HAZARD = 5
    DEMAND = 6
    COMMUNICATION = 7
    CLOSED = 8
    ADJUSTING = 9


class Detail(IntEnum):
    """How much of a run is recorded."""

    GROUPS = 0  # totals by organisation, and every tick by kind and area
    ORGANISATIONS = 1  # and every tick by organisation, with the shortfall table


class OrganisationState(NamedTuple):
    """N values each."""

    levers: Array  # N × 5; the policy's own where nothing ever changes them
    coordinated: Array  # coordination fill of the last tick; 1 where none is needed
    capacity_factor: Array  # of active events
    demand_factor: Array
    contact_factor: Array
    ill: Array  # share of own capacity missing through the hazard
    absent: Array  # share missing in all
    capacity: Array  # K, units of service possible this tick
    caseload: Array  # people in care
    waiting: Array  # of whom finished, without a place to go to
    hazard_caseload: Array  # of whom severe cases in treatment
    people: Array  # W: caseload + base demand
    workload: Array
    activity: Array  # the workload that inputs are needed for
    service: Array
    level: Array  # adjusted service level, 0 to 1
    status: Array  # int8, a `Status`
    failing: Array  # int64, failing ticks in a row
    assured: Array  # int64, ticks in a row in which a failed one could have reopened
    value: Array  # V, harm avoided by a unit of service, to the whole system
    planned: Array  # mean workload of the last W completed ticks
    window: Array  # W × N, workload of those ticks
    lent: Array  # share of needed labour that partners lent, in the last tick
    harm: Array  # of the unserved, this tick
    hazard_deaths: Array  # this tick
    completed: Array  # people, this tick
    surplus: Array  # of places a donor has, people; between ticks scratch of the system value
    deficit: Array  # of places a partner lacks, people; at night scratch of reopening
    was_failed: Array  # bool, while serving this tick


class InputState(NamedTuple):
    """I values each."""

    stock: Array
    pipeline: Array  # shipped and not arrived
    supply_fill: Array  # shipped ÷ ordered, smoothed
    fill: Array  # service fill: available ÷ needed, in the last tick
    order: Array
    need: Array
    uncut: Array  # bool: each of its links carries whatever is ordered
    prompt: Array  # bool: whatever is shipped on its links arrives the same tick
    transit: Array  # ring of slots × I, arrivals to come
    deficit: Array  # lacking for `keep` ticks
    received: Array  # aid, this tick
    value: Array  # system value of one more unit: the harm it averts there and further on


class OutputState(NamedTuple):
    """O values each."""

    stock: Array
    orders: Array  # received in the last tick, as far as links can carry them
    window: Array  # W × O, orders of the last W completed ticks
    value: Array  # system value of a unit
    available: Array  # how much of yesterday's orders it could fill today, 0 to 1


class SupplyState(NamedTuple):
    """E values each."""

    belief: Array  # about the supplier's availability, 0 to 1
    order: Array  # placed on this link; until then how well its ends know each other
    carried: Array  # as far as the link can carry it
    shipped: Array
    lapsed: Array  # orders not shipped, remembered for `cover` ticks; with a shortfall table only
    passing: Array  # φ: what events let through
    delay: Array  # int64, ticks that events add


class HazardState(NamedTuple):
    """People by stage; C communities, Q residents' homes, A areas."""

    susceptible: Array
    exposed: Array
    infectious: Array
    removed: Array
    prevalence: Array  # A + 1: infectious ÷ population by area, and everywhere
    resident_susceptible: Array
    resident_exposed: Array
    resident_infectious: Array


class EventState(NamedTuple):
    """Which events and policy changes are in force."""

    active: Array  # bool, V
    until: Array  # int64, V: first tick after a triggered event
    starting: Array  # bool, V: in this tick
    changes: Array  # bool, one per policy change
    links: Array  # bool, 1: system values must be solved again


class Record(NamedTuple):
    """What a run leaves behind."""

    # totals, N values each
    harm: Array
    hazard_deaths: Array
    unmet: Array  # person-ticks
    entered: Array  # people who came into care from outside: arrivals and severe cases
    harmed: Array  # people who left care unserved
    completed: Array  # people
    strained: Array  # ticks below 0.9
    failing: Array  # ticks below 0.5
    failed: Array  # ticks closed
    first: Array  # int64, first tick below 0.9, -1 for never
    last: Array  # int64, last such tick
    lost: Array  # Σ (1 - service level), ticks
    communicating: Array  # units of service
    stock_lent: Array  # ticks of the partner's use
    staff_lent: Array  # likewise
    people_taken: Array  # people
    stock_idle: Array  # ticks of use lacked while partners had it to spare
    excess_orders: Array  # ordered beyond need, ticks of use
    # by tick and resource, T × S units
    made: Array
    used: Array
    perished: Array
    destroyed: Array  # by events
    brought: Array  # likewise
    # by tick, T × (A + 1)
    prevalence: Array
    # by tick and group, T × G
    group_workload: Array
    group_service: Array
    group_unmet: Array
    group_harm: Array
    group_hazard_deaths: Array
    group_completed: Array
    group_level: Array  # sum of service levels
    group_status: Array  # int32, T × G × 4: organisations in each status
    # by tick and organisation, T × N (or 0 × N)
    service: Array
    workload: Array
    status: Array  # int8
    caseload: Array
    tick_harm: Array
    stock: Array  # T × I
    finished: Array  # T × O
    ordered: Array  # T × I
    # the shortfall table
    loss_tick: Array  # int32
    loss_organisation: Array  # int32
    loss_cause: Array  # int8
    loss_input: Array  # int32, -1 for other causes
    loss_share: Array
    loss: Array  # units of service
    short_tick: Array  # int32
    short_link: Array  # int32
    short_amount: Array  # units
    rows: Array  # int64, 2: rows in use of the two parts


class State(NamedTuple):
    """A run under way."""

    seed: int
    policy: Policy
    organisations: OrganisationState
    inputs: InputState
    outputs: OutputState
    supply: SupplyState
    aid: Array  # given so far on each aid row
    aid_today: Array
    places: Array
    places_today: Array
    referrals: Array  # people waiting on each referral row
    moved: Array  # people who moved along it today
    claims: Array  # scratch of rationing: as many as the most customers of one output
    hazard: HazardState
    events: EventState
    record: Record


@kernel
def fill(column: np.ndarray, value: float) -> None:
    """Set every entry of a column."""
    for k in range(column.shape[0]):
        column[k] = value


@kernel
def copy_row(source: np.ndarray, target: np.ndarray, row: int) -> None:
    """Copy a column into a row of a table."""
    for k in range(source.shape[0]):
        target[row, k] = source[k]


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

    rows, orders = len(inputs.use), np.zeros(len(outputs.organisation))
    np.add.at(orders, world.supply.supplier, world.supply.contract)
    input_stock, output_stock = stocks_at_rest(world, orders)
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
            pipeline=np.zeros(rows),
            supply_fill=np.ones(rows),
            fill=np.ones(rows),
            order=np.zeros(rows),
            need=np.zeros(rows),
            uncut=np.zeros(rows, np.bool_),
            prompt=np.zeros(rows, np.bool_),
            transit=np.zeros((world.parameters.transit, rows)),
            deficit=np.zeros(rows),
            received=np.zeros(rows),
            value=np.zeros(rows),
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
    # of the shortfall table, which grows if need be; what is not written to takes no memory
    losses = min(max(FEWEST_ROWS, steps * n), MOST_ROWS) if by_one else 0
    links = len(world.supply.customer)
    shorts = min(max(FEWEST_ROWS, steps * links // 4), MOST_ROWS) if by_one else 0
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
        loss_tick=np.zeros(losses, np.int32),
        loss_organisation=np.zeros(losses, np.int32),
        loss_cause=np.zeros(losses, np.int8),
        loss_input=np.zeros(losses, np.int32),
        loss_share=np.zeros(losses),
        loss=np.zeros(losses),
        short_tick=np.zeros(shorts, np.int32),
        short_link=np.zeros(shorts, np.int32),
        short_amount=np.zeros(shorts),
        rows=np.zeros(2, np.int64),
    )


def stocks_at_rest(world: World, orders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stock of inputs and of outputs on the night before the first tick: shapes (I,) and (O,).

    Parameters
    ----------
    world : World
    orders : ndarray, shape (O,)
        Nominal ones.
    """
    organisations, inputs, outputs = world.organisations, world.inputs, world.outputs
    nominal, storable = organisations.nominal_workload, world.resources.storable
    use = inputs.use * nominal[inputs.organisation]
    held = np.maximum(0.0, inputs.cover - 1) * use + inputs.safety
    made = outputs.make * np.minimum(nominal, organisations.capacity)[outputs.organisation]
    finished = (outputs.cover + 1) * orders
    return (
        np.where(storable[inputs.resource], held, 0),
        np.where(storable[outputs.resource], finished, made),
    )
