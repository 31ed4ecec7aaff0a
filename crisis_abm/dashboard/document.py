"""A scenario file as a document that is changed in place: order, comments and blank lines stay.

What stands between two tables of a file belongs, for the parser, to the first; for whoever wrote
it, mostly to the second. So a new key or entry goes above it, and it stays when an entry goes.
"""

from __future__ import annotations

import secrets
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Null, Table

from crisis_abm.scenario.io.load import parse_text
from crisis_abm.scenario.paths import Part
from crisis_abm.scenario.problems import Problem, ScenarioError

__all__ = ["append_entry", "at", "document_of", "inside", "plain", "set_key", "without"]

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
