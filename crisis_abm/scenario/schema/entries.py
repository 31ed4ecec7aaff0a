"""Schema of the entries of a file: who there is, what ties them together, and where one differs.

Resources, kinds, areas, organisations, groups and tables; supply links, and rules for supply, aid
and referral; exceptions. Most keys may be left out; `recipes.py` merges them over what is built in.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from crisis_abm.scenario.schema.fields import (
    Age,
    Count,
    Factor,
    Fraction,
    Key,
    Line,
    Names,
    Number,
    NumberOrInf,
    PartFraction,
    Patience,
    Position,
    PositiveFraction,
    Rank,
    Reach,
    Section,
    Text,
    Ticks,
    WholeTicks,
)
from crisis_abm.scenario.schema.fields import Whole as WholeNumber

Response = Literal["limiting", "additive", "threshold"]

SIZES = ("capacity", "caseload", "demand", "arrivals", "population")
"""Figures of an organisation that grow with it."""


class ResourceEntry(Section):
    """`[resources.ppe]`: what is built in for a resource of that name, with changes."""

    storable: bool | None = None
    """Whether it can be kept; what cannot is used the tick it arrives."""
    rationing: Literal["priority", "contract"] | None = None
    """How a supplier that is short shares it out: by priority, where the principles decide, or by
    contract, everybody the same part of what was agreed."""
    cover: Ticks | None = None
    """Ticks of use that its users aim to have in stock."""
    unit: Line | None = None
    """What it is counted in."""
    description: Text | None = None
    """What it is."""


class NeedEntry(Section):
    """`[kinds.hospital.needs.ppe]`: what a unit of service uses and how much hangs on it."""

    use: Number | None = None
    """Units used for each unit of service, such as a patient for a day; 0 drops the need."""
    criticality: Fraction | None = None
    """How much of the service hangs on it: 0 nothing, 1 everything."""
    cover: Ticks | None = None
    """Ticks of use that are aimed for in stock; default the resource's own."""
    safety: Number | None = None
    """Units aimed for on top of the cover."""


class MakeEntry(Section):
    """`[kinds.supplier.makes.ppe]`: what a unit of service makes."""

    make: Number | None = None
    """Units made for each unit of service; 0 makes none."""
    cover: Ticks | None = None
    """Ticks of ordinary orders kept finished; default the resource's own."""


def _dropped_need(value: Any) -> Any:
    return {"use": 0} if value is False else value


def _dropped_make(value: Any) -> Any:
    return {"make": 0} if value is False else value


class KindEntry(Section):
    """`[kinds.hospital]`: changes to a built-in kind, or a new kind, perhaps `like` another."""

    like: Key | None = None
    """Another kind that this one is like, but for what is written here."""
    description: Text | None = None
    """What it is."""
    rank: Rank | None = None
    """Its standing: the higher, the sooner it is served and believed where there is no parity."""
    harm: Number | None = None
    """Harm for each person left unserved for a tick."""
    response: Response | None = None
    """What a shortage does: the scarcest input limits the service, shortages add up, or nothing
    happens up to a threshold and nothing works beyond it."""
    threshold: Fraction | None = None
    """The shortage at which all stops, for the response of that name."""
    adjustment: PositiveFraction | None = None
    """How fast service follows what is possible: 1 at once, less with a delay."""
    patience: Patience | None = None
    """Failing ticks in a row after which it closes; inf is never."""
    recovery: WholeTicks | None = None
    """Ticks in a row in which it could be supplied again before it reopens."""
    capacity: Number | None = None
    """The most units of service it can give in a tick."""
    caseload: Number | None = None
    """People in its care at the start."""
    demand: Number | None = None
    """People who come and go within a tick."""
    arrivals: Number | None = None
    """People who come to stay, each tick."""
    stay: Age | None = None
    """Ticks a person stays, on average."""
    population: Number | None = None
    """People who belong to it: those who live in a household group, or who work there."""
    absence: PartFraction | None = None
    """Share of them who are away on an ordinary tick."""
    needs: dict[str, Annotated[NeedEntry, BeforeValidator(_dropped_need)]] = {}
    """What it uses."""
    makes: dict[str, Annotated[MakeEntry, BeforeValidator(_dropped_make)]] = {}
    """What it makes."""


class Area(Section):
    """`[areas.north]`."""

    name: Line = ""
    """What it is called on the screen."""
    position: Position | None = None
    """Where it is drawn: across and up."""
    population: Number = 0.0
    """People; what a group's `total` and `whole` are divided by."""
    region: Key | None = None
    """What areas belong together, for rules with ``within = "region"``."""
    weights: dict[Key, Number] = {}
    """Other figures to divide by, such as ``care_beds``: a group names one with `by`."""


class Organisation(Section):
    """`[[organisations]]`: one of them, or a row of a table; a figure left out is the kind's."""

    id: Key
    """What the file calls it; no other has the same."""
    name: Line = ""
    """What it is called on the screen."""
    kind: Key
    """Its kind, such as hospital."""
    area: Key | None = None
    """Where it is."""
    capacity: Number | None = None
    """The most units of service it can give in a tick."""
    caseload: Number | None = None
    """People in its care at the start."""
    demand: Number | None = None
    """People who come and go within a tick."""
    arrivals: Number | None = None
    """People who come to stay, each tick."""
    population: Number | None = None
    """People who belong to it: those who live in a household group, or who work there."""
    stay: Age | None = None
    """Ticks a person stays, on average."""
    position: Position | None = None
    """Where it is drawn: across and up."""


class Whole(Section):
    """`whole` of a group: what all its members have together."""

    capacity: Number | None = None
    """As of an organisation, but of all members in sum."""
    caseload: Number | None = None
    """As of an organisation, but of all members in sum."""
    demand: Number | None = None
    """As of an organisation, but of all members in sum."""
    arrivals: Number | None = None
    """As of an organisation, but of all members in sum."""
    population: Number | None = None
    """As of an organisation, but of all members in sum."""

    def figures(self) -> dict[str, float]:
        """The figures that are given."""
        given = {name: getattr(self, name) for name in SIZES}
        return {name: value for name, value in given.items() if value is not None}


class Group(Section):
    """`[[groups]]`: several organisations of one kind in each of some areas."""

    kind: Key
    """Their kind, such as care_home."""
    count: Count | None = None
    """Members in each area, or one figure for each area."""
    total: WholeNumber | None = None
    """Instead: members in all, over the areas in proportion to `by`, by largest remainder."""
    by: Key = "population"
    """In proportion to what: ``population`` of the areas, or one of their `weights`."""
    whole: Whole | None = None
    """Sizes of the group in all, divided over its areas in proportion to `by`, and over the members
    of an area equally (with a `spread`: in proportion to their size). So `total` can be changed and
    everything else stays the same in all."""
    areas: Names | None = None
    """The areas they are in; default all."""
    spread: Factor = 0.0
    """How much the members' sizes differ, as a part of their mean: 0.2 is by a fifth."""
    name: Line = ""
    """What they are called on the screen, followed by a number."""
    capacity: Number | None = None
    """As of an organisation; default the kind's."""
    caseload: Number | None = None
    """As of an organisation; default the kind's."""
    demand: Number | None = None
    """As of an organisation; default the kind's."""
    arrivals: Number | None = None
    """As of an organisation; default the kind's."""
    population: Number | None = None
    """As of an organisation; default the kind's."""
    stay: Age | None = None
    """As of an organisation; default the kind's."""


class Tables(Section):
    """`[tables]`: files beside the scenario from which organisations and links are read."""

    organisations: Line | None = None
    """Name of a CSV file with a row for each."""
    links: Line | None = None
    """Name of a CSV file with a row for each."""
    workbook: Line | None = None
    """Name of an XLSX file with both."""
    graph: Line | None = None
    """Name of a GraphML file with both."""


Within = Literal["area", "region", "anywhere", "elsewhere"]
Split = Literal["equal", "capacity"]
SupplySplit = Literal["equal", "capacity", "catchment"]

PLACES = "places"
"""What partners lend when an aid rule moves people: free places, not a resource."""


class Link(Section):
    """`[[links]]`: one supplier of one customer."""

    from_: Key = Field(alias="from")
    """Id of the supplier."""
    to: Key
    """Id of the customer."""
    resource: Key
    """What is supplied."""
    share: Fraction | None = None
    """Part of the customer's supply that comes this way; links without one divide equally what the
    customer's other links and rules leave."""
    lead_time: WholeTicks = 0
    """Ticks from sending to arrival."""
    lead_time_spread: WholeTicks = 0
    """Up to so many ticks later, by chance, each as likely."""
    capacity: NumberOrInf = math.inf
    """Most that can be sent in a tick."""
    reliability: Fraction = 1.0
    """Chance that a shipment arrives at all."""


class SupplyRule(Section):
    """`[[supply]]`: who supplies what to whom, for many customers at once.

    `from_` and `to` name kinds or organisations (default: every maker, everybody who needs it);
    `share` is the part of a customer's supply that this rule gives, divided over its `suppliers`
    equally or by their capacity. With ``split = "catchment"`` suppliers are not chosen by lot:
    customers and suppliers stand along a street, each as long as what it needs or can make, and
    everybody is supplied by those opposite, so that all suppliers are loaded alike; `suppliers`
    is how many such streets each walks.
    """

    resource: Key
    """What is supplied."""
    from_: Names | None = Field(default=None, alias="from")
    """Kinds or ids of suppliers; default everybody who makes it."""
    to: Names | None = None
    """Kinds or ids of customers; default everybody who needs it."""
    suppliers: Reach = 1
    """How many suppliers each customer has."""
    within: Within = "area"
    """Where a customer's suppliers are: in its area, its region, anywhere, or elsewhere."""
    share: PositiveFraction = 1.0
    """Part of a customer's supply that this rule gives."""
    split: SupplySplit = "equal"
    """How that is divided over its suppliers."""
    lead_time: WholeTicks = 0
    """Ticks from sending to arrival."""
    lead_time_spread: WholeTicks = 0
    """Up to so many ticks later, by chance."""
    capacity: NumberOrInf = math.inf
    """Most that each link can carry in a tick."""
    reliability: Fraction = 1.0
    """Chance that a link works on a tick."""


class AidRule(Section):
    """`[[aid]]`: partners who may lend each other a resource, staff or free places."""

    resource: Key
    """What they lend: a resource, labour for staff, or places to take people over."""
    between: Names | None = None
    """Kinds or ids of the partners; default everybody who uses it."""
    partners: Reach = "all"
    """How many partners each has."""
    within: Within = "area"
    """Where its partners are: in its area, its region, anywhere, or elsewhere."""


class ReferralRule(Section):
    """`[[referral]]`: where people go who finished their stay; the rest of them complete."""

    from_: Names = Field(alias="from")
    """Kinds or ids of those whom people leave."""
    to: Names
    """Kinds or ids of those to whom they go."""
    share: PositiveFraction
    """Part of those who finish that goes this way."""
    within: Within = "area"
    """Where they go: in the area, the region, anywhere, or elsewhere."""
    targets: Reach = "all"
    """To how many each sends people."""
    split: Split = "equal"
    """How people are divided over them."""


class NeedException(Section):
    """`[exceptions.ID.needs.ppe]`: how one organisation keeps a need of its kind."""

    cover: Ticks | None = None
    """Ticks of use that it aims to have in stock, instead of its kind's."""
    safety: Number | None = None
    """Units it aims for on top of the cover, instead of its kind's."""
    more: Number | None = None
    """Units it keeps on top of all that."""
    suppliers: Names | None = None
    """Ids of further suppliers, one after the other: each gets an equal part of the orders, on the
    terms of the slowest and least reliable of those there are."""


class MakeException(Section):
    """`[exceptions.ID.makes.ppe]`: how much of what it makes one organisation keeps finished."""

    cover: Ticks | None = None
    """Ticks of ordinary orders kept finished, instead of its kind's."""
    more: Number | None = None
    """Units kept finished on top of that."""


class ExceptionEntry(Section):
    """`[exceptions.ID]`: where one organisation differs from its group, its table or its kind.

    Who deals with whom is drawn as if there were no exception.
    """

    capacity: Number | None = None
    """The most units of service it can give in a tick; ordinary orders and work stay as agreed."""
    more_capacity: Number | None = None
    """Units of service it can give in a tick on top of that."""
    caseload: Number | None = None
    """People in its care at the start."""
    demand: Number | None = None
    """People who come and go within a tick."""
    arrivals: Number | None = None
    """People who come to stay, each tick."""
    population: Number | None = None
    """People who belong to it: those who live in a household group, or who work there."""
    stay: Age | None = None
    """Ticks a person stays, on average."""
    needs: dict[Key, NeedException] = {}
    """How it keeps what its kind needs."""
    makes: dict[Key, MakeException] = {}
    """How it keeps what its kind makes."""
