"""A TOML file changed in place: order, comments and blank lines stay.

What stands between two tables of a file belongs, for the parser, to the first; for whoever wrote
it, mostly to the second. So a new key or entry goes above it, and it stays when an entry goes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, InlineTable, Null, Table

from crisis_abm.scenario.io.load import parse_text
from crisis_abm.scenario.paths import Change, Part
from crisis_abm.scenario.problems import Problem, ScenarioError

Place = tuple[Part, ...]

CANNOT = (TOMLKitError, KeyError, IndexError, TypeError, ValueError, AttributeError)
"""What the editor of TOML raises where there is nothing that could be changed."""


def document_of(text: str) -> Any:
    """A file's text as tables that can be changed and written back.

    Raises
    ------
    ScenarioError
        With line and column, if it is no TOML.
    """
    parse_text(text, "scenario")
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise ScenarioError(Problem("scenario", "", message=str(error))) from None


def edited(text: str, changes: Iterable[Change]) -> str | None:
    """The text with changes made, or None where one cannot be made in place."""
    try:
        document = tomlkit.parse(text)
        for place, value in changes:
            if value is None:
                document = _removed(document, place)
            else:
                put(document, place, value)
        return tomlkit.dumps(document)
    except CANNOT:
        return None


def at(data: Any, place: Place) -> Any:
    """What stands at a place, or None."""
    for part in place:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def inside(document: Any, place: Place) -> Any:
    """The table or list at a place, made if need be; what is only on the way gets no heading."""
    table = document
    for depth, part in enumerate(place, start=1):
        if isinstance(part, str) and part not in table:
            if isinstance(table, InlineTable):
                table[part] = tomlkit.inline_table()
            else:
                table[part] = tomlkit.table(is_super_table=depth < len(place))
        table = table[part]
    return table


def put(document: Any, place: Place, value: Any) -> None:
    """Write a value at a place, made if need be; behind the last of a list, one entry more."""
    if place[-1] == 0 and at(document, place[:-1]) is None and isinstance(value, Mapping):
        put(document, place[:-1], tomlkit.aot())
    holder, last = inside(document, place[:-1]), place[-1]
    if isinstance(last, str):
        set_key(holder, last, value)
    elif last == len(holder) and isinstance(value, Mapping):
        append_entry(holder, **value)
    elif last == len(holder):
        holder.append(value)
    else:
        holder[last] = value


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
    return str(tomlkit.dumps(_removed(document_of(text), place)))


def _removed(document: Any, place: Place) -> Any:
    holder, last = at(document, place[:-1]), place[-1]
    if isinstance(last, str):
        if holder is not None and last in holder:
            del holder[last]
    elif holder is not None and 0 <= last < len(holder):
        if isinstance(holder, AoT):
            return tomlkit.parse(_without_entry(document, holder[last]))
        del holder[last]
    return document


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
