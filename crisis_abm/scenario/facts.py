"""What the checks look things up in: who is there, who makes and needs what, what rows are called.

Groups are never spelt out here, so that a scenario too large for memory can still be told so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crisis_abm.scenario.population import group_counts
from crisis_abm.scenario.problems import NOTHING, Problem, nearest
from crisis_abm.scenario.recipes import Recipe, Resource, builtin_kinds
from crisis_abm.scenario.schema.entries import Within

if TYPE_CHECKING:
    from crisis_abm.scenario.scenario import Scenario

__all__ = ["Cell", "Facts", "Near"]

Cell = tuple[str, str]
"""A kind and an area: the members there differ in nothing that most checks look at."""


@dataclass
class Near:
    """How many organisations are within reach of each area."""

    region_of: dict[str, str]
    by_area: Counter[str] = field(default_factory=Counter)
    by_region: Counter[str] = field(default_factory=Counter)
    everywhere: int = 0

    def add(self, area: str, count: int) -> None:
        """Count some more, which are in an area."""
        self.by_area[area] += count
        self.by_region[self.region_of.get(area, area)] += count
        self.everywhere += count

    def within(self, area: str, within: Within) -> int:
        """How many are within reach of somebody in `area`."""
        if within == "anywhere":
            return self.everywhere
        if within == "region":
            return self.by_region[self.region_of.get(area, area)]
        near = self.by_area[area]
        return near if within == "area" else self.everywhere - near


@dataclass
class Facts:
    """One scenario, looked at from the outside.

    Attributes
    ----------
    kinds : set of str
        Every kind there is, built in or the scenario's, with members or without.
    census : Counter of Cell
    recipes : dict of str to Recipe
        Of the kinds with members that have one.
    resources : dict of str to Resource
        In play.
    cells : dict of str to Cell
        Kind and area of every organisation written out or read from a table.
    stems : dict of str to (Cell, int)
        Ids of groups' members without their numbers; how many there are.
    """

    scenario: Scenario
    kinds: set[str] = field(init=False)
    census: Counter[Cell] = field(init=False)
    recipes: dict[str, Recipe] = field(init=False, default_factory=dict)
    resources: dict[str, Resource] = field(init=False)
    cells: dict[str, Cell] = field(init=False, default_factory=dict)
    stems: dict[str, tuple[Cell, int]] = field(init=False, default_factory=dict)
    _found: dict[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        scenario = self.scenario
        self.kinds = set(builtin_kinds()) | set(scenario.kinds)
        self.census = scenario.census()
        self.resources = scenario.resources_in_play()
        for kind in sorted({kind for kind, _ in self.census}):
            try:
                self.recipes[kind] = scenario.recipe(kind)
            except (KeyError, ValueError):
                continue  # named by its own check
        only = scenario.only_area or ""
        for entry in scenario.all_organisations():
            self.cells.setdefault(entry.id, (entry.kind, entry.area or only))
        areas = scenario.areas_in_play()
        for group in scenario.groups:
            for area, count in group_counts(group, areas).items():
                stem, cell = f"{area}_{group.kind}", (group.kind, area)
                before = self.stems.get(stem, (cell, 0))[1]
                self.stems[stem] = (cell, before + count)

    # ------------------------------------------------------------------ who is there

    def cell_of(self, identity: str) -> Cell | None:
        """Kind and area of an organisation, None if there is none of that id."""
        if identity in self.cells:
            return self.cells[identity]
        stem, _, number = identity.rpartition("_")
        cell, count = self.stems.get(stem, (None, 0))
        good = number.isascii() and number.isdigit() and number[0] != "0" and len(number) < 12
        return cell if good and int(number) <= count else None

    def ids(self) -> list[str]:
        """Ids to suggest for a misspelt one."""
        firsts = [f"{stem}_1" for stem, (_, count) in self.stems.items() if count]
        return [*list(self.cells)[:3000], *firsts[:3000]]

    def size(self, kinds: Iterable[str]) -> int:
        """Number of organisations of some kinds."""
        wanted = set(kinds)
        return sum(count for (kind, _), count in self.census.items() if kind in wanted)

    def makers(self, resource: str) -> list[str]:
        """Kinds with members that make a resource."""
        return [kind for kind, recipe in self.recipes.items() if resource in recipe.makes]

    def users(self, resource: str) -> list[str]:
        """Kinds with members that need a resource."""
        return [kind for kind, recipe in self.recipes.items() if resource in recipe.needs]

    def named(self, names: Sequence[str]) -> Counter[Cell]:
        """Members by cell of a list of kinds and ids."""
        kinds = {name for name in names if name in self.kinds}
        found = Counter({cell: n for cell, n in self.census.items() if cell[0] in kinds})
        for name in set(names):
            cell = self.cell_of(name)
            if cell is not None and cell[0] not in kinds:
                found[cell] += 1
        return found

    def near(self, found: Counter[Cell]) -> Near:
        """Some organisations, to be counted by how far away they may be."""
        areas = self.scenario.areas_in_play()
        regions = self.once("regions", lambda: {n: area.region or n for n, area in areas.items()})
        near = Near(regions)
        for (_, area), count in found.items():
            near.add(area, count)
        return near

    def once(self, key: str, make: Callable[[], Any]) -> Any:
        """What `make` finds, found once for all checks that want it."""
        if key not in self._found:
            self._found[key] = make()
        return self._found[key]

    # ------------------------------------------------------------------ saying so

    def problem(self, place: str, value: Any, message: str, remedy: str) -> Problem:
        """A problem of the scenario file itself."""
        return Problem(self.scenario.source, place, value, message, remedy)

    def at(self, listed: str, row: int) -> tuple[str, str]:
        """File and place of an entry of a list, be it in the file or in a table."""
        return self.scenario.place_of(listed, row)

    def problem_at(
        self, listed: str, row: int, key: str, value: Any, message: str, remedy: str
    ) -> Problem:
        """A problem of one key of one entry of a list."""
        return Problem(*self.scenario.place_of(listed, row, key), value, message, remedy)

    # ------------------------------------------------------------------ checks many share

    def unknown_names(
        self, listed: str, row: int, key: str, names: Sequence[str] | None
    ) -> Iterator[Problem]:
        """Names in a list of kinds and ids that are neither."""
        for name in names or ():
            if name not in self.kinds and self.cell_of(name) is None:
                message = "is neither a kind nor the id of an organisation"
                remedy = nearest(name, [*self.kinds, *self.ids()])
                yield self.problem_at(listed, row, key, name, message, remedy)

    def unknown_resource(self, place: str, name: str | None) -> Iterator[Problem]:
        """A resource that is not in play."""
        if name is not None and name not in self.resources:
            message = "is no resource of this scenario"
            remedy = nearest(name, self.resources, "resources")
            yield self.problem(place, name, message, remedy)

    def unknown_area(self, place: str, name: str | None) -> Iterator[Problem]:
        """An area that is not declared."""
        areas = self.scenario.areas_in_play()
        if name is not None and name not in areas:
            message = "is no area of this scenario"
            remedy = nearest(name, areas, "areas")
            yield self.problem(place, name, message, remedy)

    def missing(self, place: str, message: str, remedy: str) -> Problem:
        """Something that should be there and is not."""
        return self.problem(place, NOTHING, message, remedy)
