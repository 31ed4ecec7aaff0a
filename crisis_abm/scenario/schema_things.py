"""Schema of what a scenario consists of: resources, kinds, areas, organisations, groups, tables.

These are the file's own entries, in which most keys may be left out; `recipes.py` merges them over
what is built in.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from .fields import (
    Age,
    Count,
    Factor,
    Fraction,
    Key,
    Line,
    Names,
    Number,
    PartFraction,
    Patience,
    Position,
    PositiveFraction,
    Rank,
    Section,
    Text,
    Ticks,
    WholeTicks,
)
from .fields import Whole as WholeNumber

__all__ = [
    "SIZES",
    "Area",
    "Group",
    "KindEntry",
    "MakeEntry",
    "NeedEntry",
    "Organisation",
    "ResourceEntry",
    "Response",
    "Tables",
    "Whole",
]

Response = Literal["limiting", "additive", "threshold"]

SIZES = ("capacity", "caseload", "demand", "arrivals", "population")
"""Figures of an organisation that grow with it."""


class ResourceEntry(Section):
    """`[resources.ppe]`: what is built in for a resource of that name, with changes.

    Parameters
    ----------
    storable : bool
        Whether it can be kept; what cannot is used the tick it arrives.
    rationing : str
        How a supplier that is short shares it out: by priority, where the principles decide, or by
        contract, everybody the same part of what was agreed.
    cover : float
        Ticks of use that its users aim to have in stock.
    unit : str
        What it is counted in.
    description : str
        What it is.
    """

    storable: bool | None = None
    rationing: Literal["priority", "contract"] | None = None
    cover: Ticks | None = None
    unit: Line | None = None
    description: Text | None = None


class NeedEntry(Section):
    """`[kinds.hospital.needs.ppe]`: what a unit of service uses and how much hangs on it.

    Parameters
    ----------
    use : float
        Units used for each unit of service, such as a patient for a day; 0 drops the need.
    criticality : float
        How much of the service hangs on it: 0 nothing, 1 everything.
    cover : float
        Ticks of use that are aimed for in stock; default the resource's own.
    safety : float
        Units aimed for on top of the cover.
    """

    use: Number | None = None
    criticality: Fraction | None = None
    cover: Ticks | None = None
    safety: Number | None = None


class MakeEntry(Section):
    """`[kinds.supplier.makes.ppe]`: what a unit of service makes.

    Parameters
    ----------
    make : float
        Units made for each unit of service; 0 makes none.
    cover : float
        Ticks of ordinary orders kept finished; default the resource's own.
    """

    make: Number | None = None
    cover: Ticks | None = None


def _dropped_need(value: Any) -> Any:
    return {"use": 0} if value is False else value


def _dropped_make(value: Any) -> Any:
    return {"make": 0} if value is False else value


class KindEntry(Section):
    """`[kinds.hospital]`: changes to a built-in kind, or a new kind, perhaps `like` another.

    Parameters
    ----------
    like : str
        Another kind that this one is like, but for what is written here.
    description : str
        What it is.
    rank : float
        Its standing: the higher, the sooner it is served and believed where there is no parity.
    harm : float
        Harm for each person left unserved for a tick.
    response : str
        What a shortage does: the scarcest input limits the service, shortages add up, or nothing
        happens up to a threshold and nothing works beyond it.
    threshold : float
        The shortage at which all stops, for the response of that name.
    adjustment : float
        How fast service follows what is possible: 1 at once, less with a delay.
    patience : int or inf
        Failing ticks in a row after which it closes; inf is never.
    recovery : int
        Ticks in a row in which it could be supplied again before it reopens.
    capacity : float
        The most units of service it can give in a tick.
    caseload : float
        People in its care at the start.
    demand : float
        People who come and go within a tick.
    arrivals : float
        People who come to stay, each tick.
    stay : float
        Ticks a person stays, on average.
    population : float
        People who belong to it: those who live in a household group, or who work there.
    absence : float
        Share of them who are away on an ordinary tick.
    needs : dict of str to NeedEntry
        What it uses.
    makes : dict of str to MakeEntry
        What it makes.
    """

    like: Key | None = None
    description: Text | None = None
    rank: Rank | None = None
    harm: Number | None = None
    response: Response | None = None
    threshold: Fraction | None = None
    adjustment: PositiveFraction | None = None
    patience: Patience | None = None
    recovery: WholeTicks | None = None
    capacity: Number | None = None
    caseload: Number | None = None
    demand: Number | None = None
    arrivals: Number | None = None
    stay: Age | None = None
    population: Number | None = None
    absence: PartFraction | None = None
    needs: dict[str, Annotated[NeedEntry, BeforeValidator(_dropped_need)]] = {}
    makes: dict[str, Annotated[MakeEntry, BeforeValidator(_dropped_make)]] = {}


class Area(Section):
    """`[areas.north]`.

    Parameters
    ----------
    name : str
        What it is called on the screen.
    position : list of float
        Where it is drawn: across and up.
    population : float
        People; what a group's `total` and `whole` are divided by.
    region : str, optional
        What areas belong together, for rules with ``within = "region"``.
    weights : dict of str to float
        Other figures to divide by, such as ``care_beds``: a group names one with `by`.
    """

    name: Line = ""
    position: Position | None = None
    population: Number = 0.0
    region: Key | None = None
    weights: dict[Key, Number] = {}


class Organisation(Section):
    """`[[organisations]]`: one of them, or a row of a table; a figure left out is the kind's.

    Parameters
    ----------
    id : str
        What the file calls it; no other has the same.
    name : str
        What it is called on the screen.
    kind : str
        Its kind, such as hospital.
    area : str
        Where it is.
    capacity : float
        The most units of service it can give in a tick.
    caseload : float
        People in its care at the start.
    demand : float
        People who come and go within a tick.
    arrivals : float
        People who come to stay, each tick.
    population : float
        People who belong to it: those who live in a household group, or who work there.
    stay : float
        Ticks a person stays, on average.
    position : list of float
        Where it is drawn: across and up.
    """

    id: Key
    name: Line = ""
    kind: Key
    area: Key | None = None
    capacity: Number | None = None
    caseload: Number | None = None
    demand: Number | None = None
    arrivals: Number | None = None
    population: Number | None = None
    stay: Age | None = None
    position: Position | None = None


class Whole(Section):
    """`whole` of a group: what all its members have together.

    Parameters
    ----------
    capacity, caseload, demand, arrivals, population : float
        As of an organisation, but of all members in sum.
    """

    capacity: Number | None = None
    caseload: Number | None = None
    demand: Number | None = None
    arrivals: Number | None = None
    population: Number | None = None

    def figures(self) -> dict[str, float]:
        """The figures that are given."""
        found = {name: getattr(self, name) for name in SIZES}
        return {name: value for name, value in found.items() if value is not None}


class Group(Section):
    """`[[groups]]`: several organisations of one kind in each of some areas.

    Parameters
    ----------
    kind : str
        Their kind, such as care_home.
    count : int or dict of str to int
        Members in each area, or one figure for each area.
    total : int
        Instead: members in all, over the areas in proportion to `by`, by largest remainder.
    by : str
        In proportion to what: ``population`` of the areas, or one of their `weights`.
    whole : Whole
        Sizes of the group in all, divided over its areas in proportion to `by`, and over the
        members of an area equally (with a `spread`: in proportion to their size). So `total` can
        be changed and everything else stays the same in all.
    areas : list of str
        The areas they are in; default all.
    spread : float
        How much the members' sizes differ, as a part of their mean: 0.2 is by a fifth.
    name : str
        What they are called on the screen, followed by a number.
    capacity, caseload, demand, arrivals, population, stay : float
        As of an organisation; default the kind's.
    """

    kind: Key
    count: Count | None = None
    total: WholeNumber | None = None
    by: Key = "population"
    whole: Whole | None = None
    areas: Names | None = None
    spread: Factor = 0.0
    name: Line = ""
    capacity: Number | None = None
    caseload: Number | None = None
    demand: Number | None = None
    arrivals: Number | None = None
    population: Number | None = None
    stay: Age | None = None


class Tables(Section):
    """`[tables]`: files beside the scenario from which organisations and links are read.

    Parameters
    ----------
    organisations : str
        Name of a CSV file with a row for each.
    links : str
        Name of a CSV file with a row for each.
    workbook : str
        Name of an XLSX file with both.
    graph : str
        Name of a GraphML file with both.
    """

    organisations: Line | None = None
    links: Line | None = None
    workbook: Line | None = None
    graph: Line | None = None
