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
    Fraction,
    Key,
    Names,
    Number,
    PartFraction,
    Patience,
    Position,
    PositiveFraction,
    Section,
    Text,
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
    """`[resources.ppe]`: what is built in for a resource of that name, with changes."""

    storable: bool | None = None
    rationing: Literal["priority", "contract"] | None = None
    cover: Number | None = None
    unit: Text | None = None
    description: Text | None = None


class NeedEntry(Section):
    """`[kinds.hospital.needs.ppe]`: what a unit of service uses and how much hangs on it."""

    use: Number | None = None
    criticality: Fraction | None = None
    cover: Number | None = None
    safety: Number | None = None


class MakeEntry(Section):
    """`[kinds.supplier.makes.ppe]`: what a unit of service makes."""

    make: Number | None = None
    cover: Number | None = None


def _dropped_need(value: Any) -> Any:
    return {"use": 0} if value is False else value


def _dropped_make(value: Any) -> Any:
    return {"make": 0} if value is False else value


class KindEntry(Section):
    """`[kinds.hospital]`: changes to a built-in kind, or a new kind, perhaps `like` another."""

    like: Key | None = None
    description: Text | None = None
    rank: Number | None = None
    harm: Number | None = None
    response: Response | None = None
    threshold: Fraction | None = None
    adjustment: PositiveFraction | None = None
    patience: Patience | None = None
    recovery: WholeNumber | None = None
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
    population : float
        People; what a group's `total` and `whole` are divided by.
    region : str, optional
        What areas belong together, for rules with ``within = "region"``.
    weights : dict of str to float
        Other figures to divide by, such as ``care_beds``: a group names one with `by`.
    """

    name: Text = ""
    position: Position | None = None
    population: Number = 0.0
    region: Key | None = None
    weights: dict[Key, Number] = {}


class Organisation(Section):
    """`[[organisations]]`, or one row of a table; a figure left out is the kind's."""

    id: Key
    name: Text = ""
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
    """`whole` of a group: what all its members have together."""

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
    count : int or dict of str to int
        Members in each area, or one figure for each area.
    total : int
        Instead: members in all, over the areas in proportion to `by`, by largest remainder.
    by : str
        ``population`` of the areas, or one of their `weights`.
    whole : Whole
        Sizes of the group in all, divided over its areas in proportion to `by`, and over the
        members of an area equally (with a `spread`: in proportion to their size). So `total` can
        be changed and everything else stays the same in all.
    spread : float
        Coefficient of variation of the members' sizes.
    """

    kind: Key
    count: Count | None = None
    total: WholeNumber | None = None
    by: Key = "population"
    whole: Whole | None = None
    areas: Names | None = None
    spread: Number = 0.0
    name: Text = ""
    capacity: Number | None = None
    caseload: Number | None = None
    demand: Number | None = None
    arrivals: Number | None = None
    population: Number | None = None
    stay: Age | None = None


class Tables(Section):
    """`[tables]`: files beside the scenario from which organisations and links are read."""

    organisations: Text | None = None
    links: Text | None = None
    workbook: Text | None = None
    graph: Text | None = None
