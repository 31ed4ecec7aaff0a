"""Dotted paths into a scenario: ``kinds.hospital.needs.ppe.use``, ``organisations[3].capacity``.

The same paths name a place in an error, a value for ``--set`` and a range under ``[uncertain]``. A
part with a dot, bracket, quote or space is quoted: ``areas."St. Ives".name``.

On which line of a file a path stands, a reader of TOML does not say, so this looks for headings and
keys itself. It need not be complete: for what it does not find (inside a list written over several
lines) it gives the line of what is around it.
"""

from __future__ import annotations

import re
import types
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from crisis_abm.scenario.problems import MOST_TOLD, Problem

Part = str | int
Change = tuple[tuple[Part, ...], Any]
"""A path and its new value; None takes the key away."""

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
        match = _PART.match(text, at)
        if not match or (bool(match["dot"]) == (not parts) and match["index"] is None):
            raise ValueError(f"{text!r} is not a path like kinds.hospital.harm")
        if match["index"] is not None:
            parts.append(APPENDED if match["index"] == "+" else int(match["index"]))
        else:
            name = next(match[g] for g in ("double", "single", "bare") if match[g] is not None)
            parts.append(name)
        at = match.end()
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


_HEADING = re.compile(r"^\s*(\[\[|\[)\s*([^\[\]{}=,]+?)\s*(\]\]|\])\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*="""
)

Place = tuple[Part, ...]


def line_of(text: str, place: str, changed: Collection[Place] = ()) -> int | None:
    """The line of `place` in `text`, counted from 1, or None if it is not there.

    Parameters
    ----------
    text : str
    place : str
        A dotted path; anything else has no line.
    changed : collection of tuples
        Paths that no longer have the value the text gives them.
    """
    try:
        wanted = parse_place(place)
    except ValueError:
        return None
    for parts in changed:
        list_itself = parts[:-1] if isinstance(parts[-1], int) else parts
        if wanted[: len(list_itself)] == list_itself:
            return None
    lines = _lines(text)
    for length in range(len(wanted), 0, -1):
        if wanted[:length] in lines:
            return lines[wanted[:length]]
    return None


def with_lines(
    problems: Iterable[Problem], source: str, text: str | None, changed: Collection[Place]
) -> list[Problem]:
    """Problems of a file with the lines they stand on, unless changed since it was read."""
    done: list[Problem] = []
    for problem in problems:
        if len(done) >= MOST_TOLD:
            done.append(problem)
            continue
        if text is not None and problem.line is None and problem.file == source and problem.place:
            problem = replace(problem, line=line_of(text, problem.place, changed))
        done.append(problem)
    return done


@lru_cache(maxsize=2)
def _lines(text: str) -> dict[Place, int]:
    """Line of every heading and of every key that starts a line."""
    found: dict[Place, int] = {}
    rows: dict[Place, int] = {}
    here: Place = ()
    quoted = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quoted:
            if line.count(quoted) % 2:
                quoted = ""
            continue
        heading = _HEADING.match(line)
        key = None if heading else _KEY.match(line)
        if heading and len(heading[1]) == len(heading[3]):
            here = _resolved(_parts(heading[2]), rows, heading[1] == "[[")
            found.setdefault(here, number)
        elif key:
            found.setdefault((*here, *_parts(key[1])), number)
        quoted = next((q for q in ('"""', "'''") if line.count(q) % 2), "")
    return found


def _parts(written: str) -> Place:
    try:
        return parse_place(re.sub(r"\s*\.\s*", ".", written))
    except ValueError:
        return (written,)


def _resolved(parts: Place, rows: dict[Place, int], another_row: bool) -> Place:
    """A heading's path with the current row of each list of tables it passes through."""
    here: Place = ()
    for at, part in enumerate(parts):
        here = (*here, part)
        if another_row and at == len(parts) - 1:
            rows[here] = rows.get(here, -1) + 1
            here = (*here, rows[here])
        elif here in rows:
            here = (*here, rows[here])
    return here
