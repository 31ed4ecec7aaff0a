"""Organisations that differ from their group, table or kind: `[exceptions.ID]`.

Who deals with whom is drawn as if there were none: a larger hospital in one group would otherwise
give everybody other suppliers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.scenario.problems import nearest
from crisis_abm.tables.further_supplier import with_supplier
from crisis_abm.tables.layout import Tables, World
from crisis_abm.tables.policy import columns_of
from crisis_abm.tables.problems import Findings
from crisis_abm.tables.rows import Columns

if TYPE_CHECKING:
    from crisis_abm.scenario import Scenario

__all__ = ["with_exceptions", "with_own_sizes"]

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
    found = {tables.resources[holdings.resource[row]]: row for row in range(first, last)}
    if resource in found:
        return found[resource]
    message = f"{tables.ids[organisation]} does not {verb} {resource}"
    findings.problem(f"{place}.{resource}", message, nearest(resource, found, f"it {verb}s"))
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
