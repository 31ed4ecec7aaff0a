"""What is put into finished tables: `[exceptions.ID]`, and one more supplier.

Who deals with whom is drawn as if there were no exception: a larger hospital in one group would
otherwise give everybody other suppliers. With a supplier more, what `build` settles for a scenario
with that link is settled again: shares that sum to one, nominal workloads, contracts, the order of
rows. `network.from_graph` with the link as an edge gives the same tables; this takes a millisecond
and needs no scenario.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.scenario.problems import Findings, nearest
from crisis_abm.tables.choice import entity_keys, link_key
from crisis_abm.tables.layout import Events, Supply, Tables, World
from crisis_abm.tables.rows import Columns, Holdings, starts
from crisis_abm.tables.schedule import BY_CODE, columns_of, longest_delay
from crisis_abm.tables.supply import nominal_workload

if TYPE_CHECKING:
    from crisis_abm.scenario import Scenario


BEFORE = ("caseload", "demand", "arrivals", "population", "stay")  # what ordinary work follows from
MOST_KNOWN = 5000  # ids among which the nearest is looked for


def with_own_sizes(scenario: Scenario, columns: Columns, findings: Findings) -> Columns:
    """The organisations with the people that exceptions give them.

    Raises
    ------
    ScenarioError
        If an exception is of nobody.
    """
    if not scenario.exceptions:
        return columns
    own: dict[str, Any] = {name: getattr(columns, name).copy() for name in BEFORE}
    for identity, entry in scenario.exceptions.items():
        row = columns.find(identity)
        if row is None:
            remedy = nearest(identity, list(columns.ids[:MOST_KNOWN]), "organisations")
            message = f"there is no organisation called {identity}"
            findings.problem(f"exceptions.{identity}", message, remedy)
            continue
        for name in BEFORE:
            if (value := getattr(entry, name)) is not None:
                own[name][row] = value
    findings.stop()
    return replace(columns, **own)


def with_exceptions(scenario: Scenario, tables: Tables, findings: Findings) -> Tables:
    """The tables with the capacities, stores and suppliers that exceptions give.

    Raises
    ------
    ScenarioError
        If one is of a resource that the organisation does not need or make, or names a supplier
        that cannot be one.
    """
    if not scenario.exceptions:
        return tables
    world = tables.world
    capacity = world.organisations.capacity.copy()
    inputs, outputs = world.inputs, world.outputs
    inputs = inputs._replace(cover=inputs.cover.copy(), safety=inputs.safety.copy())
    outputs = outputs._replace(cover=outputs.cover.copy())
    orders = np.bincount(
        world.supply.supplier, world.supply.contract, minlength=len(outputs.organisation)
    )
    columns = columns_of(tables)
    rows = dict(zip(scenario.exceptions, columns.rows_of(scenario.exceptions), strict=True))
    for identity, entry in scenario.exceptions.items():
        row, place = rows[identity], f"exceptions.{identity}"
        if entry.capacity is not None:
            capacity[row] = entry.capacity
        capacity[row] += entry.more_capacity or 0.0
        for name, need in entry.needs.items():
            at = _holding(tables, inputs, row, name, f"{place}.needs", "need", findings)
            if at is not None:
                _set(inputs.cover, at, need.cover)
                _set(inputs.safety, at, need.safety)
                inputs.safety[at] += need.more or 0.0
        for name, make in entry.makes.items():
            at = _holding(tables, outputs, row, name, f"{place}.makes", "make", findings)
            if at is not None:
                _set(outputs.cover, at, make.cover)
                if make.more and orders[at] > 0:
                    outputs.cover[at] += make.more / orders[at]
    findings.stop()
    organisations = world.organisations._replace(capacity=capacity)
    world = world._replace(organisations=organisations, inputs=inputs, outputs=outputs)
    for identity, entry in scenario.exceptions.items():
        for name, need in entry.needs.items():
            place = f"exceptions.{identity}.needs.{name}.suppliers"
            for supplier in need.suppliers or ():
                ends = (rows[identity], name, supplier)
                world = _supplied(tables, world, ends, place, findings)
    findings.stop()
    return replace(tables, world=world)


def _set(column: np.ndarray, row: int, value: float | None) -> None:
    if value is not None:
        column[row] = value


def _holding(
    tables: Tables,
    holdings: Any,
    organisation: int,
    resource: str,
    place: str,
    verb: str,
    findings: Findings,
) -> int | None:
    """The row of what an organisation needs, or makes, of a resource; None with a problem noted."""
    first, last = np.searchsorted(holdings.organisation, [organisation, organisation + 1]).tolist()
    rows = {tables.resources[holdings.resource[row]]: row for row in range(first, last)}
    if resource in rows:
        return rows[resource]
    message = f"{tables.ids[organisation]} does not {verb} {resource}"
    findings.problem(f"{place}.{resource}", message, nearest(resource, rows, f"it {verb}s"))
    return None


def _supplied(
    tables: Tables,
    world: World,
    ends: tuple[int, str, str],
    place: str,
    findings: Findings,
) -> World:
    """The arrays with one more supplier."""
    row, resource, supplier = ends
    identity = tables.ids[row]
    customer = _holding(tables, world.inputs, row, resource, place, "need", findings)
    if customer is None:
        return world
    made = world.outputs.resource == tables.resources.index(resource)
    makers = {
        tables.ids[world.outputs.organisation[at]]: at for at in np.flatnonzero(made).tolist()
    }
    first, last = world.inputs.link_start[customer : customer + 2].tolist()
    has = world.supply.supplier[first:last]
    if supplier not in makers:
        message, remedy = f"does not make {resource}", nearest(supplier, makers, "makers")
    elif makers[supplier] in has:
        message, remedy = f"supplies {identity} already", "name another, or leave it out"
    elif supplier == identity or last == first:
        message, remedy = f"cannot supply {identity} too", "name another, or leave it out"
    else:
        return with_supplier(tables, world, customer, makers[supplier])
    findings.problem(place, message, remedy, supplier)
    return world


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
