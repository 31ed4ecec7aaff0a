"""Changing single values of a scenario by path, as ``--set`` and replicates do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crisis_abm.scenario.places import (
    APPENDED,
    Part,
    parse_place,
    show_place,
    step_into,
    with_value,
)
from crisis_abm.scenario.problems import Problem, ScenarioError, nearest
from crisis_abm.scenario.recipes import builtin_resources
from crisis_abm.scenario.schema import Content
from crisis_abm.scenario.schema_things import Organisation
from crisis_abm.scenario.shortened import LeftOut, behind_the_end, ranges_moved

if TYPE_CHECKING:
    from crisis_abm.scenario.scenario import Scenario

__all__ = ["Change", "apply", "plain", "renamed", "resolve"]

MOST_KNOWN = 5000  # organisations among which the nearest name is looked for
Change = tuple[tuple[Part, ...], Any]
"""A path and its new value; None takes the key away."""


def plain(data: Any) -> Any:
    """`data` as plain dicts, lists and scalars, with nothing shared."""
    if isinstance(data, Mapping):
        return {key: plain(value) for key, value in data.items() if value is not None}
    if isinstance(data, list | tuple):
        return [plain(value) for value in data]
    if hasattr(data, "item") and getattr(data, "shape", None) == ():  # a numpy scalar
        return data.item()
    return data


def renamed(data: Any, names: Mapping[str, str], place: tuple[Part, ...]) -> list[Change]:
    """The changes that put other names in the place of texts, at `place` and inside it.

    >>> renamed({"graph": "a.graphml", "links": "b.csv"}, {"a.graphml": "c.graphml"}, ("tables",))
    [(('tables', 'graph'), 'c.graphml')]
    """
    if isinstance(data, str):
        return [(place, names[data])] if data in names else []
    inside = (
        data.items()
        if isinstance(data, Mapping)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    return [one for part, value in inside for one in renamed(value, names, (*place, part))]


def resolve(path: str, scenario: Scenario, source: str) -> tuple[Part, ...]:
    """The parts of a path, organisations found by their id.

    Raises
    ------
    ScenarioError
        If a scenario has no such place.
    """
    try:
        parts = parse_place(path, may_append=True)
    except ValueError as error:
        remedy = "write keys with dots between them"
        raise ScenarioError(Problem(source, path, message=str(error), remedy=remedy)) from None
    if parts[0] == "organisations" and len(parts) > 1 and isinstance(parts[1], str):
        parts = _organisation(parts, scenario, source, path)
    annotation: Any = Content
    for at, part in enumerate(parts):
        before = annotation
        annotation = step_into(annotation, part)
        if annotation is None:
            raise ScenarioError(_no_place(parts, at, before, source, path))
    known = scenario.resources_in_play()
    if parts[0] == "resources" and len(parts) > 2 and parts[1] not in known:
        message = f'"{parts[1]}" is no resource of this scenario'
        remedy = nearest(str(parts[1]), known, "resources")
        raise ScenarioError(Problem(source, path, message=message, remedy=remedy))
    return parts


def _organisation(
    parts: tuple[Part, ...], scenario: Scenario, source: str, path: str
) -> tuple[Part, ...]:
    wanted, own = parts[1], Organisation.model_fields
    for row, entry in enumerate(scenario.organisations):
        if entry.id == wanted:
            if len(parts) < 3 or parts[2] in own:
                return ("organisations", row, *parts[2:])
            return ("exceptions", *parts[1:])
    known = scenario.members().ids
    if wanted in known:  # of a group or a table
        return ("exceptions", *parts[1:])
    message = f'there is no organisation called "{wanted}"'
    remedy = nearest(str(wanted), list(known[:MOST_KNOWN]), "organisations")
    raise ScenarioError(Problem(source, path, message=message, remedy=remedy))


def _at_the_end(
    data: dict[str, Any], parts: tuple[Part, ...]
) -> tuple[dict[str, Any], tuple[Part, ...]]:
    """Data with a list there to be added to, and the place behind its last entry."""
    inside: Any = data
    for part in parts[:-1]:
        inside = inside.get(part) if isinstance(inside, Mapping) else inside[part]
        if inside is None:
            return with_value(data, parts[:-1], []), (*parts[:-1], 0)
    return data, (*parts[:-1], len(inside))


def _no_place(parts: tuple[Part, ...], at: int, annotation: Any, source: str, path: str) -> Problem:
    from crisis_abm.scenario.faults import keys_of
    from crisis_abm.scenario.places import model_of

    model = model_of(annotation)
    where = show_place(parts[:at]) or "a scenario"
    message = f'{where} has no "{parts[at]}"'
    if model is None:
        return Problem(source, path, message=message, remedy="shorten the path")
    return Problem(
        source, path, message=message, remedy=nearest(str(parts[at]), keys_of(model), "it has")
    )


def apply(
    data: dict[str, Any], wanted: Mapping[str, Any], scenario: Scenario, source: str
) -> tuple[dict[str, Any], tuple[Change, ...], list[LeftOut]]:
    """`data` with the changes wanted, the changes made to get there, and what they leave out.

    Raises
    ------
    ScenarioError
        With one problem for each path that does not exist.
    """
    problems: list[Problem] = []
    made: list[Change] = []
    for path, value in wanted.items():
        try:
            parts = resolve(path, scenario, source)
            value = plain(value)
            if parts[0] == "resources" and len(parts) > 1 and data.get("resources") is None:
                everything: dict[str, Any] = {
                    name: {} for name in builtin_resources()
                }  # or the rest were dropped
                data = with_value(data, ("resources",), everything)
                made.append((("resources",), everything))
            appended = parts[-1] == APPENDED
            if appended:
                data, parts = _at_the_end(data, parts)
            data = with_value(data, parts, value, appended)
            made.append((parts, value))
        except ScenarioError as error:
            problems += error.problems
        except (KeyError, IndexError):
            message = "there is nothing there to change"
            remedy = "entries of a list count from 0"
            problems.append(Problem(source, path, value, message, remedy))
    if problems:
        raise ScenarioError(problems)
    said = {parts[:-1] if parts[-1] == "start" else parts for parts, _ in made}
    late = behind_the_end(scenario, data.get("time") or {}, said, data)
    gone: list[Change] = [(one.parts, None) for one in reversed(late)]  # the last ones first
    for parts, value in [*gone, *ranges_moved(data.get("uncertain"), late)]:
        data = with_value(data, parts, value)
        made.append((parts, value))
    return data, tuple(made), late
