"""Checks of resources, kinds, areas and organisations: names, ids, recipes, members."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from crisis_abm.scenario.paths import show_place
from crisis_abm.scenario.population import group_areas
from crisis_abm.scenario.problems import (
    NOTHING,
    Problem,
    nearest,
    nothing_at,
    problem_in,
    problem_of_entry,
    unknown_area,
    unknown_resource,
)
from crisis_abm.scenario.recipes import builtin_kinds, builtin_resources, kind_chain
from crisis_abm.scenario.schema.entries import Group, KindEntry

if TYPE_CHECKING:
    from crisis_abm.scenario.scenario import Scenario


def things(scenario: Scenario) -> Iterator[Problem]:
    """Faults that can be told from each entry alone."""
    yield from _calendar(scenario)
    yield from _resources(scenario)
    yield from _kinds(scenario)
    yield from _organisations(scenario)
    yield from _groups(scenario)
    yield from _ids(scenario)


def whole_things(scenario: Scenario) -> Iterator[Problem]:
    """Faults of what is not there, told only from a file that could be read as a whole."""
    if not scenario.census():
        remedy = "add [[organisations]], [[groups]] or [tables]"
        yield nothing_at(scenario, "organisations", "the scenario has no organisations", remedy)
    liked = {entry.like for entry in scenario.kinds.values()}
    for kind in scenario.kinds:
        if kind not in liked and not scenario.count_of([kind]):
            remedy = f'add a group (kind = "{kind}") or take [kinds.{kind}] away'
            place = show_place(("kinds", kind))
            if kind not in builtin_kinds() and scenario.census():
                present = {k for k, _ in scenario.census()}
                guess = nearest(kind, present)
                remedy += f"; {guess}" if guess.startswith("did you mean") else ""
            yield nothing_at(scenario, place, "no organisation is of this kind", remedy)
    for kind, recipe in scenario.recipes().items():
        for resource in recipe.needs:
            if not scenario.makers(resource):
                yield _nobody_makes(scenario, kind, resource)


def _nobody_makes(scenario: Scenario, kind: str, resource: str) -> Problem:
    able = [k for k, entry in builtin_kinds().items() if resource in entry.makes]
    remedy = (
        f"add organisations of a kind that makes it ({', '.join(able)})"
        if able
        else (f"let a kind make it: [kinds.….makes.{resource}]")
    )
    remedy += f", or drop the need: kinds.{kind}.needs.{resource} = false"
    message = f"nobody makes {resource}, which {kind} needs"
    return nothing_at(scenario, show_place(("kinds", kind, "needs", resource)), message, remedy)


def _calendar(scenario: Scenario) -> Iterator[Problem]:
    time = scenario.time
    days = {"day": 1, "week": 7}.get(time.unit)
    if time.start is None or days is None:
        return
    if (date.max - time.start).days <= time.steps * days:
        message = (
            f"a run of so many {time.unit}s from {time.start} ends after the year {date.max.year}"
        )
        yield problem_in(
            scenario, "time.steps", time.steps, message, "take fewer, or begin earlier"
        )


def _resources(scenario: Scenario) -> Iterator[Problem]:
    for name, entry in (scenario.resources or {}).items():
        base = builtin_resources().get(name)
        storable = entry.storable
        if storable is None:
            storable = base.storable if base is not None else True
        if entry.cover and not storable:
            message = "is a cover for a flow, which cannot be stored"
            remedy = "take it away, or set storable = true"
            yield problem_in(
                scenario, show_place(("resources", name, "cover")), entry.cover, message, remedy
            )


def _kinds(scenario: Scenario) -> Iterator[Problem]:
    for kind, entry in scenario.kinds.items():
        try:
            chain, _ = kind_chain(kind, scenario.kinds)
        except KeyError:
            message = "is no kind to be like"
            remedy = nearest(str(entry.like), scenario.known_kinds() - {kind}, "kinds")
            place = show_place(("kinds", kind, "like"))
            if (
                entry.like not in scenario.known_kinds()
            ):  # otherwise the fault is told where it lies
                yield problem_in(scenario, place, entry.like, message, remedy)
            continue
        except ValueError:
            message = "goes round in a circle"
            remedy = "let one of these kinds stand on its own"
            yield problem_in(
                scenario, show_place(("kinds", kind, "like")), entry.like, message, remedy
            )
            continue
        yield from _holdings(scenario, kind, chain, "needs", "use", "uses")
        yield from _holdings(scenario, kind, chain, "makes", "make", "makes")


def _holdings(
    scenario: Scenario, kind: str, chain: list[KindEntry], listed: str, figure: str, verb: str
) -> Iterator[Problem]:
    """Faults of what a kind needs, or makes: of `figure` units for each of its service."""
    for resource, entry in getattr(chain[0], listed).items():
        at = ("kinds", kind, listed, resource)
        known = scenario.resources_in_play().get(resource)
        if known is None:
            if getattr(entry, figure) != 0:
                yield from unknown_resource(scenario, show_place(at), resource)
            continue
        said = (getattr(one, listed).get(resource) for one in chain)
        if all(one is None or getattr(one, figure) is None for one in said):
            message = f"does not say how much a unit of service {verb}"
            yield nothing_at(scenario, show_place((*at, figure)), message, f"add {figure} = …")
        for key in ("cover", "safety"):
            value = getattr(entry, key, None)
            if value and not known.storable:
                message = f"is a {key} of {resource}, a flow, which cannot be stored"
                remedy = f"take it away, or set resources.{resource}.storable = true"
                yield problem_in(scenario, show_place((*at, key)), value, message, remedy)


def _organisations(scenario: Scenario) -> Iterator[Problem]:
    areas = scenario.areas_in_play()
    only = scenario.only_area
    for row, entry in enumerate(scenario.all_organisations()):
        if entry.kind not in scenario.known_kinds():
            message, remedy = "is no kind", nearest(entry.kind, scenario.known_kinds(), "kinds")
            yield problem_of_entry(
                scenario, "organisations", row, "kind", entry.kind, message, remedy
            )
            continue
        if entry.area is None and only is None:
            message = "has no area, and the scenario has several"
            remedy = "add area = …; " + nearest("", areas, "areas")
            yield problem_of_entry(scenario, "organisations", row, "area", NOTHING, message, remedy)
        elif entry.area is not None and entry.area not in areas:
            message = "is no area of this scenario"
            remedy = nearest(entry.area, areas, "areas")
            yield problem_of_entry(
                scenario, "organisations", row, "area", entry.area, message, remedy
            )
        recipe = scenario.recipes().get(entry.kind)
        if recipe is not None and entry.stay is None and recipe.stay is None:
            if entry.caseload or entry.arrivals or recipe.caseload or recipe.arrivals:
                message = "has people in its care but does not say how long they stay"
                remedy = f"add stay = … here or under [kinds.{entry.kind}]"
                yield problem_of_entry(
                    scenario, "organisations", row, "stay", NOTHING, message, remedy
                )


def _groups(scenario: Scenario) -> Iterator[Problem]:
    for row, group in enumerate(scenario.groups):
        place = f"groups[{row}]"
        if group.kind not in scenario.known_kinds():
            message, remedy = "is no kind", nearest(group.kind, scenario.known_kinds(), "kinds")
            yield problem_in(scenario, f"{place}.kind", group.kind, message, remedy)
            continue
        for area in group.areas or ():
            yield from unknown_area(scenario, f"{place}.areas", area)
        if isinstance(group.count, dict):
            for area in group.count:
                yield from unknown_area(scenario, show_place(("groups", row, "count", area)), area)
                if group.areas is not None and area not in group.areas:
                    message = "is counted but not among the group's areas"
                    yield problem_in(
                        scenario, f"{place}.count", area, message, "make the two agree"
                    )
        yield from _division(scenario, place, group)
        if group.spread > 5:
            message = "is a spread of more than five times the mean"
            remedy = "write a coefficient of variation, such as 0.5"
            yield problem_in(scenario, f"{place}.spread", group.spread, message, remedy)
        recipe = scenario.recipes().get(group.kind)
        if recipe is not None and group.stay is None and recipe.stay is None:
            whole = group.whole.figures() if group.whole is not None else {}
            given = group.caseload or whole.get("caseload") or recipe.caseload
            if given or group.arrivals or whole.get("arrivals") or recipe.arrivals:
                message = "has people in its care but does not say how long they stay"
                remedy = f"add stay = … here or under [kinds.{group.kind}]"
                yield nothing_at(scenario, f"{place}.stay", message, remedy)


def _division(scenario: Scenario, place: str, group: Group) -> Iterator[Problem]:
    """Faults of how many a group has in all, and of what is divided over its areas."""
    areas = scenario.areas_in_play()
    if group.count is None and group.total is None:
        message, remedy = "is missing", "add count = … (in each area) or total = … (in all)"
        yield nothing_at(scenario, f"{place}.count", message, remedy)
    if group.count is not None and group.total is not None:
        message, remedy = "is given beside count", "keep total (in all) or count (in each area)"
        yield problem_in(scenario, f"{place}.total", group.total, message, remedy)
    if group.by != "population":
        named = {name for area in areas.values() for name in area.weights}
        if group.by not in named:
            message, remedy = "is no weight of any area", nearest(group.by, {"population", *named})
            yield problem_in(scenario, f"{place}.by", group.by, message, remedy)
        elif group.total is None and group.whole is None:
            message, remedy = "divides nothing", "add total = … or whole = …, or take it away"
            yield problem_in(scenario, f"{place}.by", group.by, message, remedy)
    for name, value in (group.whole.figures() if group.whole is not None else {}).items():
        if getattr(group, name) is not None:
            message = f"is given beside {name}, which is each member's"
            yield problem_in(
                scenario, f"{place}.whole.{name}", value, message, "keep one of the two"
            )


def _ids(scenario: Scenario) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for row, entry in enumerate(scenario.all_organisations()):
        if entry.id in first:
            file, place = scenario.place_of("organisations", first[entry.id])
            where = place if file == scenario.source else f"{file}, {place}"
            message = f"is the id of two organisations; the first is {where}"
            remedy = "give each an id of its own"
            yield problem_of_entry(scenario, "organisations", row, "id", entry.id, message, remedy)
            continue
        first[entry.id] = row
        stem, _, number = entry.id.rpartition("_")
        if (
            stem in scenario.id_stems()
            and number.isdigit()
            and int(number) <= scenario.id_stems()[stem][1]
        ):
            message = "is also the id of a member of a group"
            remedy = "give it an id that is not area_kind_number"
            yield problem_of_entry(scenario, "organisations", row, "id", entry.id, message, remedy)
    cells: dict[str, tuple[str, str]] = {}
    for row, group in enumerate(scenario.groups):
        for area in group_areas(group, scenario.areas_in_play()):
            stem, cell = f"{area}_{group.kind}", (group.kind, area)
            if cells.setdefault(stem, cell) != cell:
                message = f'its members would have the ids of another group, "{stem}_1"'
                remedy = "rename the kind or the area"
                yield problem_in(scenario, f"groups[{row}].kind", group.kind, message, remedy)
