"""Schema of events: what happens, when, and to whom.

`EFFECTS` is the only list of what an event can do: checks, tables and words read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crisis_abm.scenario.fields import (
    Factor,
    Fraction,
    Key,
    Line,
    Number,
    PositiveTicks,
    Section,
    Text,
    When,
    WholeTicks,
)
from crisis_abm.scenario.policy import LeverSettings, SomeOf, Who

__all__ = ["EFFECTS", "Event", "EventEffect", "Trigger"]


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
