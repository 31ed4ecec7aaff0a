"""What a scenario says with nothing left open: built-in kinds merged in, groups spelt out, tables.

Each is found when it is first asked for, and kept: a scenario never changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from pydantic import PrivateAttr

from crisis_abm.scenario import population
from crisis_abm.scenario.io.imports import Imported
from crisis_abm.scenario.recipes import Recipe, Resource, merged_recipe, merged_resources
from crisis_abm.scenario.schema import Content
from crisis_abm.scenario.schema.entries import AidRule, Area, Link, Organisation, ReferralRule

__all__ = ["Resolved"]

_NO_TABLES = Imported()


class Resolved(Content):
    """Content, with what follows from it; `Scenario` reads, checks and writes it."""

    _imported: Imported = PrivateAttr(_NO_TABLES)
    _cache: dict[Any, Any] = PrivateAttr(default_factory=dict)

    def resources_in_play(self) -> dict[str, Resource]:
        """The resources of this scenario, in the order of ``builtin.toml``, then the alphabet."""
        found: dict[str, Resource]
        found = self._once("resources", lambda: merged_resources(self.resources))
        return found

    def recipes(self) -> dict[str, Recipe]:
        """The recipes of the kinds that have members, in alphabetical order."""
        found: dict[str, Recipe]
        found = self._once(
            "recipes", lambda: {k: self.recipe(k) for k in sorted({k for k, _ in self.census()})}
        )
        return found

    def recipe(self, kind: str) -> Recipe:
        """The recipe of any kind, built in or the scenario's."""
        return merged_recipe(kind, self.kinds, self.resources_in_play(), self.behaviour)

    def areas_in_play(self) -> dict[str, Area]:
        """The areas in alphabetical order: those declared, or if none are, those mentioned."""
        found: dict[str, Area] = self._once("areas", self._areas)
        return found

    def _areas(self) -> dict[str, Area]:
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

    def all_organisations(self) -> Sequence[Organisation]:
        """Organisations written out, in the file and then in tables (groups not among them)."""
        found: Sequence[Organisation]
        found = self._once(
            "organisations", lambda: [*self.organisations, *self._imported.organisations]
        )
        return found

    def all_links(self) -> Sequence[Link]:
        """Supply links written out, in the file and then in tables."""
        found: Sequence[Link] = self._once("links", lambda: [*self.links, *self._imported.links])
        return found

    def all_aid(self) -> Sequence[AidRule]:
        """Aid rules of the file, then aid edges of a graph."""
        return [*self.aid, *self._imported.aid]

    def all_referral(self) -> Sequence[ReferralRule]:
        """Referral rules of the file, then referral edges of a graph."""
        return [*self.referral, *self._imported.referral]

    def census(self) -> Counter[tuple[str, str]]:
        """How many organisations there are of each (kind, area), without spelling them out."""
        found: Counter[tuple[str, str]]
        found = self._once(
            "census",
            lambda: population.census(
                self.all_organisations(), self.groups, self.areas_in_play(), self.only_area
            ),
        )
        return found

    def members(self, seed: int = 0) -> population.Members:
        """Every organisation, groups spelt out; `seed` draws the sizes of groups with a spread."""
        seed = seed if any(group.spread > 0 for group in self.groups) else 0
        found: population.Members
        found = self._once(
            ("members", seed),
            lambda: population.expand(
                self.all_organisations(),
                self.groups,
                self.areas_in_play(),
                self.recipes(),
                self.only_area,
                seed,
            ),
        )
        return found

    def tick_of(self, when: int | date) -> int:
        """The tick of `when`, a tick or a date."""
        return self.time.tick_of(when)

    def _once(self, key: Any, make: Any) -> Any:
        if key not in self._cache:
            self._cache[key] = make()
        return self._cache[key]
