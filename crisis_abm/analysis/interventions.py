"""Changes that take something away from a scenario, or give it more: what trials try.

Each is a `crisis_abm.runs.Change`: a frozen dataclass that turns the arrays of a scenario into
others, so that it can be sent to processes. Shocks are keyed by name and day, so whatever is not
changed meets the same crisis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crisis_abm.tables import Tables
from crisis_abm.tables.layout import World

__all__ = [
    "MoreCapacity",
    "MoreStock",
    "SureLinks",
    "WithoutAbsence",
    "WithoutCommunicationCost",
    "WithoutEvents",
    "WithoutHazard",
]


@dataclass(frozen=True)
class WithoutEvents:
    """Some of the scenario's events do not happen.

    Attributes
    ----------
    numbers : tuple of int
        Of the events, in the order of the scenario.
    """

    numbers: tuple[int, ...]

    def apply(self, tables: Tables, world: World) -> World:
        """Put their start behind the end of the run."""
        plan = world.events
        gone, never = np.isin(plan.number, self.numbers), world.parameters.steps
        return world._replace(
            events=plan._replace(
                start=np.where(gone, never, plan.start),
                end=np.where(gone, never, plan.end),
                trigger=np.where(gone, np.nan, plan.trigger),
            )
        )


@dataclass(frozen=True)
class WithoutHazard:
    """Nobody is infected, and no infection is brought in."""

    def apply(self, tables: Tables, world: World) -> World:
        """Take the infected away; the hazard stays, so that its arrays do."""
        plan = world.hazard
        nobody = np.zeros_like(plan.infected)
        return world._replace(
            hazard=plan._replace(infected=nobody, imports=np.zeros_like(plan.imports))
        )


@dataclass(frozen=True)
class WithoutAbsence:
    """Nobody is absent but through the hazard."""

    def apply(self, tables: Tables, world: World) -> World:
        """Set every kind's ordinary absence to 0."""
        return world._replace(
            kinds=world.kinds._replace(absence=np.zeros_like(world.kinds.absence))
        )


@dataclass(frozen=True)
class WithoutCommunicationCost:
    """Communicating takes no time."""

    def apply(self, tables: Tables, world: World) -> World:
        """Set its cost to 0."""
        return world._replace(parameters=world.parameters._replace(communication_cost=0.0))


@dataclass(frozen=True)
class SureLinks:
    """Every supply link works every day, and carries whatever is sent."""

    def apply(self, tables: Tables, world: World) -> World:
        """Make them reliable and wide."""
        links = world.supply
        return world._replace(
            supply=links._replace(
                reliability=np.ones_like(links.reliability),
                capacity=np.full_like(links.capacity, np.inf),
            )
        )


@dataclass(frozen=True)
class MoreCapacity:
    """Some organisations can do more.

    Attributes
    ----------
    rows : tuple of int
        Of the organisations.
    factor : float
        On their nominal capacity.
    """

    rows: tuple[int, ...]
    factor: float

    def apply(self, tables: Tables, world: World) -> World:
        """Multiply their capacity; contracts and nominal workload stay."""
        capacity = world.organisations.capacity.copy()
        capacity[list(self.rows)] *= self.factor
        return world._replace(organisations=world.organisations._replace(capacity=capacity))


@dataclass(frozen=True)
class MoreStock:
    """Some organisations hold more of everything storable that they use, from before the start.

    Attributes
    ----------
    rows : tuple of int
        Of the organisations.
    ticks : float
        Of ordinary use, on top of what they hold.
    """

    rows: tuple[int, ...]
    ticks: float

    def apply(self, tables: Tables, world: World) -> World:
        """Raise their safety stock."""
        inputs = world.inputs
        theirs = np.isin(inputs.organisation, self.rows)
        theirs &= world.resources.storable[inputs.resource]
        ordinary = inputs.use * world.organisations.nominal_workload[inputs.organisation]
        more = np.where(theirs, self.ticks * ordinary, 0.0)
        return world._replace(inputs=inputs._replace(safety=inputs.safety + more))
