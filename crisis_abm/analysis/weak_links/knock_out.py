"""What may break: an organisation that can do nothing, a supply link that carries nothing.

As in a stress test, each is broken by itself, from the first tick to the last, and everything else
stays as it is. An organisation that is knocked out is not taken out of the network: it keeps the
stock it has, its customers go on ordering from it until they learn better, its people are unserved
or taken over by partners, and it closes when its patience is at an end, as after any other shock.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crisis_abm.scenario.population import Numbered
from crisis_abm.tables import Tables
from crisis_abm.tables.layout import Effect, World

Array = np.ndarray


@dataclass(frozen=True)
class OfOne:
    """Something that concerns one organisation, and knocks nobody out.

    Attributes
    ----------
    organisation : str
        Its id.
    """

    organisation: str

    def out(self, tables: Tables) -> list[int]:
        """Rows of those who are knocked out."""
        return []

    def at(self, tables: Tables) -> list[int]:
        """Row of the organisation, which it concerns."""
        return [row_of(tables, self.organisation)]


@dataclass(frozen=True)
class KnockOut(OfOne):
    """An organisation has no capacity, from the first tick to the last."""

    def apply(self, tables: Tables, world: World) -> World:
        """Return the arrays in which the organisation can do nothing."""
        return _with_event(world, Effect.CAPACITY, 0.0, self.at(tables))

    def out(self, tables: Tables) -> list[int]:
        """Row of the organisation."""
        return self.at(tables)

    @property
    def names(self) -> tuple[str, ...]:
        """Whom it concerns."""
        return (self.organisation,)

    def __str__(self) -> str:
        return self.organisation


@dataclass(frozen=True)
class NoLink:
    """A supply link lets nothing through, from the first tick to the last.

    The customer is not told: it goes on ordering from there, unless both ends communicate.

    Attributes
    ----------
    supplier, customer : str
        Ids.
    resource : str
    """

    supplier: str
    customer: str
    resource: str

    def apply(self, tables: Tables, world: World) -> World:
        """Return the arrays in which the link carries nothing; the same if there is no such link.

        (What is uncertain may be who supplies whom.)
        """
        row = self._row(tables, world)
        return world if row is None else _with_event(world, Effect.LINK, 0.0, [row])

    def out(self, tables: Tables) -> list[int]:
        """Nobody is knocked out."""
        return []

    def at(self, tables: Tables) -> list[int]:
        """Row of the customer."""
        return [row_of(tables, self.customer)]

    @property
    def names(self) -> tuple[str, ...]:
        """Whom it concerns."""
        return (self.supplier, self.customer)

    def _row(self, tables: Tables, world: World) -> int | None:
        customer = input_of(tables, self.customer, self.resource)
        supplier = output_of(tables, self.supplier, self.resource)
        if customer is None or supplier is None:
            return None
        first, last = world.inputs.link_start[customer : customer + 2]
        found = np.flatnonzero(world.supply.supplier[first:last] == supplier)
        return int(first + found[0]) if len(found) else None

    def __str__(self) -> str:
        return f"{self.resource} from {self.supplier} to {self.customer}"


def row_of(tables: Tables, organisation: str) -> int:
    """Row of an organisation.

    Raises
    ------
    KeyError
        If there is none of this id.
    """
    ids = tables.ids
    if isinstance(ids, Numbered):
        row = ids.find(organisation)
    else:
        row = list(ids).index(organisation) if organisation in ids else None
    if row is None:
        raise KeyError(organisation)
    return row


def input_of(tables: Tables, organisation: str, resource: str) -> int | None:
    """Row of what an organisation uses of a resource; None if it uses none."""
    world, row = tables.world, row_of(tables, organisation)
    first, last = world.organisations.input_start[row : row + 2]
    return _holding(world.inputs.resource[first:last], first, tables, resource)


def output_of(tables: Tables, organisation: str, resource: str) -> int | None:
    """Row of what an organisation makes of a resource; None if it makes none."""
    world, row = tables.world, row_of(tables, organisation)
    first, last = world.organisations.output_start[row : row + 2]
    return _holding(world.outputs.resource[first:last], first, tables, resource)


def _holding(resources: Array, first: int, tables: Tables, resource: str) -> int | None:
    found = np.flatnonzero(resources == tables.resources.index(resource))
    return int(first + found[0]) if len(found) else None


def _with_event(world: World, effect: Effect, value: float, target: list[int]) -> World:
    """Return the arrays with one more event, from the first tick to the last.

    Parameters
    ----------
    world : World
    effect : Effect
        One that multiplies; factors of several events that strike a row multiply.
    value : float
    target : list of int
        Rows, of what `effect` says.
    """
    events = world.events
    more = {
        "number": -1,  # none of the scenario's
        "effect": int(effect),
        "start": 0,
        "end": world.parameters.steps,
        "value": value,
        "trigger": np.nan,
        "area_start": events.area_start[-1],
        "target_start": events.target_start[-1] + len(target),
    }
    columns = {name: _extended(getattr(events, name), [last]) for name, last in more.items()}
    untouched = np.full((1, events.levers.shape[1]), np.nan)
    return world._replace(
        events=events._replace(
            **columns,
            levers=np.concatenate([events.levers, untouched]),
            target=_extended(events.target, target),
        )
    )


def _extended(column: Array, more: list[int] | list[float]) -> Array:
    return np.concatenate([column, np.array(more, dtype=column.dtype)])
