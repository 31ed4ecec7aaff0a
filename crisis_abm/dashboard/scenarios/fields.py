"""Keys of a scenario file as fields of a form: meaning, sort, names to choose from, value as text.

Meanings stand beneath the keys of the schema, where who changes one sees them. Names are read from
the plain data, so that they are offered while something else in the file is wrong; a field takes
other names, too.
"""

from __future__ import annotations

import re
import tomllib
import types
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import tomlkit
from pydantic import BaseModel

from crisis_abm.scenario.io.editor import Place
from crisis_abm.scenario.paths import Part, model_of
from crisis_abm.scenario.recipes import builtin_kinds, builtin_resources
from crisis_abm.scenario.schema.entries import PLACES
from crisis_abm.scenario.schema.policy import BUILT_IN


def about_table(model: type[BaseModel]) -> str:
    """What a table of the file holds: the first paragraph of its description, without its heading.

    >>> from crisis_abm.scenario.schema import Behaviour
    >>> about_table(Behaviour)
    'How organisations behave, whatever their kind.'
    """
    words = _plain((model.__doc__ or "").split("\n\n")[0])
    words = re.sub(r"^\[+[\w.]+\]+(: |\.$)| \(docs/[^)]*\)", "", words)
    return words[:1].upper() + words[1:]


def about_key(model: type[BaseModel], key: str) -> str:
    """What a key of a table means; nothing where the schema says nothing.

    >>> from crisis_abm.scenario.schema.entries import NeedEntry
    >>> about_key(NeedEntry, "criticality")
    'How much of the service hangs on it: 0 nothing, 1 everything.'
    """
    for name, field in model.model_fields.items():
        if key == (field.alias or name):
            return _plain(field.description or "")
    return ""


def sort_of(annotation: Any) -> str:
    """``table`` with keys of its own, ``list`` of tables, ``dict`` under names, or ``leaf``."""
    for arm in arms_of(annotation):
        if get_origin(arm) is list and model_of(get_args(arm)[0]) is not None:
            return "list"
        if get_origin(arm) is dict:
            return "leaf" if len(arms_of(annotation)) > 1 else "dict"
    return "table" if model_of(annotation) is not None else "leaf"


def takes_text(annotation: Any) -> bool:
    """Whether it holds text and nothing else."""
    arms = arms_of(annotation)
    return all(arm is str or get_origin(arm) is Literal for arm in arms) and bool(arms)


def takes_names(annotation: Any) -> bool:
    """Whether it holds a list of names and nothing else."""
    arms = arms_of(annotation)
    return all(get_origin(arm) is list and get_args(arm)[0] is str for arm in arms) and bool(arms)


def choices(annotation: Any) -> tuple[str, ...]:
    """The few words of which it is one, if it is."""
    arms = arms_of(annotation)
    if any(arm is bool for arm in arms):
        return ("true", "false")
    return tuple(str(word) for arm in arms if get_origin(arm) is Literal for word in get_args(arm))


def arms_of(annotation: Any) -> list[Any]:
    """What a type may be, but None."""
    if get_origin(annotation) is Annotated:
        return arms_of(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [arm for each in get_args(annotation) for arm in arms_of(each)]
    return [] if annotation is type(None) else [annotation]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("`", "")).strip()


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


def _weights(data: Data) -> Iterable[str]:
    found = ["population"]
    for area in _tables(data, "areas"):
        found += _keys(area, "weights")
    return found


_BY_KEY: Mapping[Part, Callable[[Data], Iterable[str]]] = {
    "policy": lambda data: [*_keys(data, "policies"), *BUILT_IN],
    "kind": _kinds,
    "kinds": _kinds,
    "like": _kinds,
    "communities": _kinds,
    "receivers": _kinds,
    "area": _areas,
    "areas": _areas,
    "region": lambda data: _texts(area.get("region") for area in _tables(data, "areas")),
    "by": _weights,
    "resource": _resources,
    "organisations": _organisations,
    "from": _kinds_and_organisations,
    "to": _kinds_and_organisations,
    "between": _kinds_and_organisations,
}
_BY_PLACE: Mapping[tuple[Part, Part], Callable[[Data], Iterable[str]]] = {
    ("time", "unit"): lambda data: UNITS,
    ("aid", "resource"): lambda data: [*_resources(data), PLACES],
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


def shown(value: Any, annotation: Any) -> str:
    """A value as a field shows it, so that `read` gives the same value.

    Text without quotes, names with commas between them, anything else as in TOML.

    >>> from crisis_abm.scenario.schema.fields import Names, When
    >>> shown(["hospital", "care_home"], Names), shown(["a, b"], Names), shown(3, When)
    ('hospital, care_home', '["a, b"]', '3')
    """
    if (
        takes_names(annotation)
        and isinstance(value, list)
        and all(isinstance(one, str) for one in value)
    ):
        plain = ", ".join(value)
        if value and read(plain, annotation) == value:
            return plain
    if isinstance(value, str) and (takes_text(annotation) or takes_names(annotation)):
        return value
    if isinstance(value, str) and value == value.strip() and read(value, annotation) == value:
        return value
    if isinstance(value, bool | int | float | str | date | list | dict):
        return str(tomlkit.item(value).as_string()).strip()
    return str(value)


def read(written: str, annotation: Any) -> Any:
    """What was written, as a TOML value if it is one, else as text.

    >>> from crisis_abm.scenario.schema.fields import Key, Names, When
    >>> read("hospital, care_home", Names), read("3", When), read("3", Key), read("soon", When)
    (['hospital', 'care_home'], 3, '3', 'soon')
    """
    if takes_text(annotation):
        return written
    names = takes_names(annotation)
    if not names or written.strip().startswith(("[", '"', "'")):
        try:
            found = tomllib.loads(f"x = {written.strip()}\n")
            if list(found) == ["x"]:  # else it went on with other keys, or a table
                return found["x"]
        except (ValueError, RecursionError):  # also an integer of thousands of digits
            pass
    if names:
        return [name for part in written.split(",") if (name := part.strip())]
    return written.strip()
