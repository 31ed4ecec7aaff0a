"""Paths of an experiment: whether a scenario has such a place, and what it takes there.

A scenario may be given keys that it does not have, for instance a kind of its own. An experiment
may not: a misspelt kind would be varied a thousand times to no effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.scenario.overrides import LeftOut, resolve
from crisis_abm.scenario.paths import Part, model_of, parse_place, show_place, step_into
from crisis_abm.scenario.problems import nearest
from crisis_abm.scenario.pydantic_errors import keys_of
from crisis_abm.scenario.schema import Content

__all__ = ["NoPlace", "find", "flattened", "overlap", "place_of", "takes_whole"]
__all__ += ["without_effect"]

Parts = tuple[Part, ...]
TOLD = ("title", "description", "harm_unit", "caveat", "name", "why", "announcement")
"""Keys of texts for people."""


class NoPlace(LookupError):
    """There is no such place; `message` says what is wrong, `remedy` what to write instead."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


def flattened(table: Mapping[str, Any], ends: Iterable[str] | None = None) -> list[tuple[str, Any]]:
    """Paths with their entries, whether a path is quoted or spelt as tables in tables.

    Parameters
    ----------
    table : mapping
        One section of the file.
    ends : iterable of str, optional
        A table with one of these keys is an entry; without them only what is no table is.

    >>> flattened({"behaviour": {"hoarding": 2}, "time.steps": 100})
    [('behaviour.hoarding', 2), ('time.steps', 100)]
    """
    known = frozenset(ends or ())
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        if isinstance(value, Mapping) and value and not known & value.keys():
            if not known or all(isinstance(inner, Mapping | list) for inner in value.values()):
                found += [(f"{key}.{path}", inner) for path, inner in flattened(value, ends)]
                continue
        found.append((key, value))
    return found


def place_of(section: str, name: str) -> str:
    """Where a factor stands in the file: ``uncertainties."time.steps"``."""
    return show_place((section, name))


def find(path: str, scenario: Scenario, left_out: Sequence[LeftOut] = ()) -> Parts:
    """The parts of a path that the scenario has, organisations found by their id.

    Parameters
    ----------
    path : str
    scenario : Scenario
    left_out : sequence of LeftOut
        What constants have taken away from it: the path is written as if it were still there.

    Raises
    ------
    NoPlace
    """
    try:
        written = parse_place(path)
    except ValueError:
        raise NoPlace("is no path", 'write keys with dots between, like "kinds.a.b"') from None
    _not_left_out(written, left_out, scenario)
    annotation: Any = Content
    for at, part in enumerate(written):
        inner = step_into(annotation, part)
        choice = _choice(written[:at], annotation, scenario)
        if isinstance(part, str) and choice is not None and (inner is None or part not in choice):
            raise _misspelt(written, at, choice)
        if written[0] == "organisations" and at == 1:
            break  # by id, which `resolve` knows
        if inner is None:
            raise NoPlace("there is no such key in the scenario", "shorten the path")
        annotation = inner
    try:
        parts = resolve(path, scenario, scenario.source)
    except ScenarioError as error:
        problem = error.problems[0]
        raise NoPlace(problem.message, problem.remedy) from None
    _there(parts, scenario)
    return parts


def _not_left_out(written: Parts, left_out: Sequence[LeftOut], scenario: Scenario) -> None:
    """Refuse what shortening has taken away, and what has another number since."""
    steps = f"constants.time.steps = {scenario.time.steps}"
    for one in left_out:
        place, number = one.parts[:-1], one.parts[-1]
        own = (
            written[len(place)]
            if len(written) > len(place) and written[: len(place)] == place
            else None
        )
        if own == number:
            raise NoPlace(
                f"is left out with {one}: the run ends before it",
                f"lengthen {steps}, or set an earlier {show_place((*one.parts, 'start'))} there",
            )
        if isinstance(own, int) and isinstance(number, int) and own > number:
            raise NoPlace(
                f"has another number once {one} is left out, before which the run ends",
                f"write that behind the others in the scenario, or lengthen {steps}",
            )


def _there(parts: Parts, scenario: Scenario) -> None:
    """See that every list on the way has as many entries as the path counts on."""
    found: Any = scenario
    for at, part in enumerate(parts):
        if isinstance(part, int):
            entries = len(found) if isinstance(found, list) else 0
            if part >= entries:
                remedy = f"{show_place(parts[:at])} has {entries}, counted from 0"
                raise NoPlace("there is no such entry in the scenario", remedy)
            found = found[part]
        elif isinstance(found, Mapping):
            found = found.get(part)
        elif not isinstance(found, BaseModel):
            return  # a table may stand here, but does not: told when it is set
        else:
            names = {info.alias or name: name for name, info in type(found).model_fields.items()}
            found = getattr(found, names[part])
        if found is None:
            return


def _misspelt(written: Parts, at: int, choice: list[str]) -> NoPlace:
    message = "there is no such key in the scenario"
    close = get_close_matches(str(written[at]), choice, n=1, cutoff=0.6)
    if close:
        meant = show_place((*written[:at], close[0], *written[at + 1 :]))
        return NoPlace(message, f'did you mean "{meant}"?')
    where = show_place(written[:at]) or "a scenario"
    return NoPlace(message, nearest(str(written[at]), choice, f"{where} has"))


def _choice(before: Parts, annotation: Any, scenario: Scenario) -> list[str] | None:
    """The keys that there are behind `before`; None if what is there has no keys."""
    model = model_of(annotation)
    if model is not None:
        return keys_of(model)
    match before:
        case ("kinds",):
            return sorted({kind for kind, _ in scenario.census()} | set(scenario.kinds))
        case ("areas",):
            return list(scenario.areas_in_play())
        case ("resources",):
            return list(scenario.resources_in_play())
        case ("kinds", str() as kind, "needs" | "makes" as block):
            return list(getattr(scenario.recipe(kind), block))
    if before in (("policies",), ("uncertain",)):
        return list(getattr(scenario, str(before[0])))
    return None


def without_effect(parts: Parts) -> str:
    """Why nothing that is reckoned can differ by what stands at a place; empty if something can."""
    annotation: Any = Content
    for part in parts[:-1]:
        annotation = step_into(annotation, part)
    if parts[0] == "record":
        return "decides what a run keeps, not what happens in it"
    named = parts[-1] in TOLD or (parts[0] == "resources" and parts[-1] == "unit")
    if named and model_of(annotation) is not None:
        return "is a text for people, which no run can differ by"
    return ""


def takes_whole(parts: Parts) -> bool:
    """Whether a whole number is wanted at a place (a count, a tick, a number of days)."""
    annotation: Any = Content
    for part in parts:
        annotation = step_into(annotation, part)
    return _holds_int(annotation)


def _holds_int(annotation: Any) -> bool:
    return annotation is int or any(
        _holds_int(inner)
        for inner in get_args(annotation)
        if not (hasattr(annotation, "__origin__") and annotation.__origin__ in (dict, list))
    )


def overlap(first: Parts, second: Parts) -> bool:
    """Whether one place is the other, or lies inside it."""
    shorter = min(len(first), len(second))
    return first[:shorter] == second[:shorter]
