"""Writing a scenario back: comments and order kept; and its canonical form, for the fingerprint.

Where there is no text with comments to keep, `emit` writes plain data: the editor that keeps them
(tomlkit) takes minutes for the rows of a large table, this takes a second.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crisis_abm.atomic_write import write_files
from crisis_abm.scenario.paths import Change
from crisis_abm.scenario.problems import NOTHING, Problem, ScenarioError

if TYPE_CHECKING:
    from crisis_abm.scenario.io.imports import Imported
    from crisis_abm.scenario.schema import Content


_IMPORTED = ("organisations", "links", "aid", "referral")


def canonical_hash(content: Content, imported: Imported) -> str:
    """SHA-256 (hex) of the content with every default spelt out and keys in order."""
    whole = content.model_dump(by_alias=True, exclude={"tables"})
    _forget_unused(whole)
    for name in _IMPORTED:
        rows = getattr(imported, name)
        whole[name] = whole[name] + [row.model_dump(by_alias=True) for row in rows]
    text = json.dumps(whole, sort_keys=True, default=_date_text, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _forget_unused(whole: dict[str, Any]) -> None:
    """Leave out keys that came after 0.1.0 where they say nothing: files keep their fingerprint."""
    _drop(whole, {"exceptions": {}})
    for entry in whole["groups"]:
        _drop(entry, {"total": None, "by": "population", "whole": None})
    for entry in whole["areas"].values():
        _drop(entry, {"region": None, "weights": {}})
    if whole["hazard"] is not None:
        _drop(whole["hazard"], {"per": "area"})


def _drop(entry: dict[str, Any], unused: Mapping[str, Any]) -> None:
    for key, value in unused.items():
        if entry[key] == value:
            del entry[key]


def _date_text(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a scenario holds no {type(value).__name__}")


def written(
    text: str | None, data: dict[str, Any], changes: Sequence[Change], imported: Imported | None
) -> str:
    """The TOML of a scenario.

    Parameters
    ----------
    text : str or None
        What it was read from; None if it never was a file.
    data : dict
        Its plain data as they are now.
    changes : sequence of (path, value)
        What was changed since `text` was read.
    imported : Imported or None
        Rows of tables to write into it in their place; None keeps `[tables]` as it is.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    if imported is not None and "tables" in data:
        found = {name: [_row(row) for row in getattr(imported, name)] for name in _IMPORTED}
        rows = {name: entries for name, entries in found.items() if entries}
        changes = [*changes, (("tables",), None)]
        own = {key: value for key, value in data.items() if key != "tables"}
        data = own | {name: [*data.get(name, ()), *entries] for name, entries in rows.items()}
    if text is not None:
        from crisis_abm.scenario.io.editor import edited

        in_place = edited(text, changes) if changes else text
        written_out = {**data, **{n: data[n][: -len(entries)] for n, entries in rows.items()}}
        written_out = {key: value for key, value in written_out.items() if value or key not in rows}
        apart = all(n not in written_out or f"[[{n}]]" in text for n in rows)
        if in_place is not None and apart and _says(in_place, written_out):
            return f"{in_place}\n{emit(rows)}" if rows else in_place
    return emit(data)


def _row(row: Any) -> dict[str, Any]:
    row_values: dict[str, Any] = row.model_dump(
        by_alias=True, exclude_defaults=True, exclude_none=True
    )
    return row_values


def _says(text: str, data: dict[str, Any]) -> bool:
    """Whether `text` reads as `data`: tomlkit is not trusted with tables out of order.

    A list of tables from which the last one was taken is no longer there.
    """
    try:
        reads, wanted = _dates_as_text(tomllib.loads(text)), _dates_as_text(data)
        return all(reads.get(key, []) == wanted.get(key, []) for key in reads.keys() | wanted)
    except (ValueError, RecursionError):
        return False


def _dates_as_text(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key: _dates_as_text(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_dates_as_text(value) for value in data]
    return data.isoformat() if isinstance(data, date) else data


def save_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all.

    Raises
    ------
    ScenarioError
        In one line, if the folder or disk does not take it.
    """
    try:
        write_files({path: text.encode()})
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = "choose a folder that can be written, with space on its disk"
        problem = Problem(str(path), "", NOTHING, f"cannot be written ({reason})", remedy)
        raise ScenarioError(problem) from None


_BARE = re.compile(r"[A-Za-z0-9_-]+")


def emit(data: Mapping[str, Any], path: Sequence[str] = ()) -> str:
    """TOML for a table at `path`: its own keys first, then tables and lists of tables.

    >>> print(emit({"events": [{"start": 3}], "title": "Flood"}), end="")
    title = "Flood"
    <BLANKLINE>
    [[events]]
    start = 3
    """
    return "".join(_lines(data, tuple(path))).lstrip("\n")


def inline(value: Any) -> str:
    """A value as it stands behind an equals sign, in one line.

    >>> inline({"title": "Flood", "start": 3})
    '{ title = "Flood", start = 3 }'
    """
    return _value(value)


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    for key, value in table.items():
        if not _stands_apart(value):
            yield f"{_key(key)} = {_value(value)}\n"
    for key, value in table.items():
        if not _stands_apart(value):
            continue
        inner = (*path, key)
        heading = ".".join(map(_key, inner))
        if isinstance(value, Mapping):
            if not value or any(not _stands_apart(v) for v in value.values()):
                yield f"\n[{heading}]\n"
            yield from _lines(value, inner)
        else:
            for entry in value:
                yield f"\n[[{heading}]]\n"
                yield from _lines(entry, inner)


def _stands_apart(value: Any) -> bool:
    """Whether a value is written under a heading of its own."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(entry, Mapping) for entry in value)
    return isinstance(value, Mapping)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    raise TypeError(f"TOML holds no {type(value).__name__}")
