"""Organisations and holdings as columns: the rows that everything else refers to.

`Columns` holds what a scenario or a graph says of its organisations, one array each; `Holdings` the
needs and makes of their kinds, spread over them. An organisation may need and make the same
resource: a supplier of food eats too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.scenario.population import Numbered
from crisis_abm.scenario.schema.entries import SIZES
from crisis_abm.tables.choice import entity_keys, lots

if TYPE_CHECKING:
    from crisis_abm.scenario import Scenario
    from crisis_abm.scenario.problems import Findings
    from crisis_abm.scenario.recipes import Make, Need

FIGURES = SIZES


def starts(rows: np.ndarray, count: int) -> np.ndarray:
    """Return where each of `count` groups starts in the ascending `rows`, and the end; int64."""
    result = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=count), out=result[1:])
    return result


@dataclass
class Columns:
    """N organisations as columns, in the scenario's order, with the names behind the numbers."""

    ids: Sequence[str]
    names: Sequence[str]
    kinds: list[str]
    areas: list[str]
    kind: np.ndarray
    area: np.ndarray
    capacity: np.ndarray
    caseload: np.ndarray
    demand: np.ndarray
    arrivals: np.ndarray
    population: np.ndarray
    stay: np.ndarray
    position: np.ndarray  # (N, 2), NaN where none is given

    @cached_property
    def key(self) -> np.ndarray:
        """Key of every organisation, uint64."""
        return entity_keys(self.ids)

    @cached_property
    def row(self) -> dict[str, int]:
        """Row of every id."""
        return dict(zip(self.ids, range(len(self.ids)), strict=True))

    def find(self, identity: str) -> int | None:
        """Row of an id, None if there is none."""
        ids = self.ids
        return ids.find(identity) if isinstance(ids, Numbered) else self.row.get(identity)

    def rows_of(self, identities: Iterable[str]) -> list[int]:
        """Rows of ids that there are.

        Raises
        ------
        KeyError
        """
        rows = []
        for identity in identities:
            row = self.find(identity)
            if row is None:
                raise KeyError(identity)
            rows.append(row)
        return rows

    @cached_property
    def people(self) -> np.ndarray:
        """Ordinary workload not arising from orders: in care, arriving, and base demand."""
        return self.caseload + self.arrivals + self.demand

    @cached_property
    def weight(self) -> np.ndarray:
        """Weight as a supplier or target: capacity, else people, else 1."""
        size = np.where(self.capacity > 0, self.capacity, self.people)
        return np.where(size > 0, size, 1.0)

    def named(self, names: Iterable[str] | None) -> np.ndarray:
        """Return which organisations a list of kinds and ids means (all for None); bool, (N,)."""
        if names is None:
            return np.ones(len(self.ids), dtype=np.bool_)
        of_kind = np.zeros(len(self.kinds), dtype=np.bool_)
        rows = []
        for name in names:
            if name in self.kinds:
                of_kind[self.kinds.index(name)] = True
            elif (row := self.find(name)) is not None:
                rows.append(row)
        chosen: np.ndarray = of_kind[self.kind]
        chosen[rows] = True
        return chosen

    def meeting(self, who: Any) -> np.ndarray:
        """Return which organisations meet every condition of a `policy.Who`; bool, (N,)."""
        chosen = np.ones(len(self.ids), dtype=np.bool_)
        if who.organisations is not None:
            chosen[:] = False
            chosen[self.rows_of(who.organisations)] = True
        if who.kinds is not None:
            chosen &= np.isin(np.array(self.kinds, dtype=object), who.kinds)[self.kind]
        if who.areas is not None:
            chosen &= np.isin(np.array(self.areas, dtype=object), who.areas)[self.area]
        return chosen

    def some(self, who: Any, place: str) -> np.ndarray:
        """Return the rows that meet `who`, or the share of them with the smallest lots.

        Parameters
        ----------
        who : SomeOf
            Conditions and perhaps a share.
        place : str
            What the draw is for, such as ``events[3]``; with the organisation's id the key of its
            lot, so that different events strike differently.
        """
        rows = np.flatnonzero(self.meeting(who))
        if who.share is None or who.share >= 1:
            return rows
        count = int(np.floor(who.share * len(rows) + 0.5))
        ids = [self.ids[row] for row in rows.tolist()]
        lot = lots(entity_keys([f"{place} {id_}" for id_ in ids]), 0, 0)
        order = np.lexsort((np.array(ids), lot))
        return np.sort(rows[order[:count]])


@dataclass
class Setup:
    """What is known while tables are built, and what is found wrong."""

    scenario: Scenario
    columns: Columns
    inputs: Holdings
    outputs: Holdings
    findings: Findings

    @cached_property
    def resources(self) -> list[str]:
        """In row order."""
        return list(self.scenario.resources_in_play())


def read_members(scenario: Scenario) -> Columns:
    """Read the organisations of a scenario into columns."""
    members = scenario.members()
    return Columns(
        ids=members.ids,
        names=members.names,
        kinds=members.kinds,
        areas=members.areas,
        kind=members.kind,
        area=members.area,
        stay=np.where(np.isnan(members.stay), np.inf, members.stay),
        position=members.position,
        **members.figures,
    )


def ground(scenario: Scenario, columns: Columns, within: str) -> tuple[np.ndarray, str]:
    """Return what `choice.choose` takes for a rule's reach: a region is an area of areas.

    Returns
    -------
    area : ndarray of int32, shape (N,)
        Numbers of areas, or of regions.
    within : {"area", "anywhere", "elsewhere"}
    """
    if within != "region":
        return columns.area, within
    areas = scenario.areas_in_play()
    regions = [areas[name].region or name if name in areas else name for name in columns.areas]
    number = {name: row for row, name in enumerate(sorted(set(regions)))}
    return np.array([number[name] for name in regions], dtype=np.int32)[columns.area], "area"


@dataclass
class Holdings:
    """What organisations need or make: one row an organisation and resource, in their order."""

    organisation: np.ndarray  # int32
    resource: np.ndarray  # int32
    values: dict[str, np.ndarray]  # float64 columns
    start: np.ndarray  # int64, N + 1

    @cached_property
    def _by_resource(self) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(self.resource, kind="stable")
        return order, self.resource[order]

    def of(self, resource: int) -> np.ndarray:
        """Return the rows of one resource, ascending."""
        order, ordered = self._by_resource
        low, high = np.searchsorted(ordered, [resource, resource + 1])
        return order[low:high]

    def at(self, resource: int) -> np.ndarray:
        """Return each organisation's row of a resource, or -1; int64, (N,)."""
        row_of = np.full(len(self.start) - 1, -1, dtype=np.int64)
        rows = self.of(resource)
        row_of[self.organisation[rows]] = rows
        return row_of


def spread(
    kind: np.ndarray, recipes: Sequence[Mapping[int, Need | Make]], names: Sequence[str]
) -> Holdings:
    """Spread what kinds need or make over their organisations.

    Parameters
    ----------
    kind : ndarray, shape (N,)
    recipes : sequence of mapping
        For each kind: what it needs, or makes, by the row of the resource.
    names : sequence of str
        The figures to make columns of.
    """
    table = [(k, r, recipe[r]) for k, recipe in enumerate(recipes) for r in sorted(recipe)]
    of_kind = np.array([k for k, _, _ in table], dtype=np.int64)
    first = starts(of_kind, len(recipes))
    count = np.diff(first)[kind]
    start = np.zeros(len(kind) + 1, dtype=np.int64)
    np.cumsum(count, out=start[1:])
    organisation = np.repeat(np.arange(len(kind), dtype=np.int32), count)
    entry = np.arange(start[-1]) - np.repeat(start[:-1] - first[kind], count)
    resource = np.array([r for _, r, _ in table], dtype=np.int32)[entry]
    values = {
        name: np.array([getattr(one, name) for _, _, one in table], dtype=np.float64)[entry]
        for name in names
    }
    return Holdings(organisation, resource, values, start)
