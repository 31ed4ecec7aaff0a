"""Schema of a whole scenario file: the top-level keys, and the small tables about the run."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from .fields import (
    Fraction,
    Key,
    Number,
    PartFraction,
    Patience,
    PositiveFraction,
    PositiveWhole,
    Section,
    Text,
    Whole,
)
from .policy import Policy
from .schema_events import Event
from .schema_hazard import Epidemic
from .schema_links import AidRule, Link, ReferralRule, SupplyRule
from .schema_things import Area, Group, KindEntry, Organisation, ResourceEntry, Tables

__all__ = ["Behaviour", "Content", "Record", "Time", "UncertainRange"]


def _date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ValueError("must be a date like 2020-02-24")
    return value


class Time(Section):
    """`[time]`: how many ticks, what a tick is, the date of the first."""

    steps: PositiveWhole = 120
    unit: Text = "day"
    start: Annotated[date, BeforeValidator(_date)] | None = None


class Record(Section):
    """`[record]`: what is kept of every tick; `auto` keeps organisations unless there are many."""

    detail: Literal["auto", "organisations", "groups"] = "auto"
    stocks: bool = True


class Behaviour(Section):
    """`[behaviour]`: how organisations behave, whatever their kind (docs/model.md 10)."""

    hoarding: Number = 3.0
    keep: Number = 2.5
    smoothing: PositiveFraction = 0.3
    forecast_window: PositiveWhole = 7
    communication_cost: PartFraction = 0.02
    altruism: Fraction = 0.5
    patience: Patience = 3
    recovery: Whole = 5


class UncertainRange(Section):
    """One line of `[uncertain]`: a figure that is judgement, and the range it may lie in."""

    low: Number
    high: Number
    distribution: Literal["uniform", "triangular", "loguniform"] = "uniform"
    why: Text = ""


class Content(Section):
    """Everything a scenario file says, as it says it; attributes are the file's keys."""

    title: Text
    description: Text = ""
    harm_unit: Text = "units of harm"
    policy: Text = "siloed"
    caveat: Text = ""
    time: Time = Time()
    record: Record = Record()
    behaviour: Behaviour = Behaviour()
    resources: dict[Key, ResourceEntry] | None = None
    kinds: dict[Key, KindEntry] = {}
    areas: dict[Key, Area] = {}
    organisations: list[Organisation] = []
    groups: list[Group] = []
    tables: Tables | None = None
    links: list[Link] = []
    supply: list[SupplyRule] = []
    aid: list[AidRule] = []
    referral: list[ReferralRule] = []
    hazard: Epidemic | None = None
    events: list[Event] = []
    policies: dict[Key, Policy] = {}
    uncertain: dict[str, UncertainRange] = {}
