"""Values of a scenario set by path, as ``--set`` does, and as replicates draw what is uncertain.

What begins behind the end of a run that is shortened is left out, and what is left out is said by
name: without its shock a crisis is another one. A draw under `[uncertain]` is the same for every
policy.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from crisis_abm.scenario.paths import (
    APPENDED,
    Change,
    Part,
    parse_place,
    show_place,
    step_into,
)
from crisis_abm.scenario.problems import Problem, ScenarioError, nearest
from crisis_abm.scenario.recipes import builtin_resources
from crisis_abm.scenario.schema import Content, Time, UncertainRange
from crisis_abm.scenario.schema.entries import Organisation

if TYPE_CHECKING:
    from crisis_abm.scenario.scenario import Scenario


MOST_KNOWN = 5000  # organisations among which the nearest name is looked for


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
    from crisis_abm.scenario.paths import model_of
    from crisis_abm.scenario.pydantic_errors import keys_of

    model = model_of(annotation)
    where = show_place(parts[:at]) or "a scenario"
    message = f'{where} has no "{parts[at]}"'
    if model is None:
        return Problem(source, path, message=message, remedy="shorten the path")
    return Problem(
        source, path, message=message, remedy=nearest(str(parts[at]), keys_of(model), "it has")
    )


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


Parts = tuple[Part, ...]


@dataclass(frozen=True)
class LeftOut:
    """An event or a policy change that a run ends before.

    Attributes
    ----------
    parts : tuple of (str or int)
        Its place, counted as before anything was left out.
    title : str
        What it is called, if it is.
    start : int or date
    """

    parts: Parts
    title: str
    start: int | date

    def __str__(self) -> str:
        called = f" “{self.title}”" if self.title else ""
        return f"{show_place(self.parts)}{called} (start {self.start})"


def behind_the_end(
    scenario: Scenario, time: Any, said: Collection[Parts] = (), data: Any = None
) -> list[LeftOut]:
    """Events and policy changes that a shortened run does not reach.

    Parameters
    ----------
    scenario : Scenario
        Before it is shortened.
    time : mapping
        What stands under `[time]` then; nothing is left out if that is wrong, or no shorter.
    said : collection of tuple
        Places that are written anew, or the start of what stands there: who names a start wants it
        in the run, so an entry at one of these or inside it is left to the checks.
    data : mapping, optional
        The changed content: a list with other entries than before is taken as it is.
    """
    try:
        short = Time.model_validate(time)
    except ValidationError:
        return []  # told by its own check
    if short.steps >= scenario.time.steps:
        return []
    lists: list[tuple[Parts, Any]] = [(("events",), scenario.events)]
    lists += [
        (("policies", name, "changes"), policy.changes)
        for name, policy in scenario.policies.items()
    ]
    return [
        LeftOut((*place, row), getattr(entry, "title", ""), entry.start)
        for place, entries in lists
        if data is None or _length(data, place) == len(entries)
        for row, entry in enumerate(entries)
        if entry.start is not None
        and not {(*place, row)[:length] for length in range(1, len(place) + 2)} & set(said)
        and _reached(entry.start, short) >= short.steps
    ]


def _length(data: Any, place: Parts) -> int | None:
    for part in place:
        data = data.get(part) if isinstance(data, Mapping) else None
    return len(data) if isinstance(data, list) else None


def _reached(start: int | date, time: Time) -> int:
    """The tick of a start; 0 for a date without a calendar, which its own check tells."""
    return 0 if isinstance(start, date) and time.start is None else time.tick_of(start)


def ranges_moved(
    ranges: Mapping[str, Any] | None, late: Collection[LeftOut]
) -> list[tuple[Parts, Any]]:
    """Ranges of events left out go with them; those of events behind these move up.

    Returns
    -------
    list of (tuple, object)
        Places under `[uncertain]` with what then stands there; None for nothing.
    """
    if not isinstance(ranges, Mapping):
        return []  # told by its own check, if it is wrong
    gone = {one.parts[1] for one in late if one.parts[0] == "events"}
    away: list[tuple[Parts, Any]] = []
    moved: list[tuple[Parts, Any]] = []
    for path, entry in ranges.items():
        try:
            parts = parse_place(path)
        except ValueError:
            continue  # told by its own check
        number = parts[1] if parts[0] == "events" and len(parts) > 1 else None
        if not isinstance(number, int):
            continue
        before = sum(isinstance(row, int) and row < number for row in gone)
        if number not in gone and not before:
            continue
        away.append((("uncertain", path), None))
        if number not in gone:
            own = show_place(("events", number - before, *parts[2:]))
            moved.append((("uncertain", own), entry))
    return [*away, *moved]


def draw(scenario: Scenario, seed: int, replicate: int) -> dict[str, float]:
    """One value for each path under `[uncertain]`.

    Each is one uniform of stream ``uncertain`` under the path's own name, at tick `replicate`, put
    through the inverse of the distribution: neither the policy nor another line of `[uncertain]`
    changes it. Where the figure is a whole number, so is the draw.

    Returns
    -------
    dict of str to float
        Ready for `Scenario.with_`.
    """
    from crisis_abm.streams import UNCERTAIN, entity_key, uniform

    values: dict[str, float] = {}
    for path in sorted(scenario.uncertain):
        entry = scenario.uncertain[path]
        present = value_at(scenario, path)
        u = float(uniform(seed, UNCERTAIN, entity_key(path), replicate, 0))
        value = quantile(entry, u, present)
        whole = isinstance(present, int) and not isinstance(present, bool)
        values[path] = math.floor(value + 0.5) if whole else value
    return values


def quantile(entry: UncertainRange, u: float, present: float | None = None) -> float:
    """The value below which a part `u` of the distribution lies.

    Parameters
    ----------
    entry : UncertainRange
    u : float
        In [0, 1).
    present : float, optional
        The scenario's own value: the peak of a triangular distribution if it lies in the range,
        which otherwise peaks in the middle.
    """
    low, high = entry.low, entry.high
    if high <= low:
        return low
    if entry.distribution == "loguniform":
        value = low * math.exp(u * math.log(high / low))
    elif entry.distribution == "triangular":
        inside = present is not None and low <= present <= high
        peak = float(present) if inside and present is not None else (low + high) / 2
        width, rise = high - low, peak - low
        if u * width < rise:
            value = low + math.sqrt(u * width * rise)
        else:
            value = high - math.sqrt((1 - u) * width * (high - peak))
    else:
        value = low + u * (high - low)
    return min(max(value, low), high)


def value_at(scenario: Scenario, path: str) -> float | None:
    """The figure at a path as it is now, built-in figures included; None if there is none.

    Raises
    ------
    ScenarioError
        If a scenario has no such place.
    """
    parts = resolve(path, scenario, scenario.source)
    value: Any = scenario
    for part in parts:
        value = _inside(value, part)
        if value is None:
            break
    if value is None and parts[0] == "kinds" and len(parts) > 2:
        value = _of_recipe(scenario, parts)
    if value is None and parts[0] == "resources" and len(parts) == 3:
        resource = scenario.resources_in_play().get(str(parts[1]))
        value = getattr(resource, str(parts[2]), None)
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return value if good else None


def ranges_of(scenario: Scenario, paths: Iterable[str]) -> list[str]:
    """The paths under `[uncertain]` that lie at, or inside, any of these, however they are written.

    What is set is uncertain no more. A path that a scenario does not have is left to `with_`.
    """
    if not scenario.uncertain:
        return []
    places = {_place(path, scenario) for path in paths} - {()}
    settled = []
    for path in scenario.uncertain:
        parts = _place(path, scenario)
        if any(parts[:length] in places for length in range(1, len(parts) + 1)):
            settled.append(path)
    return settled


def _place(path: str, scenario: Scenario) -> tuple[str | int, ...]:
    try:
        return resolve(path, scenario, scenario.source)
    except ScenarioError:
        return ()


def _of_recipe(scenario: Scenario, parts: tuple[str | int, ...]) -> Any:
    try:
        value: Any = scenario.recipe(str(parts[1]))
    except (KeyError, ValueError, ScenarioError):
        return None
    for part in parts[2:]:
        value = value.get(part) if hasattr(value, "get") else getattr(value, str(part), None)
    return value


def _inside(holder: Any, part: str | int) -> Any:
    if isinstance(holder, dict):
        return holder.get(part)
    if isinstance(holder, list):
        return holder[part] if isinstance(part, int) and part < len(holder) else None
    if isinstance(holder, BaseModel) and isinstance(part, str):
        for name, info in type(holder).model_fields.items():
            if part == (info.alias or name):
                return getattr(holder, name)
    return None
