"""One more supplier: a supply link that was not there, put into finished tables.

What `build` settles for a scenario with that link is settled again here: shares that sum to one,
nominal workloads, contracts, the order of rows. `network.from_graph` with the link as an edge gives
the same tables; this takes a millisecond and needs no scenario.
"""

from __future__ import annotations

import numpy as np

from crisis_abm.tables.events import BY_CODE, longest_delay
from crisis_abm.tables.keyed import entity_keys, link_key
from crisis_abm.tables.layout import Events, Supply, Tables, World
from crisis_abm.tables.policy import columns_of
from crisis_abm.tables.rows import Columns, Holdings, starts
from crisis_abm.tables.workload import nominal_workload

__all__ = ["with_supplier"]


def with_supplier(tables: Tables, world: World, customer: int, supplier: int) -> World:
    """Put a link into the tables, and settle what follows from it.

    The n suppliers there are keep n ÷ (n + 1) of their shares; the new one delivers on the terms of
    the slowest and least reliable of them.

    Parameters
    ----------
    tables : Tables
    world : World
        Its arrays, perhaps changed already.
    customer, supplier : int
        Rows of an input that has a supplier, and of an output that is none of them.
    """
    columns = columns_of(tables)
    supply, at = _inserted(tables, world, columns, customer, supplier)
    inputs, outputs, organisations = world.inputs, world.outputs, world.organisations
    workload = nominal_workload(
        columns,
        Holdings(
            inputs.organisation, inputs.resource, {"use": inputs.use}, organisations.input_start
        ),
        Holdings(
            outputs.organisation,
            outputs.resource,
            {"make": outputs.make},
            organisations.output_start,
        ),
        supply,
    )
    world = world._replace(
        organisations=organisations._replace(nominal_workload=workload),
        inputs=inputs._replace(link_start=starts(supply.customer, len(inputs.use))),
        outputs=outputs._replace(link_start=starts(supply.supplier, len(outputs.make))),
        events=_struck_too(world, supply, at),
    )
    use = inputs.use * workload[inputs.organisation]
    contract = supply.share * use[supply.customer]
    supply = supply._replace(contract=contract)
    delay = longest_delay(world.events, supply)
    return world._replace(supply=supply, parameters=world.parameters._replace(transit=delay + 1))


def _inserted(
    tables: Tables, world: World, columns: Columns, customer: int, supplier: int
) -> tuple[Supply, int]:
    """Return the links with the new one in its place, and that place."""
    supply, inputs, outputs = world.supply, world.inputs, world.outputs
    first, last = inputs.link_start[customer : customer + 2].tolist()
    own = slice(first, last)
    count = last - first
    at = first + int(np.searchsorted(supply.supplier[own], supplier))
    resource = tables.resources[inputs.resource[customer]]
    new = {
        "supplier": supplier,
        "customer": customer,
        "share": 1 / (count + 1),
        "lead_time": supply.lead_time[own].max(),
        "spread": supply.spread[own].max(),
        "capacity": np.inf,
        "reliability": supply.reliability[own].min(),
        "contract": 0.0,
        "key": link_key(
            columns.key[[outputs.organisation[supplier]]],
            columns.key[[inputs.organisation[customer]]],
            entity_keys([resource]),
        )[0],
    }
    share = supply.share.copy()
    share[own] *= count / (count + 1)
    supply = supply._replace(share=share)
    grown = {
        name: np.insert(getattr(supply, name), at, np.array(value, getattr(supply, name).dtype))
        for name, value in new.items()
    }
    by_supplier = np.argsort(grown["supplier"], kind="stable")
    return Supply(**grown, by_supplier=by_supplier), at


def _struck_too(world: World, supply: Supply, at: int) -> Events:
    """Return the events for the new rows of links.

    One that strikes every other link of the supplier, or every other of the customer's for this
    resource, strikes the new one too.
    """
    events = world.events
    others = [
        np.flatnonzero(getattr(supply, end) == getattr(supply, end)[at])
        for end in ("supplier", "customer")
    ]
    others = [rows[rows != at] for rows in others]
    targets = []
    for row, effect in enumerate(events.effect.tolist()):
        target = events.target[events.target_start[row] : events.target_start[row + 1]]
        if BY_CODE[effect].strikes == "links":
            target = target + (target >= at)
            if any(len(rows) and np.isin(rows, target).all() for rows in others):
                target = np.sort(np.append(target, at))
        targets.append(target)
    start = np.zeros(len(targets) + 1, dtype=np.int64)
    np.cumsum([len(target) for target in targets], out=start[1:])
    joined = np.concatenate(targets) if targets else events.target
    return events._replace(target_start=start, target=joined.astype(np.int64))
