"""Every organisation of a scenario, one by one: those written out, those of tables, of groups.

The size of a group's members varies by a lognormal factor of mean 1 whose coefficient of variation
is the group's `spread` (sizes of firms, hospitals and care homes are close to lognormal: Gibrat
1931), drawn from stream ``network`` under the member's own id: one more group or member changes
nobody else's size.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from .recipes import Recipe
from .schema_things import Area, Group, Organisation

__all__ = ["Member", "census", "expand", "group_areas", "group_count"]


@dataclass(frozen=True, slots=True)
class Member:
    """One organisation with nothing left open.

    `capacity`, `caseload`, `demand`, `arrivals`, `population` and `stay` are its own or its kind's;
    `x` and `y` are None where no position is given.
    """

    id: str
    name: str
    kind: str
    area: str
    x: float | None
    y: float | None
    capacity: float
    caseload: float
    demand: float
    arrivals: float
    population: float
    stay: float | None

    @property
    def position(self) -> tuple[float, float] | None:
        """Where it is, or None."""
        return None if self.x is None or self.y is None else (self.x, self.y)


_SIZES = ("capacity", "caseload", "demand", "arrivals", "population")


def group_areas(group: Group, areas: Collection[str]) -> list[str]:
    """The areas a group is in, in alphabetical order."""
    if isinstance(group.count, dict):
        named = set(group.count)
        return sorted(named if group.areas is None else named & set(group.areas))
    return sorted(set(areas if group.areas is None else group.areas))


def group_count(group: Group, area: str) -> int:
    """Members of a group in one of its areas."""
    return group.count.get(area, 0) if isinstance(group.count, dict) else group.count


def census(
    organisations: Iterable[Organisation],
    groups: Iterable[Group],
    areas: Collection[str],
    only_area: str | None,
) -> Counter[tuple[str, str]]:
    """How many organisations of each kind each area has, without making them."""
    counts: Counter[tuple[str, str]] = Counter()
    for organisation in organisations:
        counts[organisation.kind, organisation.area or only_area or ""] += 1
    for group in groups:
        for area in group_areas(group, areas):
            counts[group.kind, area] += group_count(group, area)
    return Counter({cell: n for cell, n in counts.items() if n})


def expand(
    organisations: Sequence[Organisation],
    groups: Sequence[Group],
    areas: Mapping[str, Area],
    recipes: Mapping[str, Recipe],
    only_area: str | None,
    seed: int,
) -> list[Member]:
    """Every member: organisations in the file's order, then groups in theirs, area by area.

    Members of groups are called ``{area}_{kind}_{n}``; n counts from 1 over all groups of that kind
    in that area.
    """
    members = [_written(entry, recipes[entry.kind], only_area) for entry in organisations]
    numbers: Counter[tuple[str, str]] = Counter()
    for group in groups:
        recipe = recipes.get(group.kind)
        for area in group_areas(group, areas):
            count = group_count(group, area)
            first = numbers[group.kind, area] + 1
            numbers[group.kind, area] += count
            if count and recipe is not None:
                members += _group(group, recipe, area, range(first, first + count), seed)
    return members


def _figures(entry: Organisation | Group, recipe: Recipe) -> dict[str, Any]:
    found = {size: getattr(entry, size) for size in (*_SIZES, "stay")}
    return {k: getattr(recipe, k) if v is None else v for k, v in found.items()}


def _written(entry: Organisation, recipe: Recipe, only_area: str | None) -> Member:
    x, y = entry.position or (None, None)
    return Member(
        id=entry.id,
        name=entry.name or readable(entry.id),
        kind=entry.kind,
        area=entry.area or only_area or "",
        x=x,
        y=y,
        **_figures(entry, recipe),
    )


def _group(
    group: Group, recipe: Recipe, area: str, numbers: Iterable[int], seed: int
) -> Iterator[Member]:
    figures = _figures(group, recipe)
    called = group.name or readable(group.kind)
    stem = f"{area}_{group.kind}_"
    for n in numbers:
        identity = f"{stem}{n}"
        sizes = figures
        if group.spread > 0:
            factor = _size_factor(identity, group.spread, seed)
            sizes = figures | {name: figures[name] * factor for name in _SIZES}
            sizes["population"] = float(round(sizes["population"]))
        name = f"{called} {n}, {area}"
        yield Member(identity, name, group.kind, area, None, None, **sizes)


def readable(identity: str) -> str:
    """A name for the screen from an id: ``care_home`` becomes ``Care home``."""
    words = identity.replace("_", " ").strip()
    return words[:1].upper() + words[1:] if words else identity


def _size_factor(identity: str, spread: float, seed: int) -> float:
    """Lognormal of mean 1 and coefficient of variation `spread`, by inversion."""
    from crisis_abm.streams import NETWORK, entity_key, uniform

    sigma = math.sqrt(math.log1p(spread * spread))
    u = float(uniform(seed, NETWORK, entity_key(f"size {identity}"), 0, 0))
    u = min(max(u, 1e-12), 1 - 1e-12)
    return math.exp(sigma * NormalDist().inv_cdf(u) - sigma * sigma / 2)
