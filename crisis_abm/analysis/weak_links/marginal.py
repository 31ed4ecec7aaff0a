"""What may help: a little more in store, a little more capacity, one more supplier.

A *marginal value* is the harm that one more unit saves, everything else as it is. It can be
negative: what one organisation can now do may take from another what it needs more.

More in store is held for good, not handed out once. A lot handed out on the first day would be
gone before most shocks come: who has it orders that much less the day after, and its makers make
that much less. So the level that a store is filled up to rises, and the store begins that much
fuller.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crisis_abm.analysis.weak_links.knock_out import OfOne, input_of, output_of, row_of
from crisis_abm.tables import Tables
from crisis_abm.tables.exceptions import with_supplier
from crisis_abm.tables.layout import World

Array = np.ndarray
CAPACITY_STEP = 0.05  # of the median capacity of the kind


@dataclass(frozen=True)
class MoreStock(OfOne):
    """A user of a storable keeps more of it in store (`safety`), from before the first tick.

    Attributes
    ----------
    organisation : str
        Its id.
    resource : str
    units : float
        Of the resource.
    """

    resource: str
    units: float

    def apply(self, tables: Tables, world: World) -> World:
        """Return the arrays with the fuller store."""
        row = input_of(tables, self.organisation, self.resource)
        safety = _raised(world.inputs.safety, row, self.units)
        return world._replace(inputs=world.inputs._replace(safety=safety))


@dataclass(frozen=True)
class MoreFinished(OfOne):
    """A maker of a storable keeps more of it finished (`cover`), from before the first tick.

    Attributes
    ----------
    organisation : str
        Its id.
    resource : str
    units : float
        Of the resource, at nominal orders.
    """

    resource: str
    units: float

    def apply(self, tables: Tables, world: World) -> World:
        """Return the arrays with the fuller store; the same if nobody orders from it at rest."""
        row = output_of(tables, self.organisation, self.resource)
        orders = float(nominal_orders(world)[row])
        if orders <= 0:
            return world
        cover = _raised(world.outputs.cover, row, self.units / orders)
        return world._replace(outputs=world.outputs._replace(cover=cover))


@dataclass(frozen=True)
class MoreCapacity(OfOne):
    """An organisation can do more, with whatever staff and goods that takes.

    Workload at rest and contracts stay as agreed.

    Attributes
    ----------
    organisation : str
        Its id.
    units : float
        Of service a tick.
    """

    units: float

    def apply(self, tables: Tables, world: World) -> World:
        """Return the arrays with the larger capacity."""
        row = row_of(tables, self.organisation)
        capacity = _raised(world.organisations.capacity, row, self.units)
        return world._replace(organisations=world.organisations._replace(capacity=capacity))


def _raised(column: Array, row: int | None, by: float) -> Array:
    raised = column.copy()
    raised[row] += by
    return raised


def nominal_orders(world: World) -> Array:
    """What is ordered of every output on an ordinary day, units a tick: shape (O,)."""
    rows = len(world.outputs.organisation)
    return np.bincount(world.supply.supplier, world.supply.contract, minlength=rows)


def nominal_use(world: World) -> Array:
    """What every input uses on an ordinary day, units a tick: shape (I,)."""
    inputs = world.inputs
    return np.asarray(inputs.use * world.organisations.nominal_workload[inputs.organisation])


def stock_step(world: World, resource: int) -> float:
    """How much more of a storable is tried, the same for everybody so that places compare.

    What its median user uses on an ordinary tick, to two digits: for most a small part of their
    stock, which is several ticks of use, and something that can be carried there.
    """
    use = nominal_use(world)[world.inputs.resource == resource]
    use = use[use > 0]
    return two_digits(float(np.median(use))) if len(use) else 0.0


def capacity_step(world: World, kind: int) -> float:
    """How much more capacity is tried: a twentieth of the median of the kind, to two digits."""
    organisations = world.organisations
    capacity = organisations.capacity[organisations.kind == kind]
    capacity = capacity[(capacity > 0) & np.isfinite(capacity)]
    return two_digits(CAPACITY_STEP * float(np.median(capacity))) if len(capacity) else 0.0


def two_digits(value: float) -> float:
    """A figure to two significant digits, so that what is shown is what was tried.

    >>> two_digits(283.7), two_digits(0.0456), two_digits(0.0)
    (280.0, 0.046, 0.0)
    """
    return float(f"{value:.1e}")


@dataclass(frozen=True)
class MoreSuppliers(OfOne):
    """A user gets one more supplier of a resource, with an equal part of its orders.

    The n suppliers it has keep n ÷ (n + 1) of their shares; the new one delivers on the terms of
    the slowest and least reliable of them.

    Attributes
    ----------
    organisation : str
        Id of the user.
    resource : str
    supplier : str
        Id of a maker that does not supply it yet.
    """

    resource: str
    supplier: str

    def apply(self, tables: Tables, world: World) -> World:
        """Return the arrays with the link; the same where there is one already."""
        customer = input_of(tables, self.organisation, self.resource)
        supplier = output_of(tables, self.supplier, self.resource)
        if customer is None or supplier is None:
            return world
        first, last = world.inputs.link_start[customer : customer + 2].tolist()
        if last == first or supplier in world.supply.supplier[first:last]:
            return world
        return with_supplier(tables, world, customer, supplier)


def best_new_supplier(world: World, customer: int) -> int | None:
    """Who would be asked first: the maker with most to spare that does not supply it yet.

    Parameters
    ----------
    world : World
    customer : int
        Input row.

    Returns
    -------
    int or None
        Output row; None if every maker that can make anything supplies it already, it has no
        supplier, or no other maker has anything to spare on an ordinary tick.
    """
    first, last = world.inputs.link_start[customer : customer + 2].tolist()
    if first == last:
        return None
    outputs = world.outputs
    makers = np.flatnonzero(outputs.resource == world.inputs.resource[customer])
    makers = makers[~np.isin(makers, world.supply.supplier[first:last])]
    makers = makers[outputs.organisation[makers] != world.inputs.organisation[customer]]
    can = outputs.make * world.organisations.capacity[outputs.organisation]
    spare = (can - nominal_orders(world))[makers]
    if not len(makers) or spare.max() <= 0:
        return None
    return int(makers[np.argmax(spare)])
