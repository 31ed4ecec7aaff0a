"""Where a cascade can begin: events, the epidemic, chance, and limits that were there all along.

Limits are those of a kind in an area (a recording group), since nobody can act on one school's
roof; everything else is one root each. What takes a root away is said here too: by arrays, so that
the trace can be checked by running the same crisis without it (`without`), and by paths, so that
the same can be set, run, looked into and kept (`settings_without`). Changes of arrays are frozen
dataclasses, so that they can be sent to processes; shocks are keyed by name and day, so whatever is
not changed meets the same crisis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.runs import Change
from crisis_abm.scenario import EFFECTS, Scenario
from crisis_abm.scenario.paths import parse_place, show_place
from crisis_abm.scenario.schema.entries import Link, SupplyRule
from crisis_abm.scenario.schema.fields import MOST
from crisis_abm.tables import Tables
from crisis_abm.tables.layout import World

LIMITS = ("capacity", "stores")  # kinds of roots that were there all along: only to be widened
Settings = dict[str, Any]
AMPLE = 10.0  # times the capacity, or that many covers of stock: enough to see what a limit cost


@dataclass(frozen=True)
class Root:
    """A cause with no cause of its own in the model.

    Attributes
    ----------
    key : str
        For files: ``event 3``, ``hazard``, ``absence``, ``communication``, ``links``,
        ``capacity school/north``, ``stores care_home/north``.
    kind : str
        The first word of the key.
    title : str
        In words.
    number : int
        Of the event or group; -1 for none.
    """

    key: str
    kind: str
    title: str
    number: int = -1


class Roots:
    """All roots of a scenario, in the order of their numbers.

    Parameters
    ----------
    scenario : Scenario
    tables : Tables
    """

    def __init__(self, scenario: Scenario, tables: Tables) -> None:
        found = [
            Root(f"event {n}", "event", event.title or f"{event.effect} (event {n})", n)
            for n, event in enumerate(scenario.events)
        ]
        self.events = len(found)
        self.hazard = len(found)
        found.append(Root("hazard", "hazard", "The epidemic"))
        self.absence = len(found)
        found.append(Root("absence", "absence", "Ordinary absence of staff"))
        self.communication = len(found)
        found.append(Root("communication", "communication", "Time spent communicating"))
        self.links = len(found)
        found.append(Root("links", "links", "Deliveries that a link could not carry"))
        self._capacity = len(found)
        names = [_group_name(tables, g) for g in range(len(tables.groups))]
        keys = ["/".join(group) for group in tables.groups]
        for g, (key, name) in enumerate(zip(keys, names, strict=True)):
            title = f"More asked of {name} than could be done"
            found.append(Root(f"capacity {key}", "capacity", title, g))
        self._stores = len(found)
        for g, (key, name) in enumerate(zip(keys, names, strict=True)):
            title = f"Too little held or planned at {name}"
            found.append(Root(f"stores {key}", "stores", title, g))
        self.all = found
        self._group = tables.world.organisations.group.astype(np.int64)

    def capacity(self, organisations: np.ndarray) -> np.ndarray:
        """Number of the root for what each organisation cannot do."""
        return np.asarray(self._capacity + self._group[organisations])

    def stores(self, organisations: np.ndarray) -> np.ndarray:
        """Number of the root for what each organisation did not hold."""
        return np.asarray(self._stores + self._group[organisations])


def _group_name(tables: Tables, group: int) -> str:
    """The one organisation of a group by its name, several by kind and area."""
    members = np.flatnonzero(tables.world.organisations.group == group)
    if len(members) == 1:
        return str(tables.names[int(members[0])])
    kind, area = tables.groups[group]
    return f"{kind.replace('_', ' ')}s in {area}"


def without(root: Root, tables: Tables) -> Change:
    """What takes a root away."""
    if root.kind == "event":
        return WithoutEvents((root.number,))
    if root.kind == "hazard":
        return WithoutHazard()
    if root.kind == "absence":
        return WithoutAbsence()
    if root.kind == "communication":
        return WithoutCommunicationCost()
    if root.kind == "links":
        return SureLinks()
    rows = np.flatnonzero(tables.world.organisations.group == root.number)
    if root.kind == "capacity":
        return MoreCapacity(tuple(rows.tolist()), AMPLE)
    return MoreStock(tuple(rows.tolist()), AMPLE)


def settings_without(root: Root, scenario: Scenario, tables: Tables) -> tuple[Settings, str]:
    """The values that do what `roots.without` does; or why there are none.

    Parameters
    ----------
    root : Root
    scenario : Scenario
        That was run: with what a replicate drew.
    tables : Tables
        Of the same.

    Returns
    -------
    settings : dict of str to value
        For ``scenario.with_``; empty if there are none.
    missing : str
        Then the reason.
    """
    if root.kind == "event":
        found, missing = _without_event(root.number, scenario)
    elif root.kind == "hazard":
        found, missing = _without_hazard(scenario), "there is no epidemic"
    elif root.kind == "absence":
        found, missing = _without_absence(tables), "nobody is absent on an ordinary tick"
    elif root.kind == "communication":
        found, missing = {"behaviour.communication_cost": 0.0}, ""
    elif root.kind == "links":
        found, missing = _sure_links(scenario)
    else:
        rows = np.flatnonzero(tables.world.organisations.group == root.number)
        if root.kind == "capacity":
            found, missing = _more_capacity(scenario, tables, rows), "their capacity is 0"
        else:
            found, missing = _more_stock(scenario, tables, rows), "they keep nothing in store"
    missing = _unfit(found) if found else missing
    return ({}, missing) if missing else (found, "")


def _unfit(settings: Settings) -> str:
    """Why they cannot be set, if so."""
    for path, value in settings.items():
        try:
            parse_place(path)
        except ValueError:
            return f"{path}: a name with both kinds of quotes cannot stand in a path"
        if isinstance(value, float) and MOST < value < float("inf"):
            return f"{path} would be {value:g}, and no value may be more than {MOST:g}"
    return ""


def _without_event(number: int, scenario: Scenario) -> tuple[Settings, str]:
    """Make an event do nothing; it keeps its number, by which others draw lots."""
    event, place = scenario.events[number], ("events", number)
    effect, value = EFFECTS[event.effect], getattr(event, event.effect)
    if effect.neutral is not None:
        return {show_place((*place, event.effect)): type(value)(effect.neutral)}, ""
    if not effect.strikes:
        return {}, "it does nothing"
    if any(parse_place(path)[:2] == place for path in scenario.uncertain):
        return {}, "no value of a lever leaves it alone, and a range under [uncertain] is of it"
    title = event.title or f"event {number}"
    told = {"title": title, "announcement": "It does not happen.", "start": 0}
    return {show_place(place): told}, ""


def _without_hazard(scenario: Scenario) -> Settings:
    hazard = scenario.hazard
    if hazard is None:
        return {}
    place = ("hazard", "infected")
    found: Settings = {show_place(place): 0.0}
    if isinstance(hazard.infected, dict) and any(
        parse_place(path)[:2] == place for path in scenario.uncertain
    ):  # a range is of one area
        found = {show_place((*place, area)): 0.0 for area in hazard.infected}
    return found | {"hazard.imports": 0.0}


def _without_absence(tables: Tables) -> Settings:
    absent = np.flatnonzero(tables.world.kinds.absence > 0.0).tolist()
    return {show_place(("kinds", tables.kinds[kind], "absence")): 0.0 for kind in absent}


def _sure_links(scenario: Scenario) -> tuple[Settings, str]:
    """Let every rule and link be sure and wide."""
    unsure = [
        link.reliability < 1.0 or np.isfinite(link.capacity)
        for link in scenario.all_links()[len(scenario.links) :]
    ]
    if any(unsure):
        links = "1 link" if sum(unsure) == 1 else f"{sum(unsure):,} links"
        return {}, f"{links} of a table can be made sure in that table only"
    entries: list[tuple[str, SupplyRule | Link]] = [
        *((f"supply[{number}]", rule) for number, rule in enumerate(scenario.supply)),
        *((f"links[{number}]", link) for number, link in enumerate(scenario.links)),
    ]
    found: Settings = {}
    for place, entry in entries:
        if entry.reliability < 1.0:
            found[f"{place}.reliability"] = 1.0
        if np.isfinite(entry.capacity):
            found[f"{place}.capacity"] = float("inf")
    return found, "every link is sure and wide"


def _more_capacity(scenario: Scenario, tables: Tables, rows: np.ndarray) -> Settings:
    found: Settings = {}
    for row in rows.tolist():
        capacity = float(tables.world.organisations.capacity[row])
        entry = scenario.exceptions.get(tables.ids[row])
        before = (entry.more_capacity if entry else None) or 0.0
        more = before + (AMPLE - 1.0) * capacity
        if 0.0 < capacity < float("inf"):
            found[show_place(("organisations", tables.ids[row], "more_capacity"))] = more
    return found


def _more_stock(scenario: Scenario, tables: Tables, rows: np.ndarray) -> Settings:
    world, found = tables.world, {}
    for row in rows.tolist():
        entry = scenario.exceptions.get(tables.ids[row])
        first, last = world.organisations.input_start[row : row + 2].tolist()
        for at in range(first, last):
            ordinary = float(world.inputs.use[at] * world.organisations.nominal_workload[row])
            resource = int(world.inputs.resource[at])
            if not world.resources.storable[resource] or ordinary <= 0.0:
                continue
            name = tables.resources[resource]
            need = entry.needs.get(name) if entry else None
            more = ((need.more if need else None) or 0.0) + AMPLE * ordinary
            place = ("organisations", tables.ids[row], "needs", name, "more")
            found[show_place(place)] = more
    return found


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
