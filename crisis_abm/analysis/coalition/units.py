"""Who can be called, and whom one call reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.scenario.problems import Problem, nearest
from crisis_abm.tables import Tables

__all__ = ["BY", "MOST", "Unit", "units_of"]

BY = ("organisation", "group", "kind", "area")  # fine to coarse; a group is a kind in an area
MOST = 100  # units that are called one by one unless that is asked for; more take minutes
PEOPLE = "labour"  # who makes it is a group of people, not somebody who can be called


@dataclass(frozen=True)
class Unit:
    """Who is reached by one call.

    Attributes
    ----------
    name : str
        Id of an organisation, or what they have in common.
    title : str
        The same as people call it.
    about : str
        Kind and area of an organisation; how many they are.
    rows : tuple of int
    """

    name: str
    title: str
    about: str
    rows: tuple[int, ...]


def units_of(
    scenario: Scenario, tables: Tables, by: str | None, kinds: Sequence[str] | None
) -> tuple[tuple[Unit, ...], str, tuple[str, ...]]:
    """Return who can be called, what a unit is, and the kinds that cannot be called.

    Raises
    ------
    ScenarioError
        If a kind does not occur, or nobody is left.
    """
    present = [tables.kinds[k] for k in np.unique(tables.world.organisations.kind).tolist()]
    chosen = _callable_kinds(scenario, present, kinds)
    kind = tables.world.organisations.kind
    callable_rows = np.flatnonzero(np.isin(kind, [tables.kinds.index(k) for k in chosen]))
    choices = [by] if by else list(BY)
    for name in choices:
        units = _grouped(tables, callable_rows, name)
        if by or len(units) <= MOST:
            break
    return tuple(units), name, tuple(k for k in present if k not in chosen)


def _callable_kinds(
    scenario: Scenario, present: list[str], kinds: Sequence[str] | None
) -> list[str]:
    if kinds is None:
        recipes = scenario.recipes()
        chosen = [kind for kind in present if PEOPLE not in recipes[kind].makes]
        return chosen or present
    problems = [
        Problem(
            scenario.source, "kinds", kind, "there is no such kind here", nearest(kind, present)
        )
        for kind in kinds
        if kind not in present
    ]
    if problems or not kinds:
        raise ScenarioError(
            problems
            or Problem(scenario.source, "kinds", message="names nobody", remedy="name a kind")
        )
    return [kind for kind in present if kind in kinds]


def _grouped(tables: Tables, rows: np.ndarray, by: str) -> list[Unit]:
    owners = tables.world.organisations
    if by == "organisation":
        return [
            Unit(
                tables.ids[row],
                tables.names[row],
                f"{tables.kinds[owners.kind[row]]} in {tables.areas[owners.area[row]]}",
                (row,),
            )
            for row in rows.tolist()
        ]
    members: dict[str, list[int]] = {}
    for row in rows.tolist():
        kind, area = tables.kinds[owners.kind[row]], tables.areas[owners.area[row]]
        name = {"kind": kind, "area": area, "group": f"{kind} in {area}"}[by]
        members.setdefault(name, []).append(row)
    return [
        Unit(name, name, f"{len(found):,} organisation{'s' * (len(found) > 1)}", tuple(found))
        for name, found in sorted(members.items())
    ]
