"""The epidemic as arrays: communities, those who receive severe cases, residents of care homes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.scenario.problems import Findings
from crisis_abm.tables.layout import Hazard
from crisis_abm.tables.rows import Columns, Setup, starts

if TYPE_CHECKING:
    pass


def apportion(total: float, size: np.ndarray) -> np.ndarray:
    """Divide a whole number of people in proportion to `size`, by largest remainder (Hamilton).

    Nobody gets more than their size.

    >>> apportion(10, np.array([50.0, 50.0, 50.0]))
    array([4., 3., 3.])
    """
    exact = np.floor(total + 0.5) * size / size.sum()
    whole = np.floor(exact + 1e-9)
    missing = round(float(exact.sum() - whole.sum()))
    whole[np.argsort(whole - exact, kind="stable")[:missing]] += 1
    result: np.ndarray = np.minimum(whole, size)
    return result


def no_hazard() -> Hazard:
    """Return a hazard that does nothing: every array is empty."""
    values: dict[str, Any] = {}
    for name in Hazard._fields:
        kind = Hazard.__annotations__[name]
        values[name] = 0 if "int" in str(kind) else 0.0
    whole = ("community_start", "receiver_start", "resident_row")
    rows = ("community", "receiver", "residents", "protection", "tests", "labour")
    values |= {name: np.empty(0, dtype=np.int64) for name in whole}
    values |= {name: np.empty(0, dtype=np.int32) for name in rows}
    values |= {name: np.empty(0) for name in ("imports", "infected")}
    return Hazard(**values)


def _by_area(rows: np.ndarray, columns: Columns) -> tuple[np.ndarray, np.ndarray]:
    order = rows[np.argsort(columns.area[rows], kind="stable")]
    return order.astype(np.int32), starts(columns.area[order], len(columns.areas))


def _living(columns: Columns, community: np.ndarray, start: np.ndarray) -> np.ndarray:
    """People in the communities of each area."""
    return np.bincount(
        columns.area[community], weights=columns.population[community], minlength=len(start) - 1
    )


def _imports(hazard: Any, columns: Columns, community: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Infections brought into each area a tick."""
    imports = float(hazard.imports)
    if hazard.per == "scenario":
        living = _living(columns, community, start)
        return np.asarray(imports * (living / max(living.sum(), 1.0)))
    return np.where(np.diff(start) > 0, imports, 0.0)


def _infected(
    hazard: Any, columns: Columns, community: np.ndarray, start: np.ndarray, findings: Findings
) -> np.ndarray:
    """Spread the people infectious at the start over the communities of each area."""
    infected = np.zeros(len(community))
    living = _living(columns, community, start)
    in_all = apportion(hazard.infected, living) if hazard.per == "scenario" else None
    for a, area in enumerate(columns.areas):
        amount = hazard.infected
        amount = amount.get(area, 0.0) if isinstance(amount, dict) else amount
        amount = amount if in_all is None else float(in_all[a])
        rows = slice(start[a], start[a + 1])
        size = columns.population[community[rows]]
        if amount > size.sum():
            message = f"{area} has {size.sum():g} people in its communities, fewer than infected"
            if len(size) or isinstance(hazard.infected, dict):
                findings.warn("hazard.infected", message)
        if len(size):
            infected[rows] = apportion(min(amount, size.sum()), size)
    return infected


def compile_hazard(setup: Setup) -> Hazard:
    """Set out the epidemic of a scenario (docs/model.md 7.2).

    β = r0 ÷ mean infectious time; a stage of mean duration d is left with probability 1 ÷ d a tick.
    """
    hazard = setup.scenario.hazard
    if hazard is None:
        return no_hazard()
    columns, resources, findings = setup.columns, setup.resources, setup.findings
    count = len(columns.ids)
    has_people = columns.population > 0
    community, community_start = _by_area(
        np.flatnonzero(columns.named(hazard.communities) & has_people), columns
    )
    receiver, receiver_start = _by_area(np.flatnonzero(columns.named(hazard.receivers)), columns)
    if len(community) == 0:
        findings.problem(
            "hazard.communities",
            "nobody lives in them",
            "give these kinds a population",
            list(hazard.communities),
        )
    inside = hazard.residents
    residents = np.flatnonzero(columns.named(inside.kinds)) if inside else np.empty(0, np.int64)
    resident_row = np.full(count, -1, dtype=np.int64)
    resident_row[residents] = np.arange(len(residents))

    def input_rows(resource: str | None) -> np.ndarray:
        if resource is None or resource not in resources:
            return np.full(count, -1, dtype=np.int32)
        return setup.inputs.at(resources.index(resource)).astype(np.int32)

    protection = inside.protection if inside else None
    tests = inside.tests if inside else None
    return Hazard(
        active=1,
        beta=hazard.r0 / hazard.infectious,
        onset=1.0 / hazard.latent,
        end=1.0 / hazard.infectious,
        own=hazard.mixing.own,
        area=hazard.mixing.area,
        everywhere=hazard.mixing.everywhere,
        severe=hazard.severe,
        fatality=hazard.fatality,
        stay=0.0 if hazard.stay is None else hazard.stay,
        absence=hazard.absence,
        imports_until=hazard.imports_until,
        imports=_imports(hazard, columns, community, community_start),
        community=community,
        community_start=community_start,
        infected=_infected(hazard, columns, community, community_start, findings),
        receiver=receiver,
        receiver_start=receiver_start,
        residents=residents.astype(np.int32),
        resident_row=resident_row,
        resident_beta=inside.r0 / hazard.infectious if inside else 0.0,
        staff=inside.staff if inside else 0.0,
        resident_fatality=inside.fatality if inside else 0.0,
        protection=input_rows(protection.resource if protection else None)[residents],
        protection_effect=protection.effect if protection else 0.0,
        tests=input_rows(tests.resource if tests else None),
        tests_effect=tests.effect if tests else 0.0,
        discharge=inside.discharge if inside else 0.0,
        lent_staff_risk=inside.lent_staff_risk if inside else 1.0,
        labour=input_rows("labour")[residents],
    )
