"""Schema of a whole scenario file: the top-level keys, and the small tables about the run."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from crisis_abm.scenario.schema.entries import (
    AidRule,
    Area,
    ExceptionEntry,
    Group,
    KindEntry,
    Link,
    Organisation,
    ReferralRule,
    ResourceEntry,
    SupplyRule,
    Tables,
)
from crisis_abm.scenario.schema.fields import (
    Factor,
    Fraction,
    Key,
    Line,
    Number,
    PartFraction,
    Patience,
    PositiveFraction,
    PositiveTicks,
    Section,
    Text,
    Ticks,
    WholeTicks,
)
from crisis_abm.scenario.schema.policy import Policy
from crisis_abm.scenario.schema.shocks import Epidemic, Event


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

    steps: PositiveTicks = 120
    """How many ticks a run has."""
    unit: Line = "day"
    """What a tick is called, such as day, week or term."""
    start: Annotated[date, BeforeValidator(_date)] | None = None
    """Date of the first tick, where a tick is a day or a week."""

    def tick_of(self, when: int | date) -> int:
        """The tick of a tick or date."""
        if not isinstance(when, date):
            return when
        if self.start is None:
            raise ValueError("a date needs time.start")
        days = (when - self.start).days
        return days // 7 if self.unit == "week" else days


class Record(Section):
    """`[record]`: what is kept of every tick; `auto` keeps organisations unless there are many."""

    detail: Literal["auto", "organisations", "groups"] = "auto"
    """Every organisation of every tick, or groups by kind and area only."""
    stocks: bool = True
    """Whether stocks and orders are kept as well."""


class Behaviour(Section):
    """`[behaviour]`: how organisations behave, whatever their kind (docs/model.md 10)."""

    hoarding: Factor = 3.0
    """How many times its cover an organisation orders on top when nothing arrives, unless it has
    broad measures; 0 is never more than it needs."""
    keep: Ticks = 2.5
    """Ticks of its own use that nobody lends to partners."""
    smoothing: PositiveFraction = 0.3
    """How much today counts in an organisation's view of how well it is supplied, from just above 0
    to 1, only today."""
    forecast_window: PositiveTicks = 7
    """Over how many past ticks an organisation averages its work to plan what it orders."""
    communication_cost: PartFraction = 0.02
    """Part of its capacity that an organisation spends on communicating in full."""
    altruism: Fraction = 0.5
    """How much of the usual trust is left in a partner that never gives back: 0 none, 1 all."""
    patience: Patience = 3
    """Failing ticks in a row after which an organisation closes; inf is never."""
    recovery: WholeTicks = 5
    """Ticks in a row in which it could be supplied again before a closed organisation reopens."""


class UncertainRange(Section):
    """One line of `[uncertain]`: a figure that is judgement, and the range it may lie in."""

    low: Number
    """The least that it may be."""
    high: Number
    """The most that it may be."""
    distribution: Literal["uniform", "triangular", "loguniform"] = "uniform"
    """What is likely in it: uniform, every figure alike; triangular, figures near the file's own
    rather; loguniform, every ratio alike."""
    why: Text = ""
    """Where the range comes from."""


class Content(Section):
    """Everything a scenario file says, as it says it; attributes are the file's keys."""

    title: Line
    """What the scenario is called."""
    description: Text = ""
    """What it is about, and where its figures come from."""
    harm_unit: Line = "units of harm"
    """What a unit of harm is, such as deaths."""
    policy: Line = "siloed"
    """The policy of a single run: siloed, reciprocal, or one of the scenario's own."""
    caveat: Text = ""
    """A reservation that is told with every result."""
    time: Time = Time()
    """How long a run is and when it begins."""
    record: Record = Record()
    """What is kept of a run."""
    behaviour: Behaviour = Behaviour()
    """How organisations behave, whatever their kind."""
    resources: dict[Key, ResourceEntry] | None = None
    """What organisations use and make. If any is named, only those named are in play."""
    kinds: dict[Key, KindEntry] = {}
    """Changes to the built-in kinds of organisations, and kinds of the scenario's own."""
    areas: dict[Key, Area] = {}
    """Where organisations are."""
    organisations: list[Organisation] = []
    """Organisations one by one."""
    groups: list[Group] = []
    """Several organisations of a kind at once, in each of some areas."""
    exceptions: dict[Key, ExceptionEntry] = {}
    """Organisations that differ from their group, table or kind, by id."""
    tables: Tables | None = None
    """Files beside this one with more organisations and links."""
    links: list[Link] = []
    """Who supplies whom, link by link."""
    supply: list[SupplyRule] = []
    """Who supplies what to whom, by rules for many at once."""
    aid: list[AidRule] = []
    """Partners who may lend each other stock, staff or places."""
    referral: list[ReferralRule] = []
    """Where people go after their stay."""
    hazard: Epidemic | None = None
    """An epidemic, if there is one."""
    events: list[Event] = []
    """What happens, when, and to whom."""
    policies: dict[Key, Policy] = {}
    """Ways of working together of the scenario's own."""
    uncertain: dict[str, UncertainRange] = {}
    """Figures that are judgement, each with a range; they are drawn anew for every crisis."""
