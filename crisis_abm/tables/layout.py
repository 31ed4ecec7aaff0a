"""The three tables that hold a scenario as arrays: what each column means, and its unit.

Organisations, holdings and links. Holdings stand in two blocks, `Inputs` (what an organisation
uses) and `Outputs` (what it makes), because a supply link always runs from an output to an input;
links stand in four, by what moves along them: `Supply` (goods and services), `Aid` (stock and
staff lent between partners), `Places` (people taken over by a partner), `Referrals` (people moving
on). Ids are row numbers. Everything here is constant during a run and shared by all runs of a
scenario; what changes is in `crisis_abm.engine.state`.

N organisations, K kinds, A areas, S resources, I inputs, O outputs, E supply links, V events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

__all__ = ["Effect", "Response", "Tables", "World"]

Array = np.ndarray


class Response(IntEnum):
    """What missing inputs do to an organisation (`Kinds.response`)."""

    LIMITING = 0
    ADDITIVE = 1
    THRESHOLD = 2


class Effect(IntEnum):
    """What an event changes (`Events.effect`): a key of `scenario.EFFECTS`, which says the rest.

    What strikes stock is two, of rows of inputs and of outputs. `LEVERS` sets `Events.levers` where
    that is not NaN, all others change something by `Events.value`.
    """

    ANNOUNCEMENT = 0
    CAPACITY = 1
    DEMAND = 2
    STOCK_INPUTS = 3
    STOCK_OUTPUTS = 4
    ADD_STOCK_INPUTS = 5
    ADD_STOCK_OUTPUTS = 6
    LINK = 7
    LEAD_TIME = 8
    LEVERS = 9
    CONTACT = 10


class Parameters(NamedTuple):
    """Behaviour common to all organisations (`[behaviour]` of a scenario), and the run's length."""

    steps: int  # ticks of a run
    hoarding: float  # fear's strength: orders at most (1 + hoarding) × need
    keep: float  # ticks of use a donor keeps and a partner is brought up to
    smoothing: float  # weight of the latest tick in a smoothed fill rate
    forecast_window: int  # ticks in the moving averages of workload and orders
    communication_cost: float  # share of capacity that full communication takes
    altruism: float  # trust that needs no return, 0 to 1
    transit: int  # slots of the ring of shipments under way: longest lead time + 1
    highest_rank: float  # of all kinds in the scenario


class Kinds(NamedTuple):
    """K rows, in the order of `Tables.kinds`."""

    rank: Array  # float64: standing; one step is a factor of 3 under rank
    standing: Array  # float64: weight of its claims where there is no parity, 3^(rank - highest)
    harm: Array  # float64: harm per unit of unmet service and tick
    response: Array  # int8: a `Response`
    threshold: Array  # float64: the missing fraction at which `THRESHOLD` stops
    adjustment: Array  # float64: share of the way to its target a service level moves a tick
    patience: Array  # float64: failing ticks in a row before failure; may be infinite
    recovery: Array  # int64: ticks of assured supply before reopening
    absence: Array  # float64: share of own capacity absent on an ordinary tick


class Organisations(NamedTuple):
    """N rows."""

    kind: Array  # int32
    area: Array  # int32
    key: Array  # uint64: `streams.entity_key` of its id
    group: Array  # int32: row of (kind, area) among those that occur, for recording
    capacity: Array  # float64: nominal units of service a tick
    caseload: Array  # float64: people in its care before the first tick
    demand: Array  # float64: base demand, units of service a tick
    arrivals: Array  # float64: people entering its care a tick
    population: Array  # float64: people living in it (communities), or at work in it
    stay: Array  # float64: mean ticks in its care; inf where nobody finishes
    nominal_workload: Array  # float64: units of service a tick at rest, before the first tick
    input_start: Array  # int64, N + 1: its inputs are rows input_start[i] to input_start[i + 1]
    output_start: Array  # int64, N + 1: likewise its outputs
    coordination: Array  # int32: its input row of the resource `coordination`, or -1


class Resources(NamedTuple):
    """S rows, in the order of `Tables.resources`."""

    storable: Array  # bool: kept from tick to tick; else a flow, used the tick it arrives
    by_contract: Array  # bool: rationed by contract; else by priority


class Inputs(NamedTuple):
    """I rows, in the order of their organisations."""

    organisation: Array  # int32
    resource: Array  # int32
    use: Array  # float64: units per unit of service
    criticality: Array  # float64: 0 not needed … 1 no service without it
    cover: Array  # float64: ticks of stock aimed for (0 for flows)
    safety: Array  # float64: units on top
    link_start: Array  # int64, I + 1: its supply links are rows link_start[h] to link_start[h + 1]


class Outputs(NamedTuple):
    """O rows, in the order of their organisations."""

    organisation: Array  # int32
    resource: Array  # int32
    make: Array  # float64: units made per unit of service
    cover: Array  # float64: ticks of mean orders aimed for as finished stock (0 for flows)
    link_start: Array  # int64, O + 1: its customers' links are supply.by_supplier[start:end]


class Supply(NamedTuple):
    """E rows, in the order of their customers (inputs)."""

    supplier: Array  # int32: output row
    customer: Array  # int32: input row
    share: Array  # float64: of the customer's orders; sums to 1 over a customer's links
    lead_time: Array  # int64: ticks
    spread: Array  # int64: further ticks, uniform on 0 … spread
    capacity: Array  # float64: units a tick it can carry; may be infinite
    reliability: Array  # float64: chance that it works, a tick
    contract: Array  # float64: nominal quantity, share × use × nominal workload, units a tick
    key: Array  # uint64: key of (supplier id, customer id, resource)
    by_supplier: Array  # int64: link rows grouped by supplier, ascending in each group


class Aid(NamedTuple):
    """Directed rows, donor's input to partner's input, in donor order; every row has a reverse."""

    donor: Array  # int32: input row
    partner: Array  # int32: input row
    reverse: Array  # int64: row of the opposite direction
    start: Array  # int64, I + 1: rows of each donor


class Places(NamedTuple):
    """Directed rows, organisation with free places to partner, in donor order, with reverses."""

    donor: Array  # int32: organisation row
    partner: Array  # int32: organisation row
    reverse: Array  # int64
    start: Array  # int64, N + 1


class Referrals(NamedTuple):
    """Rows along which people who finish move on, in the order of their origin."""

    origin: Array  # int32: organisation row
    target: Array  # int32: organisation row
    share: Array  # float64: of those who finish; sums to at most 1 per origin
    start: Array  # int64, N + 1
    by_target: Array  # int64: rows grouped by target, ascending in each group
    target_start: Array  # int64, N + 1


class Events(NamedTuple):
    """V rows, in the order of the scenario."""

    number: Array  # int32: of the scenario's event that the row belongs to
    effect: Array  # int64: an `Effect`
    start: Array  # int64: first tick; -1 where a trigger decides
    end: Array  # int64: first tick after it (for triggered ones: ticks it lasts)
    value: Array  # float64
    levers: Array  # float64, V × 5: NaN where a lever is left alone
    trigger: Array  # float64: community prevalence above which it starts; NaN for none
    area_start: Array  # int64, V + 1: areas whose prevalence the trigger watches
    area: Array  # int32
    target_start: Array  # int64, V + 1
    target: Array  # int64: rows, see `Effect`


class Policy(NamedTuple):
    """The levers of every organisation and their changes; one per policy, not per scenario."""

    levers: Array  # float64, N × levers, in the order of `scenario.LEVERS`
    start: Array  # int64, one per change
    end: Array  # int64: first tick after it
    value: Array  # float64, changes × 5: NaN where a lever is left alone
    target_start: Array  # int64
    target: Array  # int64: organisation rows


class Hazard(NamedTuple):
    """The epidemic; `active` is 0 and every array empty where there is none."""

    active: int
    beta: float  # infections a tick by one infectious person among the susceptible: r0 / infectious
    onset: float  # chance a tick to leave the latent stage
    end: float  # chance a tick to leave the infectious stage
    own: float  # share of contacts within the group
    area: float  # share within the area
    everywhere: float  # share anywhere
    severe: float
    fatality: float
    stay: float  # ticks of a severe case in care; 0: the receiver's own
    absence: float  # share of infectious people kept from work
    imports_until: int
    imports: Array  # float64, A: expected infections brought in a tick
    community: Array  # int32: organisation rows, by area
    community_start: Array  # int64, A + 1
    infected: Array  # float64: infectious people at the start, one per community
    receiver: Array  # int32: organisation rows, by area
    receiver_start: Array  # int64, A + 1
    residents: Array  # int32: organisation rows (care homes), ascending
    resident_row: Array  # int64, N: its row in `residents`, or -1
    resident_beta: float
    staff: float
    resident_fatality: float
    protection: Array  # int32, one per residents row: input row of the protecting resource, or -1
    protection_effect: float
    tests: Array  # int32, N: input row of the testing resource, or -1
    tests_effect: float
    discharge: float
    lent_staff_risk: float
    labour: Array  # int32, one per residents row: input row of `labour`, or -1


class World(NamedTuple):
    """All that a run reads and never writes."""

    parameters: Parameters
    kinds: Kinds
    organisations: Organisations
    resources: Resources
    inputs: Inputs
    outputs: Outputs
    supply: Supply
    aid: Aid
    places: Places
    referrals: Referrals
    events: Events
    hazard: Hazard


@dataclass(frozen=True)
class Tables:
    """A scenario as arrays, with the names that rows stand for.

    Attributes
    ----------
    world
        The arrays.
    ids, names : sequence of str
        One per organisation.
    kinds, areas, resources : list of str
        In row order.
    groups : list of (str, str)
        (kind, area) of each recording group.
    positions : ndarray, shape (N, 2)
        Where to draw each organisation.
    warnings : list of str
        What `check` should tell.
    """

    world: World
    ids: Sequence[str]
    names: Sequence[str]
    kinds: list[str]
    areas: list[str]
    resources: list[str]
    groups: list[tuple[str, str]]
    positions: Array
    warnings: list[str]
