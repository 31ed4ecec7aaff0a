"""On which line of a scenario file something stands.

A reader of TOML gives values without lines, so this looks for headings and keys itself. It need not
be complete: for what it does not find (inside a list written over several lines) it gives the line
of what is around it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import lru_cache

from crisis_abm.scenario.places import Part, parse_place
from crisis_abm.scenario.problems import MOST_TOLD, Problem

__all__ = ["line_of", "with_lines"]

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
