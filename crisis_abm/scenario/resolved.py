"""What a scenario says with nothing left open: built-in kinds merged in, groups counted, tables.

Each is found when it is first asked for, and kept: a scenario never changes. Groups are spelt out
for `Resolved.members` alone, so that a scenario too large for memory can still be told so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from typing import Any, TypeVar

from pydantic import PrivateAttr

from crisis_abm.scenario import population
from crisis_abm.scenario.io.imports import Imported
from crisis_abm.scenario.population import group_counts
from crisis_abm.scenario.recipes import (
    Recipe,
    Resource,
    builtin_kinds,
    merged_recipe,
    merged_resources,
)
from crisis_abm.scenario.schema import Content
from crisis_abm.scenario.schema.entries import (
    AidRule,
    Area,
    Link,
    Organisation,
    ReferralRule,
    Within,
)

Cell = tuple[str, str]
"""A kind and an area: the members there differ in nothing that most checks look at."""

Found = TypeVar("Found")
Owner = TypeVar("Owner", bound="Resolved")

_NO_TABLES = Imported()


def once(find: Callable[[Owner], Found]) -> Callable[[Owner], Found]:
    """A method whose answer is kept."""

    @wraps(find)
    def kept(self: Owner) -> Found:
        if find.__name__ not in self._cache:
            self._cache[find.__name__] = find(self)
        answer: Found = self._cache[find.__name__]
        return answer

    return kept


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


class Resolved(Content):
    """Content, with what follows from it; `Scenario` reads, checks and writes it."""

    _source: str = PrivateAttr("<text>")
    _imported: Imported = PrivateAttr(_NO_TABLES)
    _cache: dict[Any, Any] = PrivateAttr(default_factory=dict)

    # ------------------------------------------------------------------ what there is

    @once
    def resources_in_play(self) -> dict[str, Resource]:
        """The resources of this scenario, in the order of ``builtin.toml``, then the alphabet."""
        return merged_resources(self.resources)

    @once
    def known_kinds(self) -> frozenset[str]:
        """Every kind there is, built in or the scenario's, with members or without."""
        return frozenset([*builtin_kinds(), *self.kinds])

    @once
    def recipes(self) -> dict[str, Recipe]:
        """The recipes of the kinds that have members, in alphabetical order.

        A kind that has none (it is like one that is not there) is left out, and told by its check.
        """
        recipes = {}
        for kind in sorted({kind for kind, _ in self.census()}):
            with suppress(KeyError, ValueError):
                recipes[kind] = self.recipe(kind)
        return recipes

    def recipe(self, kind: str) -> Recipe:
        """The recipe of any kind, built in or the scenario's."""
        return merged_recipe(kind, self.kinds, self.resources_in_play(), self.behaviour)

    @once
    def areas_in_play(self) -> dict[str, Area]:
        """The areas in alphabetical order: those declared, or if none are, those mentioned."""
        if self.areas:
            return {name: self.areas[name] for name in sorted(self.areas)}
        named = {entry.area for entry in self.all_organisations() if entry.area is not None}
        for group in self.groups:
            named |= set(group.areas or ())
            named |= set(group.count) if isinstance(group.count, dict) else set()
        return {name: Area() for name in sorted(named)} or {"area": Area()}

    @property
    def only_area(self) -> str | None:
        """The area of whoever names none: the only one there is."""
        areas = self.areas_in_play()
        return next(iter(areas)) if len(areas) == 1 else None

    @once
    def all_organisations(self) -> Sequence[Organisation]:
        """Organisations written out, in the file and then in tables (groups not among them)."""
        return [*self.organisations, *self._imported.organisations]

    @once
    def all_links(self) -> Sequence[Link]:
        """Supply links written out, in the file and then in tables."""
        return [*self.links, *self._imported.links]

    def all_aid(self) -> Sequence[AidRule]:
        """Aid rules of the file, then aid edges of a graph."""
        return [*self.aid, *self._imported.aid]

    def all_referral(self) -> Sequence[ReferralRule]:
        """Referral rules of the file, then referral edges of a graph."""
        return [*self.referral, *self._imported.referral]

    @once
    def census(self) -> Counter[Cell]:
        """How many organisations there are of each (kind, area), without spelling them out."""
        return population.census(
            self.all_organisations(), self.groups, self.areas_in_play(), self.only_area
        )

    def members(self, seed: int = 0) -> population.Members:
        """Every organisation, groups spelt out; `seed` draws the sizes of groups with a spread."""
        key = "members", seed if any(group.spread > 0 for group in self.groups) else 0
        if key not in self._cache:
            self._cache[key] = population.expand(
                self.all_organisations(),
                self.groups,
                self.areas_in_play(),
                self.recipes(),
                self.only_area,
                key[1],
            )
        members: population.Members = self._cache[key]
        return members

    def tick_of(self, when: int | date) -> int:
        """The tick of `when`, a tick or a date."""
        return self.time.tick_of(when)

    # ------------------------------------------------------------------ who is there

    @once
    def _cells(self) -> dict[str, Cell]:
        """Kind and area of every organisation written out or read from a table."""
        only = self.only_area or ""
        cells: dict[str, Cell] = {}
        for entry in self.all_organisations():
            cells.setdefault(entry.id, (entry.kind, entry.area or only))
        return cells

    def forget_cells(self) -> None:
        """Free what only checks look up; of a million organisations it is much."""
        self._cache.pop("_cells", None)

    @once
    def id_stems(self) -> dict[str, tuple[Cell, int]]:
        """Ids of groups' members without their numbers; how many there are."""
        stems: dict[str, tuple[Cell, int]] = {}
        for group in self.groups:
            for area, count in group_counts(group, self.areas_in_play()).items():
                stem, cell = f"{area}_{group.kind}", (group.kind, area)
                before = stems.get(stem, (cell, 0))[1]
                stems[stem] = (cell, before + count)
        return stems

    def cell_of(self, identity: str) -> Cell | None:
        """Kind and area of the organisation of an `identity`, None if there is none."""
        cells = self._cells()
        if identity in cells:
            return cells[identity]
        stem, _, number = identity.rpartition("_")
        cell, count = self.id_stems().get(stem, (None, 0))
        good = number.isascii() and number.isdigit() and number[0] != "0" and len(number) < 12
        return cell if good and int(number) <= count else None

    def ids_to_suggest(self) -> list[str]:
        """Ids to suggest for a misspelt one."""
        firsts = [f"{stem}_1" for stem, (_, count) in self.id_stems().items() if count]
        return [*list(self._cells())[:3000], *firsts[:3000]]

    def count_of(self, kinds: Iterable[str]) -> int:
        """Number of organisations of some `kinds`."""
        wanted = set(kinds)
        return sum(count for (kind, _), count in self.census().items() if kind in wanted)

    def makers(self, resource: str) -> list[str]:
        """Kinds with members that make a resource."""
        return [kind for kind, recipe in self.recipes().items() if resource in recipe.makes]

    def users(self, resource: str) -> list[str]:
        """Kinds with members that need a resource."""
        return [kind for kind, recipe in self.recipes().items() if resource in recipe.needs]

    def named(self, names: Sequence[str]) -> Counter[Cell]:
        """Members by cell of a list of `names`, of kinds and ids."""
        kinds = {name for name in names if name in self.known_kinds()}
        members = Counter({cell: n for cell, n in self.census().items() if cell[0] in kinds})
        for name in set(names):
            cell = self.cell_of(name)
            if cell is not None and cell[0] not in kinds:
                members[cell] += 1
        return members

    def near(self, members: Counter[Cell]) -> Near:
        """Some `members`, to be counted by how far away they may be."""
        near = Near(self._regions())
        for (_, area), count in members.items():
            near.add(area, count)
        return near

    @once
    def _regions(self) -> dict[str, str]:
        return {name: area.region or name for name, area in self.areas_in_play().items()}

    # ------------------------------------------------------------------ where it stands

    @property
    def source(self) -> str:
        """Path of the file, or what the text was called."""
        return self._source

    def place_of(self, listed: str, row: int, key: str = "") -> tuple[str, str]:
        """File and place of an entry of a list, or of a key of it, in the file or in a table.

        Parameters
        ----------
        listed : {"organisations", "links"}
            The list.
        row : int
            Which entry of it: those of the file first, then those of tables.
        key : str
            Of the entry; nothing for all of it.
        """
        own = len(getattr(self, listed))
        if row < own:
            return self._source, f"{listed}[{row}]" + (f".{key}" if key else "")
        file, place = self._imported.places[listed][row - own]
        return file, place + (f", column {key}" if key else "")
