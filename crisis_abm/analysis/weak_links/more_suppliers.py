"""One more supplier: a supply link that was not there, put into the tables where it belongs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crisis_abm.analysis.weak_links.knock_out import input_of, output_of, row_of
from crisis_abm.analysis.weak_links.marginal import nominal_orders
from crisis_abm.tables import Tables
from crisis_abm.tables.exceptions import with_supplier
from crisis_abm.tables.layout import World

__all__ = ["MoreSuppliers", "best_new_supplier"]


@dataclass(frozen=True)
class MoreSuppliers:
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

    organisation: str
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

    def out(self, tables: Tables) -> list[int]:
        """Nobody is knocked out."""
        return []

    def at(self, tables: Tables) -> list[int]:
        """Row of the user."""
        return [row_of(tables, self.organisation)]


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
