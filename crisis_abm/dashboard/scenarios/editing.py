"""Editing a scenario file place by place: what a form shows of it, and the text after a change.

The text is the only state: what is edited is the file that the command line runs, comments and
order of lines included, whether it is sound at the moment or not. The form is made from the schema,
so every key that a scenario may have can be reached.

Entries of a list have no name but their number, and numbers shift when another page adds or removes
one. So an entry that was shown before a change is looked for by what it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import tomlkit

from crisis_abm.dashboard.scenarios.fields import (
    about_key,
    about_table,
    choices,
    names_for,
    read,
    shown,
    sort_of,
    takes_names,
)
from crisis_abm.scenario.io import editor
from crisis_abm.scenario.io.editor import (
    Place,
    append_entry,
    at,
    document_of,
    inside,
    set_key,
    without,
)
from crisis_abm.scenario.io.load import parse_text, refuse_too_deep
from crisis_abm.scenario.paths import model_of, show_place, step_into
from crisis_abm.scenario.problems import Problem, ScenarioError
from crisis_abm.scenario.schema import Content

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
        As `fields.shown` writes it; empty if it is not there.
    usual : str
        What holds if nothing is written.
    choices : tuple of str
        If it is one of a few words.
    names : tuple of str
        Of the scenario, that it may well be; it may be others, too.
    is_list : bool
        Whether it takes several names, with commas between them.
    """

    place: Place
    name: str
    about: str
    value: str
    usual: str
    choices: tuple[str, ...]
    names: tuple[str, ...]
    is_list: bool


@dataclass(frozen=True)
class Inner:
    """Something inside that has a form of its own.

    Attributes
    ----------
    place : tuple
    name, about : str
    summary : str
        How many, or that there is none, where that says something.
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
                _field(data, (*place, name), step_into(annotation, name), v)
                for name, v in names.items()
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
            fields.append(_field(data, (*place, key), kind, value, about, usual))
        else:
            summary = _summary(value, sort_of(kind), info.default)
            parts.append(Inner((*place, key), key, about, summary, value is not None, False))
    return Form(place, about_table(model), fields, parts, "")


def put(text: str, place: Place, written: str) -> str:
    """The text with what was written in a field; nothing written takes the key away.

    What says the same as before leaves the text as it is, to the byte.

    Raises
    ------
    ScenarioError
        If the text is no TOML, or there is no such place in it.
    """
    annotation, known = _annotation(place), at(plain(text), place)
    if written == ("" if known is None else shown(known, annotation)):
        return text
    if not written.strip():
        return without(text, place)
    value = read(written, annotation)
    refuse_too_deep([value], "scenario")
    if type(value) is type(known) and value == known:
        return text
    ways: list[Any] = [value]  # the one that is read most easily first
    if isinstance(value, str) and "\n" in value:
        ways.insert(0, tomlkit.string(value, multiline=True))
    for item in ways:
        document = document_of(text)
        with _changing(place):
            editor.put(document, place, item)
        after = str(tomlkit.dumps(document))
        found = at(plain(after), place)
        if found == value or found != found:  # NaN is not what it is
            return after
    message, remedy = "cannot be written here by form", "download the file and change it there"
    raise ScenarioError(Problem("scenario", show_place(place), written, message, remedy))


def added(
    text: str, place: Place, name: str = "", values: Mapping[str, Any] | None = None
) -> tuple[str, Place]:
    """The text with one more entry at a place, and where that is.

    Raises
    ------
    ScenarioError
        As `put`.
    """
    document = document_of(text)
    with _changing(place):
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


def plain(text: str) -> dict[str, Any]:
    """What a file says, as plain data.

    Raises
    ------
    ScenarioError
        With line and column, if it is no TOML.
    """
    return parse_text(text, "scenario")


def nearest(text: str, place: Place) -> tuple[Place, bool]:
    """The part of a file with a form of its own that is nearest to a place.

    Returns
    -------
    tuple
        The place itself, or as much of it from its front as there is.
    bool
        Whether there is such a place; a key without a form of its own is found in its holder's.
    """
    data = plain(text)
    annotation: Any = Content
    for length, part in enumerate(place):
        holder, annotation = annotation, step_into(annotation, part)
        found = at(data, place[: length + 1])
        if annotation is None:
            return place[:length], False
        if found is None and sort_of(holder) in ("list", "dict"):
            return place[:length], False
        if sort_of(annotation) == "leaf" or not (found is None or isinstance(found, dict | list)):
            return place[:length], True
    return place, True


def where_now(before: str, after: str, place: Place) -> Place:
    """The place in a text of what stood at a place before it was changed.

    Raises
    ------
    ScenarioError
        If that went, or cannot be told from others.
    """
    if before == after:
        return place
    old, new = plain(before), plain(after)
    found: Place = ()
    for length, part in enumerate(place):
        if isinstance(part, int):
            part = _number(at(old, place[:length]), at(new, found), place, part)
        found = (*found, part)
    return found


def _number(old: Any, new: Any, place: Place, number: int) -> int:
    """The number of an entry in a list that may have been changed."""
    if isinstance(old, list) and isinstance(new, list) and number < len(old):
        entry = old[number]
        if number < len(new) and new[number] == entry:
            return number
        same = [k for k, other in enumerate(new) if other == entry]
        if len(same) == 1:
            return same[0]
        if len(new) == len(old) and not same:
            return number  # it was itself changed
    message = "was changed or removed in another window meanwhile"
    remedy = "look at how it stands now, and change it again"
    raise ScenarioError(Problem("scenario", show_place(place), message=message, remedy=remedy))


def difference(before: str, after: str) -> Place:
    """Where two texts say something else first; the whole, if only comments differ."""
    return _difference(plain(before), plain(after), ())


def _difference(one: Any, other: Any, place: Place) -> Place:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys([*one, *other]):
            if one.get(key) != other.get(key):
                return _difference(one.get(key), other.get(key), (*place, key))
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (first, second) in enumerate(zip(one, other, strict=True)):
            if first != second:
                return _difference(first, second, (*place, number))
    return place


@contextmanager
def _changing(place: Place) -> Iterator[None]:
    """What the editor of TOML raises where there is nothing that could be changed, in words."""
    try:
        yield
    except editor.CANNOT:
        raise ScenarioError(_not_there(place)) from None


def _not_there(place: Place) -> Problem:
    message, remedy = "is not there any more", "go back to the scenario and look for it"
    return Problem("scenario", show_place(place), message=message, remedy=remedy)


def _field(
    data: Mapping[str, Any],
    place: Place,
    annotation: Any,
    value: Any,
    about: str = "",
    usual: Any = None,
) -> Field:
    return Field(
        place=place,
        name=str(place[-1]),
        about=about,
        value="" if value is None else shown(value, annotation),
        usual="" if usual is None else shown(usual, annotation),
        choices=choices(annotation),
        names=names_for(data, place),
        is_list=takes_names(annotation),
    )


def _annotation(place: Place) -> Any:
    annotation: Any = Content
    for part in place:
        annotation = step_into(annotation, part)
    if annotation is None:
        raise ScenarioError(_not_there(place))
    return annotation


def _called(entry: Any, number: int) -> str:
    words = [str(entry[key]) for key in LABELS if isinstance(entry, Mapping) and entry.get(key)]
    return f"{number + 1}: {words[0]}" if words else f"number {number + 1}"


def _summary(value: Any, sort: str, default: Any) -> str:
    """How much of something there is, in a word."""
    if isinstance(value, list | dict) and value:
        return "" if sort == "table" else str(len(value))
    return "as usual" if sort == "table" and default is not None else "none yet"
