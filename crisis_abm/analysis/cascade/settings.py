"""What takes a root away, or widens it, by paths into the scenario.

The check changes arrays (`roots.without`). The same by paths can be set, run, looked into and kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from crisis_abm.analysis.cascade.roots import AMPLE, Root
from crisis_abm.scenario import EFFECTS, Scenario
from crisis_abm.scenario.paths import parse_place, show_place
from crisis_abm.scenario.schema.entries import Link, SupplyRule
from crisis_abm.scenario.schema.fields import MOST
from crisis_abm.tables import Tables

__all__ = ["settings_without"]

Settings = dict[str, Any]


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
