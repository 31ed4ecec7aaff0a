"""Editing a scenario file place by place: what a form shows of it, and the text after a change.

The text is the only state: what is edited is the file that the command line runs, comments and
order of lines included, whether it is sound at the moment or not. The form is made from the schema,
so every key that a scenario may have can be reached.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import tomlkit

from crisis_abm.dashboard.described import about_key, about_table, choices, sort_of, takes_text
from crisis_abm.dashboard.document import (
    append_entry,
    at,
    document_of,
    inside,
    plain,
    set_key,
    without,
)
from crisis_abm.scenario.places import Part, model_of, show_place, step_into
from crisis_abm.scenario.problems import Problem, ScenarioError
from crisis_abm.scenario.schema import Content

__all__ = ["Field", "Form", "Inner", "added", "form", "put", "removed"]

Place = tuple[Part, ...]
LABELS = ("title", "name", "id", "kind", "resource")  # an entry of a list is called by these


@dataclass(frozen=True)
class Field:
    """One key that holds a value.

    Attributes
    ----------
    place : tuple
    name : str
    about : str
        What it means, in the schema's own words.
    value : str
        As it is written: text without quotes, anything else as in TOML; empty if it is not there.
    usual : str
        What holds if nothing is written.
    choices : tuple of str
        If it is one of a few words.
    is_text : bool
        Whether it takes text as it is.
    """

    place: Place
    name: str
    about: str
    value: str
    usual: str
    choices: tuple[str, ...]
    is_text: bool


@dataclass(frozen=True)
class Inner:
    """Something inside that has a form of its own.

    Attributes
    ----------
    place : tuple
    name, about, summary : str
    there : bool
        Whether the file has it.
    own : bool
        Whether it is an entry that can be taken away.
    """

    place: Place
    name: str
    about: str
    summary: str
    there: bool
    own: bool


@dataclass(frozen=True)
class Form:
    """What there is at a place.

    Attributes
    ----------
    place : tuple
    about : str
        What it holds, in the schema's own words.
    fields : list of Field
    inner : list of Inner
    grows : {"", "entry", "key"}
        Whether an entry can be added: without a name, or under one.
    """

    place: Place
    about: str
    fields: list[Field]
    inner: list[Inner]
    grows: str


def form(text: str, place: Place) -> Form:
    """The form of a place in a scenario file.

    Raises
    ------
    ScenarioError
        If the text is no TOML, or there is no such place.
    """
    data = plain(text)
    annotation: Any = Content
    about = ""
    for part in place:
        holder, annotation = model_of(annotation), step_into(annotation, part)
        if annotation is None:
            raise ScenarioError(Problem("scenario", show_place(place), message="is no such place"))
        about = about if holder is None else about_key(holder, str(part))
    found = at(data, place)
    sort = sort_of(annotation)
    if sort == "list":
        entries = found if isinstance(found, list) else []
        inner = [
            Inner((*place, k), _called(e, k), "", "", True, True) for k, e in enumerate(entries)
        ]
        return Form(place, about, [], inner, "entry")
    if sort == "dict":
        names = found if isinstance(found, Mapping) else {}
        if sort_of(step_into(annotation, "x")) == "leaf":
            fields = [
                _field((*place, name), step_into(annotation, name), v) for name, v in names.items()
            ]
            return Form(place, about, fields, [], "key")
        inner = [Inner((*place, n), str(n), "", "", True, True) for n in names]
        return Form(place, about, [], inner, "key")
    model = model_of(annotation)
    if model is None:
        raise ScenarioError(Problem("scenario", show_place(place), message="holds nothing inside"))
    known = found if isinstance(found, Mapping) else {}
    fields, parts = [], []
    own_first = sorted(model.model_fields, key=lambda name: name not in model.__annotations__)
    for name in own_first:
        info = model.model_fields[name]
        key = info.alias or name
        kind, value, about = step_into(annotation, key), known.get(key), about_key(model, key)
        if sort_of(kind) == "leaf" or (value is not None and not isinstance(value, dict | list)):
            usual = None if info.is_required() else info.default
            fields.append(_field((*place, key), kind, value, about, usual))
        else:
            parts.append(Inner((*place, key), key, about, _count(value), value is not None, False))
    return Form(place, about_table(model), fields, parts, "")


def put(text: str, place: Place, written: str) -> str:
    """The text with what was written in a field; nothing written takes the key away.

    Raises
    ------
    ScenarioError
        If the text is no TOML.
    """
    if not written.strip():
        return without(text, place)
    document = document_of(text)
    value = written if takes_text(_annotation(place)) else _read(written)
    if isinstance(last := place[-1], str):
        set_key(inside(document, place[:-1]), last, value)
    else:
        inside(document, place[:-1])[last] = value
    return tomlkit.dumps(document)


def added(
    text: str, place: Place, name: str = "", values: Mapping[str, Any] | None = None
) -> tuple[str, Place]:
    """The text with one more entry at a place, and where that is."""
    document = document_of(text)
    if sort_of(_annotation(place)) == "list":
        known = at(plain(text), place)
        number = len(known) if isinstance(known, list) else 0
        holder = inside(document, place[:-1])
        if number == 0:
            holder[place[-1]] = tomlkit.aot()
        append_entry(holder[place[-1]], **(values or {}))
        return tomlkit.dumps(document), (*place, number)
    leaf = sort_of(step_into(_annotation(place), name)) == "leaf"
    holder = inside(document, place)
    if name not in holder:
        set_key(holder, name, 0 if leaf else tomlkit.table())
    return tomlkit.dumps(document), place if leaf else (*place, name)


def removed(text: str, place: Place) -> str:
    """The text without an entry, or a key, and all that it holds."""
    return without(text, place)


# ------------------------------------------------------------------ values


def _read(written: str) -> Any:
    """What was written, as a TOML value if it is one, else as text."""
    try:
        value = tomllib.loads(f"x = {written.strip()}\n")["x"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return written.strip()
    return value


def _field(place: Place, annotation: Any, value: Any, about: str = "", usual: Any = None) -> Field:
    is_text = takes_text(annotation)
    return Field(
        place=place,
        name=str(place[-1]),
        about=about,
        value="" if value is None else _shown(value, is_text),
        usual="" if usual is None else _shown(usual, is_text),
        choices=choices(annotation),
        is_text=is_text,
    )


def _shown(value: Any, is_text: bool) -> str:
    if isinstance(value, str) and is_text:
        return value
    if isinstance(value, bool | int | float | str | date | list | dict):
        return str(tomlkit.item(value).as_string()).strip()
    return str(value)


# ------------------------------------------------------------------ the schema


def _annotation(place: Place) -> Any:
    annotation: Any = Content
    for part in place:
        annotation = step_into(annotation, part)
    return annotation


def _called(entry: Any, number: int) -> str:
    words = [str(entry[key]) for key in LABELS if isinstance(entry, Mapping) and entry.get(key)]
    return f"{number + 1}: {words[0]}" if words else f"number {number + 1}"


def _count(value: Any) -> str:
    return str(len(value)) if isinstance(value, list | dict) and value else ""
