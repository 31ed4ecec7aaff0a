"""A scenario file as a document: what stands where, changed in place, found again after a change.

Order, comments and blank lines stay. What stands between two tables of a file belongs, for the
parser, to the first; for whoever wrote it, mostly to the second. So a new key or entry goes above
it, and it stays when an entry goes. Entries of a list have no name but their number, and numbers
shift when another page adds or removes one. So an entry is looked for by what it holds.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Null, Table

from crisis_abm.dashboard.scenarios.fields import sort_of
from crisis_abm.scenario.io.load import parse_text
from crisis_abm.scenario.paths import Part, show_place, step_into
from crisis_abm.scenario.problems import Problem, ScenarioError
from crisis_abm.scenario.schema import Content

__all__ = [
    "append_entry",
    "at",
    "difference",
    "document_of",
    "inside",
    "nearest",
    "plain",
    "set_key",
    "where_now",
    "without",
]

Place = tuple[Part, ...]


def plain(text: str) -> dict[str, Any]:
    """What a file says, as plain data.

    Raises
    ------
    ScenarioError
        With line and column, if it is no TOML.
    """
    return parse_text(text, "scenario")


def document_of(text: str) -> Any:
    """As `plain`, to be changed and written back."""
    plain(text)  # tells of faults with line and column
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise ScenarioError(Problem("scenario", "", message=str(error))) from None


def at(data: Any, place: Place) -> Any:
    """What stands at a place, or None."""
    for part in place:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def inside(document: Any, place: Place) -> Any:
    """The table at a place, made if need be."""
    table = document
    for part in place:
        if isinstance(part, str) and part not in table:
            table[part] = tomlkit.table()
        table = table[part]
    return table


def set_key(table: Any, key: str, value: Any) -> None:
    """Write a value; a key that is new goes above what stands before the next table."""
    if key in table or not isinstance(table, Table):
        table[key] = value
        return
    below = _below(table)
    table[key] = value
    table.value.body.extend(below)


def append_entry(entries: Any, **values: Any) -> None:
    """Add a table at the end of a list of tables."""
    entry: Any = tomlkit.table() if isinstance(entries, AoT) else tomlkit.inline_table()
    entry.update(values)
    if isinstance(entries, AoT) and len(entries):
        below = _below(entries[-1])
        entries[-1].add(tomlkit.nl())
        entry.value.body.extend(below)
    entries.append(entry)


def without(text: str, place: Place) -> str:
    """The text without what stands at a place."""
    document = document_of(text)
    holder, last = at(document, place[:-1]), place[-1]
    if isinstance(last, str):
        if holder is not None and last in holder:
            del holder[last]
    elif holder is not None and 0 <= last < len(holder):
        if isinstance(holder, AoT):
            return _without_entry(document, holder[last])
        del holder[last]
    return str(tomlkit.dumps(document))


def _without_entry(document: Any, entry: Any) -> str:
    """Its heading and keys are cut out of the text; deleting it would take along what is below."""
    below = _below(entry)
    mark = f"cut-{secrets.token_hex(8)}"
    for key in list(entry):
        del entry[key]
    entry.value.body.clear()
    entry[mark] = True
    entry.value.body.extend(below)
    lines = str(tomlkit.dumps(document)).splitlines(keepends=True)
    cut = next(k for k, line in enumerate(lines) if line.strip().startswith(mark))
    return "".join(lines[: cut - 1] + lines[cut + 1 :])


def _below(table: Any) -> list[Any]:
    """Comments and blank lines at the end of a table, taken out of it."""
    body = table.value.body
    if body and isinstance(body[-1][1], Table):
        return _below(body[-1][1])
    end = len(body)
    while end and body[end - 1][0] is None and not isinstance(body[end - 1][1], Null):
        end -= 1
    taken = body[end:]
    del body[end:]
    return list(taken)


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
