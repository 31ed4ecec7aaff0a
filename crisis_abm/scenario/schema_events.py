"""Schema of events: what happens, when, and to whom."""

from __future__ import annotations

from typing import Literal

from .fields import Fraction, Key, Number, PositiveWhole, Section, Text, When, Whole
from .policy import LeverSettings, SomeOf, Who

__all__ = ["EFFECTS", "Event", "Trigger"]

EFFECTS: tuple[str, ...] = (
    "capacity",
    "demand",
    "stock",
    "add_stock",
    "link",
    "lead_time",
    "levers",
    "contact",
    "announcement",
)
"""What an event can do; each event does exactly one of them."""


class Trigger(Section):
    """Sets an event off by the epidemic: share of the event's areas infectious the tick before."""

    prevalence_above: Fraction


class Event(SomeOf):
    """`[[events]]`: one effect, on the organisations chosen, from `start` until `end` (exclusive).

    Parameters
    ----------
    capacity, demand, link, contact : float
        Factor while it lasts, on capacity, on base demand and arrivals, on what links can carry,
        on mixing between people.
    stock, add_stock : float
        Once, at the start: factor on the stock of `resource`, or units of it added.
    lead_time : int
        Ticks added.
    levers : LeverSettings
        Levers set while it lasts.
    announcement : str
        Text for the screen; no effect on the model.
    start, end : int or date
    when, duration : Trigger, int
        Instead of `start`: the first tick after prevalence passes a level, and for how long.
    resource, holding : str
        The resource of a stock, link or lead-time effect; whether a stock effect strikes what is
        held as inputs, as outputs or both.
    to : Who
        Customers' end of a link or lead-time effect; the event's own choice is the suppliers' end.
    """

    title: Text = ""
    capacity: Number | None = None
    demand: Number | None = None
    stock: Number | None = None
    add_stock: Number | None = None
    link: Number | None = None
    lead_time: Whole | None = None
    levers: LeverSettings | None = None
    contact: Number | None = None
    announcement: Text | None = None
    start: When | None = None
    end: When | None = None
    when: Trigger | None = None
    duration: PositiveWhole | None = None
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
