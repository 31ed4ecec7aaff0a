"""Checks of the hazard, and of the ranges under `[uncertain]`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from crisis_abm.scenario.checks.links import kinds_that_stay
from crisis_abm.scenario.overrides import resolve, value_at
from crisis_abm.scenario.paths import Part, show_place, step_into
from crisis_abm.scenario.population import group_counts, group_parts
from crisis_abm.scenario.problems import (
    Problem,
    ScenarioError,
    nearest,
    nothing_at,
    problem_in,
    unknown_area,
    unknown_resource,
)
from crisis_abm.scenario.pydantic_errors import faults
from crisis_abm.scenario.schema import Content, UncertainRange
from crisis_abm.scenario.schema.shocks import Epidemic

if TYPE_CHECKING:
    from crisis_abm.scenario.scenario import Scenario


def hazard(scenario: Scenario) -> Iterator[Problem]:
    """Faults of the epidemic that can be told from its own keys and names."""
    epidemic = scenario.hazard
    if epidemic is None:
        return
    mixing = epidemic.mixing
    total = mixing.own + mixing.area + mixing.everywhere
    if abs(total - 1) > 1e-6:
        message, remedy = f"sums to {total:g}", "let own, area and everywhere sum to 1"
        yield nothing_at(scenario, "hazard.mixing", message, remedy)
    yield from _kinds(scenario, "hazard.communities", epidemic.communities)
    yield from _kinds(scenario, "hazard.receivers", epidemic.receivers)
    if isinstance(epidemic.infected, dict):
        for area in epidemic.infected:
            yield from unknown_area(scenario, show_place(("hazard", "infected", area)), area)
    residents = epidemic.residents
    if residents is not None:
        yield from _kinds(scenario, "hazard.residents.kinds", residents.kinds)
        for key in ("protection", "tests"):
            effect = getattr(residents, key)
            if effect is not None:
                place = f"hazard.residents.{key}.resource"
                yield from unknown_resource(scenario, place, effect.resource)


def _kinds(scenario: Scenario, place: str, kinds: list[str]) -> Iterator[Problem]:
    for kind in kinds:
        if kind not in scenario.known_kinds():
            remedy = nearest(kind, scenario.known_kinds(), "kinds")
            yield problem_in(scenario, place, kind, "is no kind", remedy)


def whole_hazard(scenario: Scenario) -> Iterator[Problem]:
    """Faults of who is there for the epidemic: nobody to infect, nobody to take the ill in."""
    epidemic = scenario.hazard
    if epidemic is None:
        return
    for key in ("communities", "receivers"):
        kinds = getattr(epidemic, key)
        if set(kinds) <= scenario.known_kinds() and not scenario.count_of(kinds):
            message = "there are no organisations of these kinds"
            remedy = "add some, or name other kinds"
            yield problem_in(scenario, f"hazard.{key}", ", ".join(kinds), message, remedy)
    people = _people(scenario, epidemic)
    if scenario.count_of(epidemic.communities) and not sum(people.values()):
        message = "has no population to infect"
        remedy = "give the groups of this kind a population"
        place, kinds = "hazard.communities", ", ".join(epidemic.communities)
        yield problem_in(scenario, place, kinds, message, remedy)
    else:
        yield from _infected(scenario, epidemic, people)
    if epidemic.stay is None:
        for kind in epidemic.receivers:
            recipe = scenario.recipes().get(kind)
            some_stay = (
                recipe is None or recipe.stay is not None or kind in kinds_that_stay(scenario)
            )
            if not some_stay:
                message = "does not say how long people stay there"
                remedy = f"add hazard.stay, or stay under [kinds.{kind}]"
                yield problem_in(scenario, "hazard.receivers", kind, message, remedy)
    residents = epidemic.residents
    if residents is not None and set(residents.kinds) <= scenario.known_kinds():
        if not scenario.count_of(residents.kinds):
            message, remedy = "there are no organisations of these kinds", "add some"
            kinds = ", ".join(residents.kinds)
            yield problem_in(scenario, "hazard.residents.kinds", kinds, message, remedy)
        elif residents.protection is not None:
            yield from _unused(scenario, residents.kinds, residents.protection.resource)


def _unused(scenario: Scenario, kinds: list[str], resource: str) -> Iterator[Problem]:
    for kind in kinds:
        recipe = scenario.recipes().get(kind)
        if (
            recipe is not None
            and resource in scenario.resources_in_play()
            and resource not in recipe.needs
        ):
            message = f"protects nobody: {kind} does not need it"
            remedy = f"add [kinds.{kind}.needs.{resource}] (criticality 0 will do)"
            place = "hazard.residents.protection.resource"
            yield problem_in(scenario, place, resource, message, remedy)


def _people(scenario: Scenario, epidemic: Epidemic) -> dict[str, float]:
    """Population of the communities by area, groups at their mean size."""
    people = dict.fromkeys(scenario.areas_in_play(), 0.0)
    usual = {
        kind: recipe.population
        for kind, recipe in scenario.recipes().items()
        if kind in epidemic.communities
    }
    for entry in scenario.all_organisations():
        if entry.kind in usual:
            area = entry.area or scenario.only_area or ""
            each = usual[entry.kind] if entry.population is None else entry.population
            people[area] = people.get(area, 0.0) + each
    for group in scenario.groups:
        if group.kind in usual:
            each = usual[group.kind] if group.population is None else group.population
            areas = scenario.areas_in_play()
            parts = group_parts(group, areas).get("population")
            for area, count in group_counts(group, areas).items():
                here = each * count if parts is None else parts.get(area, 0.0)
                people[area] = people.get(area, 0.0) + here
    return people


def _infected(
    scenario: Scenario, epidemic: Epidemic, people: dict[str, float]
) -> Iterator[Problem]:
    infected = epidemic.infected
    if epidemic.per == "scenario":
        yield from _infected_in_all(scenario, infected, sum(people.values()))
        return
    by_area = infected if isinstance(infected, dict) else dict.fromkeys(people, infected)
    for area, count in by_area.items():
        living = people.get(area, 0.0)
        if count > living and (living or isinstance(infected, dict)) and area in people:
            message = f"are more than the {living:g} people of {area}"
            yield problem_in(scenario, "hazard.infected", count, message, "write fewer")


def _infected_in_all(scenario: Scenario, infected: Any, living: float) -> Iterator[Problem]:
    if isinstance(infected, dict):
        message = "is by area, but hazard.per says that it is of the whole scenario"
        remedy = 'write one number, or per = "area"'
        yield problem_in(scenario, "hazard.infected", infected, message, remedy)
    elif infected > living:
        message = f"are more than the {living:g} people there are"
        yield problem_in(scenario, "hazard.infected", infected, message, "write fewer")


def hazard_warnings(scenario: Scenario) -> Iterator[str]:
    """Areas with people but nobody to take in their severe cases."""
    epidemic = scenario.hazard
    if epidemic is None or not epidemic.severe:
        return
    for area, living in sorted(_people(scenario, epidemic).items()):
        if living and not any(scenario.census()[kind, area] for kind in epidemic.receivers):
            yield (
                f"hazard.receivers: {area} has nobody of kind {', '.join(epidemic.receivers)} "
                "to take in its severe cases"
            )


def uncertain(scenario: Scenario) -> Iterator[Problem]:
    """Ranges for places that do not exist or hold no number, or that are out of order."""
    for path, entry in scenario.uncertain.items():
        place = show_place(("uncertain", path))
        if entry.low > entry.high:
            message = f"its low {entry.low:g} is above its high {entry.high:g}"
            yield nothing_at(scenario, place, message, "put the smaller first")
        if entry.distribution == "loguniform" and entry.low <= 0:
            message, remedy = "must be above 0 in a loguniform range", "write a small number"
            yield problem_in(scenario, f"{place}.low", entry.low, message, remedy)
        yield from _path(scenario, path, place, entry)


def _path(scenario: Scenario, path: str, place: str, entry: UncertainRange) -> Iterator[Problem]:
    try:
        parts = resolve(path, scenario, scenario.source)
        value = value_at(scenario, path)
    except ScenarioError as error:
        for problem in error.problems:
            yield nothing_at(scenario, place, problem.message, problem.remedy)
        return
    missing = _no_entry(scenario, parts)
    if missing is not None:
        yield nothing_at(scenario, place, *missing)
        return
    if parts[0] == "uncertain" or (value is None and not _optional_number(parts, entry)):
        remedy = "name a figure, as in kinds.hospital.harm"
        yield nothing_at(scenario, place, "is not a place that holds a number", remedy)
        return
    for key in ("low", "high"):
        bound = getattr(entry, key)
        message = _outside(parts, bound, isinstance(value, int))
        if message is not None:
            remedy = f"choose a range in which {path} may lie"
            yield problem_in(scenario, f"{place}.{key}", bound, message, remedy)


def _no_entry(scenario: Scenario, parts: tuple[Part, ...]) -> tuple[str, str] | None:
    """What is wrong with a path whose table or list has no such entry."""
    head, name = parts[0], parts[1] if len(parts) > 1 else None
    known: dict[Any, Any] = {
        "kinds": scenario.known_kinds(),
        "resources": scenario.resources_in_play(),
        "areas": scenario.areas_in_play(),
        "policies": scenario.policies,
    }
    if head in known and name not in known[head]:
        return f'{head} has no "{name}"', nearest(str(name), known[head], f"{head}")
    if isinstance(name, int) and name >= len(getattr(scenario, str(head))):
        count = len(getattr(scenario, str(head)))
        return f"there are only {count} {head}", "entries of a list count from 0"
    if head == "kinds" and len(parts) > 3 and parts[2] in ("needs", "makes"):
        recipe = scenario.recipes().get(str(name))
        have = getattr(recipe, str(parts[2])) if recipe is not None else {}
        if recipe is not None and parts[3] not in have:
            message = f'{name} {parts[2]} no "{parts[3]}"'
            return message, nearest(str(parts[3]), have, f"it {parts[2]}")
    return None


def _optional_number(parts: tuple[Part, ...], entry: UncertainRange) -> bool:
    """Whether a figure that nobody has written so far could be written there."""
    return not _outside(parts, entry.low, False) or not _outside(parts, entry.low, True)


def _outside(parts: tuple[Part, ...], value: float, whole: bool) -> str | None:
    """Why a value could not stand where a range says it may."""
    try:
        _reader(parts).validate_python(int(value + 0.5) if whole else value)
    except ValidationError as error:
        return faults(error, "")[0].message
    return None


@lru_cache(maxsize=512)
def _reader(parts: tuple[Part, ...]) -> TypeAdapter[Any]:
    annotation: Any = Content
    for part in parts:
        annotation = step_into(annotation, part)
    return TypeAdapter(annotation)
