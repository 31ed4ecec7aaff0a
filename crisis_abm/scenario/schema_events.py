"""Schema of events: what happens, when, and to whom.

`EFFECTS` is the only list of what an event can do: checks, tables and words read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .fields import (
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
from .policy import LeverSettings, SomeOf, Who

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
    """Sets an event off by the epidemic: share of the event's areas infectious the tick before.

    Parameters
    ----------
    prevalence_above : float
        The share beyond which it begins.
    """

    prevalence_above: Fraction


class Event(SomeOf):
    """`[[events]]`: one effect, on the organisations chosen, from `start` until `end` (exclusive).

    Parameters
    ----------
    title : str
        What it is called on the screen.
    capacity : float
        Factor on capacity while it lasts: 0 stops, 0.5 halves, 2 doubles.
    demand : float
        Factor on base demand and arrivals while it lasts.
    stock : float
        Once, at the start: factor on the stock of `resource`.
    add_stock : float
        Once, at the start: units of `resource` added to the stock.
    link : float
        Factor on what links can carry while it lasts.
    lead_time : int
        Ticks that arrivals take longer while it lasts.
    levers : LeverSettings
        Levers set while it lasts.
    contact : float
        Factor on mixing between people while it lasts, in an epidemic.
    announcement : str
        Text for the screen; no effect on the model.
    start : int or date
        The first tick of it; 0 is the first of the run.
    end : int or date
        The first tick that it no longer holds; without an end it lasts as long as the run.
    when : Trigger
        Instead of a start: the first tick after the epidemic passes a level.
    duration : int
        How many ticks it lasts from then.
    resource : str
        The resource of a stock, link or lead-time effect.
    holding : str
        Whether a stock effect strikes what is held as inputs, as outputs or both.
    to : Who
        Customers' end of a link or lead-time effect; the event's own choice is the suppliers' end.
    """

    title: Line = ""
    capacity: Factor | None = None
    demand: Factor | None = None
    stock: Factor | None = None
    add_stock: Number | None = None
    link: Factor | None = None
    lead_time: WholeTicks | None = None
    levers: LeverSettings | None = None
    contact: Factor | None = None
    announcement: Text | None = None
    start: When | None = None
    end: When | None = None
    when: Trigger | None = None
    duration: PositiveTicks | None = None
    resource: Key | None = None
    holding: Literal["inputs", "outputs", "both"] = "both"
    to: Who | None = None

    @property
    def effects(self) -> list[str]:
        """The effects written down; a checked event has exactly one."""
        return [name for name in EFFECTS if getattr(self, name) is not None]

    @property
    def effect(self) -> str:
        """Name of the event's effect, one of `EFFECTS`."""
        return self.effects[0]
