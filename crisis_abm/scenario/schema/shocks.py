"""Schema of what happens, when, and to whom: events, and an epidemic (docs/model.md 7.2).

`EFFECTS` is the only list of what an event can do: checks, tables and words read it.

Defaults of the epidemic are those of the first wave of Covid-19 in England: R0 2.4-2.8, generation
time about 6.5 days, infection fatality 23% among care-home residents (Knock et al. 2021); relative
risk of lent staff 2.65 (Nguyen et al. 2022). Mixing, the staff route and the effects of protection
and of tests are judgement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crisis_abm.scenario.schema.fields import (
    Age,
    Amounts,
    Factor,
    Fraction,
    Key,
    Line,
    Names,
    Number,
    PositiveTicks,
    Risk,
    Section,
    Text,
    When,
    WholeTicks,
)
from crisis_abm.scenario.schema.policy import LeverSettings, SomeOf, Who


@dataclass(frozen=True)
class EventEffect:
    """What an event does.

    Attributes
    ----------
    strikes : {"organisations", "communities", "links", "stock", ""}
        What it changes: organisations, those of an epidemic's people alone, supply links, what is
        held of a resource, or nothing.
    combine : {"times", "plus", "last"}
        How several come together: as a product, as a sum, or the last one holds.
    words : str
        It in words, with ``{value}`` and ``{resource}``.
    once : bool
        Whether it happens at its start alone; an end changes nothing of it.
    """

    strikes: Literal["organisations", "communities", "links", "stock", ""]
    combine: Literal["times", "plus", "last"]
    words: str
    once: bool = False

    @property
    def neutral(self) -> float | None:
        """The value that leaves everything as it is, if there is one."""
        return {"times": 1.0, "plus": 0.0}.get(self.combine)


EFFECTS: dict[str, EventEffect] = {
    "capacity": EventEffect("organisations", "times", "capacity × {value}"),
    "demand": EventEffect("organisations", "times", "demand × {value}"),
    "stock": EventEffect("stock", "times", "stock of {resource} × {value}", once=True),
    "add_stock": EventEffect("stock", "plus", "{value} of {resource} more in stock", once=True),
    "link": EventEffect("links", "times", "links for {resource} carry × {value}"),
    "lead_time": EventEffect("links", "plus", "{resource} takes {value} longer"),
    "levers": EventEffect("organisations", "last", "{value}"),
    "contact": EventEffect("communities", "times", "contact × {value}"),
    "announcement": EventEffect("", "last", "{value}", once=True),
}
"""What an event can do, each by its key of `Event`; an event does exactly one of them."""


class Trigger(Section):
    """Sets an event off by the epidemic: share of the event's areas infectious the tick before."""

    prevalence_above: Fraction
    """The share beyond which it begins."""


class Event(SomeOf):
    """`[[events]]`: one effect, on the organisations chosen, from start until end (exclusive)."""

    title: Line = ""
    """What it is called on the screen."""
    capacity: Factor | None = None
    """Factor on capacity while it lasts: 0 stops, 0.5 halves, 2 doubles."""
    demand: Factor | None = None
    """Factor on base demand and arrivals while it lasts."""
    stock: Factor | None = None
    """Once, at the start: factor on the stock of `resource`."""
    add_stock: Number | None = None
    """Once, at the start: units of `resource` added to the stock."""
    link: Factor | None = None
    """Factor on what links can carry while it lasts."""
    lead_time: WholeTicks | None = None
    """Ticks that arrivals take longer while it lasts."""
    levers: LeverSettings | None = None
    """Levers set while it lasts."""
    contact: Factor | None = None
    """Factor on mixing between people while it lasts, in an epidemic."""
    announcement: Text | None = None
    """Text for the screen; no effect on the model."""
    start: When | None = None
    """The first tick of it; 0 is the first of the run."""
    end: When | None = None
    """The first tick that it no longer holds; without an end it lasts as long as the run."""
    when: Trigger | None = None
    """Instead of a start: the first tick after the epidemic passes a level."""
    duration: PositiveTicks | None = None
    """How many ticks it lasts from then."""
    resource: Key | None = None
    """The resource of a stock, link or lead-time effect."""
    holding: Literal["inputs", "outputs", "both"] = "both"
    """Whether a stock effect strikes what is held as inputs, as outputs or both."""
    to: Who | None = None
    """Customers' end of a link or lead-time effect; the event's own choice is the suppliers'
    end."""

    @property
    def effects(self) -> list[str]:
        """The effects written down; a checked event has exactly one."""
        return [name for name in EFFECTS if getattr(self, name) is not None]

    @property
    def effect(self) -> str:
        """Name of the event's effect, one of `EFFECTS`."""
        return self.effects[0]


class Mixing(Section):
    """Where an infectious person's contacts are: own group, own area, everywhere; sums to one."""

    own: Fraction = 0.3
    """Part of them in the own household group."""
    area: Fraction = 0.6
    """Part of them anywhere in the area."""
    everywhere: Fraction = 0.1
    """Part of them anywhere in the scenario."""


class ResourceEffect(Section):
    """The part of a risk that a resource takes away when there is enough of it."""

    resource: Key
    """Such as ppe."""
    effect: Fraction
    """The part that it takes away, 0 to 1."""


class Residents(Section):
    """`[hazard.residents]`: the epidemic inside care homes."""

    kinds: Names = ["care_home"]
    """Kinds whose people in care are the residents."""
    r0: Factor = 2.0
    """How many residents one infected resident would infect, were all open to infection."""
    staff: Factor = 0.5
    """Infections a tick for each susceptible resident and unit of community prevalence, without
    protection."""
    fatality: Fraction = 0.23
    """Share of infected residents who die."""
    protection: ResourceEffect | None = None
    """Share of the staff route that full protection prevents."""
    tests: ResourceEffect | None = None
    """Share of infected discharges that full testing at the sender finds."""
    discharge: Factor = 1.0
    """An arriving person is infectious with this times the prevalence of the sender's area."""
    lent_staff_risk: Risk = 2.65
    """Relative risk when all staff of a day are lent."""


class Epidemic(Section):
    """`[hazard]`: an epidemic, stochastic SEIR in communities."""

    kind: Literal["epidemic"]
    """What sort of hazard; an epidemic is the only one."""
    communities: Names = ["household"]
    """Kinds whose `population` is the community."""
    r0: Factor = 2.6
    """How many people one infected person would infect, were all open to infection."""
    latent: Age = 3.0
    """Ticks from infection to being infectious, on average."""
    infectious: Age = 4.0
    """Ticks a person is infectious, on average."""
    mixing: Mixing = Mixing()
    """Where an infectious person's contacts are."""
    per: Literal["area", "scenario"] = "area"
    """What `infected` and `imports` are of: each ``area``, or the whole ``scenario``, over whose
    areas they are then spread in proportion to the people in their communities."""
    infected: Amounts = 20.0
    """People infectious at the start."""
    imports: Number = 0.0
    """Infections brought in from outside each tick, on average."""
    imports_until: WholeTicks = 0
    """The first tick without them."""
    severe: Fraction = 0.03
    """Share of those leaving the infectious stage who need a place in care."""
    receivers: Names = ["hospital"]
    """Kinds that receive the severe cases of their area."""
    stay: Age | None = None
    """Ticks of a severe case in care; default the receiver's own stay."""
    fatality: Fraction = 0.27
    """Share of served severe cases whose stay ends in death."""
    absence: Fraction = 0.7
    """Share of infectious people kept from work."""
    residents: Residents | None = None
    """The epidemic inside care homes."""
