"""Names that a scenario knows, for the fields of a form that take one.

They are read from the plain data, so that they are offered while something else in the file is
wrong; a field takes other names, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from crisis_abm.scenario.paths import Part
from crisis_abm.scenario.recipes import builtin_kinds, builtin_resources
from crisis_abm.scenario.schema.entries import PLACES
from crisis_abm.scenario.schema.policy import BUILT_IN

__all__ = ["names_for", "names_of_entries"]

Place = tuple[Part, ...]
Data = Mapping[str, Any]
MOST = 500  # a list of more is no help
UNITS = ("day", "week")  # of a tick: those that have dates


def names_for(data: Data, place: Place) -> tuple[str, ...]:
    """What the key at a place may be, in the order in which a scenario names it."""
    top, key = place[0], place[-1]
    find = _BY_PLACE.get((top, key)) or _BY_KEY.get(key)
    if find is None or top == "tables" or (key == "kind" and top == "hazard"):
        return ()
    return tuple(dict.fromkeys(find(data)))[:MOST]


def names_of_entries(data: Data, place: Place) -> tuple[str, ...]:
    """What a new entry at a place may well be called: names that are built in or used elsewhere."""
    find = _ENTRIES.get(place[-1]) if len(place) in (1, 3) else None
    if find is None:
        return ()
    here: Any = data
    for part in place:
        here = here.get(part) if isinstance(here, Mapping) else None
    taken = set(here) if isinstance(here, Mapping) else set()
    return tuple(name for name in dict.fromkeys(find(data)) if name not in taken)[:MOST]


def _kinds(data: Data) -> Iterable[str]:
    return [*_keys(data, "kinds"), *builtin_kinds()]


def _resources(data: Data) -> Iterable[str]:
    return _keys(data, "resources") or list(builtin_resources())


def _lent(data: Data) -> Iterable[str]:
    return [*_resources(data), PLACES]


def _areas(data: Data) -> Iterable[str]:
    return _keys(data, "areas") or _mentioned_areas(data)


def _mentioned_areas(data: Data) -> list[str]:
    found = [one["area"] for one in _entries(data, "organisations") if "area" in one]
    for group in _entries(data, "groups"):
        areas = group.get("areas", [])
        found += [areas] if isinstance(areas, str) else areas if isinstance(areas, list) else []
        found += group["count"] if isinstance(group.get("count"), Mapping) else []
    return _texts(found)


def _organisations(data: Data) -> Iterable[str]:
    return _texts(one.get("id") for one in _entries(data, "organisations"))


def _kinds_and_organisations(data: Data) -> Iterable[str]:
    return [*_kinds(data), *_organisations(data)]


def _policies(data: Data) -> Iterable[str]:
    return [*_keys(data, "policies"), *BUILT_IN]


def _regions(data: Data) -> Iterable[str]:
    return _texts(area.get("region") for area in _tables(data, "areas"))


def _weights(data: Data) -> Iterable[str]:
    found = ["population"]
    for area in _tables(data, "areas"):
        found += _keys(area, "weights")
    return found


_BY_KEY: Mapping[Part, Callable[[Data], Iterable[str]]] = {
    "policy": _policies,
    "kind": _kinds,
    "kinds": _kinds,
    "like": _kinds,
    "communities": _kinds,
    "receivers": _kinds,
    "area": _areas,
    "areas": _areas,
    "region": _regions,
    "by": _weights,
    "resource": _resources,
    "organisations": _organisations,
    "from": _kinds_and_organisations,
    "to": _kinds_and_organisations,
    "between": _kinds_and_organisations,
}
_BY_PLACE: Mapping[tuple[Part, Part], Callable[[Data], Iterable[str]]] = {
    ("time", "unit"): lambda data: UNITS,
    ("aid", "resource"): _lent,
    ("links", "from"): _organisations,
    ("links", "to"): _organisations,
}
_ENTRIES: Mapping[Part, Callable[[Data], Iterable[str]]] = {
    "kinds": lambda data: builtin_kinds(),
    "resources": lambda data: builtin_resources(),
    "areas": _mentioned_areas,
    "needs": _resources,
    "makes": _resources,
    "weights": _weights,
}


def _entries(data: Data, key: str) -> list[Data]:
    found = data.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _tables(data: Data, key: str) -> list[Data]:
    found = data.get(key)
    if not isinstance(found, Mapping):
        return []
    return [one for one in found.values() if isinstance(one, Mapping)]


def _keys(data: Data, key: str) -> list[str]:
    found = data.get(key)
    return list(found) if isinstance(found, Mapping) else []


def _texts(values: Iterable[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str) and value]
