"""Where a cascade can begin: events, the epidemic, chance, and limits that were there all along.

Limits are those of a kind in an area (a recording group), since nobody can act on one school's
roof; everything else is one root each. What takes a root away is said here too, so that the trace
can be checked by running the same crisis without it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crisis_abm.analysis import interventions
from crisis_abm.runs import Change
from crisis_abm.scenario import Scenario
from crisis_abm.tables import Tables

__all__ = ["LIMITS", "Root", "Roots", "without"]

LIMITS = ("capacity", "stores")  # kinds of roots that were there all along: only to be widened
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
        return interventions.WithoutEvents((root.number,))
    if root.kind == "hazard":
        return interventions.WithoutHazard()
    if root.kind == "absence":
        return interventions.WithoutAbsence()
    if root.kind == "communication":
        return interventions.WithoutCommunicationCost()
    if root.kind == "links":
        return interventions.SureLinks()
    rows = np.flatnonzero(tables.world.organisations.group == root.number)
    if root.kind == "capacity":
        return interventions.MoreCapacity(tuple(rows.tolist()), AMPLE)
    return interventions.MoreStock(tuple(rows.tolist()), AMPLE)
