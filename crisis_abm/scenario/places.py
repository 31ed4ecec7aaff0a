"""Dotted paths into a scenario: ``kinds.hospital.needs.ppe.use``, ``organisations[3].capacity``.

The same paths name a place in an error, a value for ``--set`` and a range under ``[uncertain]``. A
part with a dot, bracket, quote or space is quoted: ``areas."St. Ives".name``.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

__all__ = ["APPENDED", "Part", "parse_place", "show_place", "step_into", "with_value"]

Part = str | int
APPENDED = -1
"""The number of an entry that is to come after the others, written ``events[+]``."""

_PART = re.compile(
    r"""(?P<dot>\.)?(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^.\[\]"'\s]+))"""
    r"""|\[(?P<index>\d{1,9}|\+)\]"""
)
_UNQUOTED = re.compile(r"""[^.\[\]"'\s=]+""")  # an = would end a path in PATH=VALUE


def parse_place(text: str, may_append: bool = False) -> tuple[Part, ...]:
    """The parts of a path; with `may_append` its last part may be ``[+]``, one entry more.

    Raises
    ------
    ValueError
        If `text` is not a path.

    >>> parse_place("organisations[3].capacity")
    ('organisations', 3, 'capacity')
    """
    parts: list[Part] = []
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        if not found or (bool(found["dot"]) == (not parts) and found["index"] is None):
            raise ValueError(f"{text!r} is not a path like kinds.hospital.harm")
        if found["index"] is not None:
            parts.append(APPENDED if found["index"] == "+" else int(found["index"]))
        else:
            name = next(found[g] for g in ("double", "single", "bare") if found[g] is not None)
            parts.append(name)
        at = found.end()
    if APPENDED in (parts[:-1] if may_append else parts):
        raise ValueError(f"{text!r}: an entry is added whole, as in events[+]={{…}}")
    if not parts or isinstance(parts[0], int):
        raise ValueError(f"{text!r} is not a path like kinds.hospital.harm")
    return tuple(parts)


def show_place(parts: Iterable[Part]) -> str:
    """The path as text, the inverse of `parse_place`; no path holds both kinds of quotes in a part.

    >>> show_place(("organisations", 3, "capacity"))
    'organisations[3].capacity'
    >>> print(show_place(("uncertain", 'areas."St. Ives".population')))
    uncertain.'areas."St. Ives".population'
    """
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += "[+]" if part == APPENDED else f"[{part}]"
        else:
            sign = "'" if '"' in part else '"'
            shown = part if _UNQUOTED.fullmatch(part) else f"{sign}{part}{sign}"
            text += f".{shown}" if text else shown
    return text


def step_into(annotation: Any, part: Part) -> Any:
    """The type found at `part` of something of type `annotation`, or None if there is no such part.

    >>> from crisis_abm.scenario.schema import Content
    >>> step_into(step_into(Content, "behaviour"), "hoardin") is None
    True
    """
    for kind in _alternatives(annotation):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, info in kind.model_fields.items():
                if part == (info.alias or name):
                    return (
                        Annotated[info.annotation, *info.metadata]
                        if info.metadata
                        else (info.annotation)
                    )
        elif get_origin(kind) is dict and isinstance(part, str):
            return get_args(kind)[1]
        elif get_origin(kind) is list and isinstance(part, int):
            return get_args(kind)[0]
    return None


def _alternatives(annotation: Any) -> list[Any]:
    """What a type may be: unions taken apart, annotations taken off."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [kind for arm in get_args(annotation) for kind in _alternatives(arm)]
    return [annotation]


def model_of(annotation: Any) -> type[BaseModel] | None:
    """The table type among what `annotation` may be, if any."""
    for kind in _alternatives(annotation):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def with_value(
    data: Mapping[str, Any], parts: tuple[Part, ...], value: Any, may_append: bool = False
) -> dict[str, Any]:
    """A copy of nested plain data with one value set; only what lies on the way is copied.

    A value of None removes the key; with `may_append` a list may grow by an entry at its end.

    Raises
    ------
    KeyError, IndexError
        If a list has no such entry, or something on the way holds no others.
    """
    copied = _set(data, parts, value, may_append)
    assert isinstance(copied, dict)
    return copied


def _set(inside: Any, parts: tuple[Part, ...], value: Any, may_append: bool) -> Any:
    if not parts:
        return value
    head, rest = parts[0], parts[1:]
    if isinstance(head, int):
        if not isinstance(inside, list):
            raise KeyError(head)
        entries = list(inside)
        if not rest and head == len(entries) and value is not None and may_append:
            entries.append(value)
        elif not rest and value is None:
            del entries[head]
        else:
            entries[head] = _set(inside[head], rest, value, may_append)
        return entries
    if inside is not None and not isinstance(inside, Mapping):
        raise KeyError(head)
    table = dict(inside or {})
    if not rest and value is None:
        table.pop(head, None)
    else:
        table[head] = _set(table.get(head), rest, value, may_append)
    return table
