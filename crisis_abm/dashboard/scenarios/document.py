"""What stands where in a scenario file, and where it is found again after a change.

Entries of a list have no name but their number, and numbers shift when another page adds or removes
one. So an entry is looked for by what it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crisis_abm.dashboard.scenarios.fields import sort_of
from crisis_abm.scenario.io.editor import Place, at
from crisis_abm.scenario.io.load import parse_text
from crisis_abm.scenario.paths import show_place, step_into
from crisis_abm.scenario.problems import Problem, ScenarioError
from crisis_abm.scenario.schema import Content

__all__ = ["difference", "nearest", "plain", "where_now"]


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
