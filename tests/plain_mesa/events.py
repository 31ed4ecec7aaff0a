"""Events, and what changes while they are active (7.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crisis_abm.tables.layout import Effect
from tests.plain_mesa import value
from tests.plain_mesa.hazard import prevalence
from tests.plain_mesa.things import EPSILON, Levers

if TYPE_CHECKING:
    from tests.plain_mesa.model import PlainModel

_AT_ONCE = {
    Effect.STOCK_INPUTS,
    Effect.STOCK_OUTPUTS,
    Effect.ADD_STOCK_INPUTS,
    Effect.ADD_STOCK_OUTPUTS,
}


@dataclass(eq=False, repr=False)
class Change:
    """Levers that a policy sets for a while."""

    start: int
    end: int
    levers: list[float]
    targets: list[Any]

    def apply(self) -> None:
        for one in self.targets:
            one.levers.change(self.levers)


@dataclass(eq=False, repr=False)
class Event:
    """Something that happens to others for a while; `targets` are what its effect changes."""

    effect: Effect
    start: int
    end: int
    value: float
    levers: list[float]
    targets: list[Any]
    trigger: float | None = None
    duration: int = 0
    communities: list[Any] = field(default_factory=list)  # that a trigger watches

    def is_active(self, model: PlainModel) -> bool:
        """Whether it is active; a trigger may start it (again) now."""
        tick = model.tick
        over = self.start < 0 or tick >= self.end
        if self.trigger is not None and over and tick >= 1:
            if prevalence(self.communities) > self.trigger + EPSILON:
                self.start, self.end = tick, tick + self.duration
                model.occurred["trigger fired"] += 1
        return 0 <= self.start <= tick < self.end

    def apply(self) -> None:
        """Change a factor, or levers."""
        for one in self.targets:
            if self.effect == Effect.CAPACITY:
                one.capacity_factor *= self.value
            elif self.effect == Effect.DEMAND:
                one.demand_factor *= self.value
            elif self.effect == Effect.CONTACT:
                one.contact_factor *= self.value
            elif self.effect == Effect.LINK:
                one.factor *= self.value
            elif self.effect == Effect.LEAD_TIME:
                one.delay += self.value
            elif self.effect == Effect.LEVERS:
                one.levers.change(self.levers)

    def strike(self, model: PlainModel) -> None:
        """Change stocks, once."""
        adding = self.effect in (Effect.ADD_STOCK_INPUTS, Effect.ADD_STOCK_OUTPUTS)
        for one in self.targets:
            stock = one.stock + self.value if adding else one.stock * self.value
            one.lost += max(0.0, one.stock - stock)
            one.gained += max(0.0, stock - one.stock)
            if stock != one.stock:
                model.occurred["stock event"] += 1
            one.stock = stock


class Calendar:
    """The events of a scenario and the changes of a policy, in force day by day."""

    def __init__(self, model: PlainModel, events: list[Event], changes: list[Change]) -> None:
        self.model, self.events, self.changes = model, events, changes
        self.in_force: list[Change | Event] = []
        self.is_stale = False  # values, since links changed
        self.initial = [
            [*map(one.levers.__getattribute__, Levers.__slots__)] for one in model.organisations
        ]

    def turn(self) -> None:
        """Begin a tick: what is in force today."""
        model = self.model
        active = [event for event in self.events if event.is_active(model)]
        changes = [one for one in self.changes if one.start <= model.tick < one.end]
        if changes + active != self.in_force:
            self.in_force = changes + active
            factors = [link.factor for link in model.supply]
            self.reset()
            for one in self.in_force:
                one.apply()
            self.is_stale |= factors != [link.factor for link in model.supply]
        if self.is_stale and any(one.levers.agenda > 0 for one in model.organisations):
            value.solve(model.organisations)  # nobody else weighs by values
            self.is_stale = False
        for event in active:
            if event.effect in _AT_ONCE and event.start == model.tick:
                event.strike(model)

    def reset(self) -> None:
        """Undo every event and change."""
        for one, levers in zip(self.model.organisations, self.initial, strict=True):
            one.capacity_factor = one.demand_factor = one.contact_factor = 1.0
            one.levers.change(levers)
        for link in self.model.supply:
            link.factor, link.delay = 1.0, 0.0
