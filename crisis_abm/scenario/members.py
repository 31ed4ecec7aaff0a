"""Every organisation of a scenario: those written out, those of tables, of groups.

The size of a group's members varies by a lognormal factor of mean 1 whose coefficient of variation
is the group's `spread` (sizes of firms, hospitals and care homes are close to lognormal: Gibrat
1931), drawn from stream ``network`` under the member's own id: one more group or member changes
nobody else's size. Where a group says what it is in `whole`, its sizes are divided instead.

Members are held as columns, like the tables that are built from them: a million household groups
are a few arrays, and a `Member` is made when somebody looks at one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, overload

import numpy as np

from crisis_abm.scenario.apportion import apportion, group_counts, group_parts
from crisis_abm.scenario.numbered import Numbered
from crisis_abm.scenario.recipes import Recipe
from crisis_abm.scenario.schema_things import SIZES, Area, Group, Organisation

__all__ = ["Member", "Members", "census", "expand"]


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


@dataclass(frozen=True, eq=False)
class Members(Sequence[Member]):
    """N organisations as columns; each looked at is a `Member`.

    Attributes
    ----------
    ids, names : Numbered
    kinds, areas : list of str
        What the numbers in `kind` and `area` stand for.
    kind, area : ndarray of int32, shape (N,)
    figures : dict of str to ndarray of float64, shape (N,)
        `SIZES`.
    stay : ndarray, shape (N,)
        NaN where nobody stays.
    position : ndarray, shape (N, 2)
        NaN where none is given.
    """

    ids: Numbered
    names: Numbered
    kinds: list[str]
    areas: list[str]
    kind: np.ndarray
    area: np.ndarray
    figures: dict[str, np.ndarray]
    stay: np.ndarray
    position: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, row: int) -> Member: ...
    @overload
    def __getitem__(self, row: slice) -> list[Member]: ...
    def __getitem__(self, row: int | slice) -> Member | list[Member]:
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(len(self)))]
        identity = self.ids[row]  # an IndexError where there is none
        x, y = (None if math.isnan(at) else at for at in self.position[row].tolist())
        stay = float(self.stay[row])
        return Member(
            identity,
            self.names[row],
            self.kinds[self.kind[row]],
            self.areas[self.area[row]],
            x,
            y,
            **{name: float(self.figures[name][row]) for name in SIZES},
            stay=None if math.isnan(stay) else stay,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return NotImplemented if not isinstance(other, Sequence) else False
        return all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]


def census(
    organisations: Iterable[Organisation],
    groups: Iterable[Group],
    areas: Mapping[str, Area],
    only_area: str | None,
) -> Counter[tuple[str, str]]:
    """How many organisations of each kind each area has, without making them."""
    counts: Counter[tuple[str, str]] = Counter()
    for organisation in organisations:
        counts[organisation.kind, organisation.area or only_area or ""] += 1
    for group in groups:
        for area, count in group_counts(group, areas).items():
            counts[group.kind, area] += count
    return Counter({cell: n for cell, n in counts.items() if n})


def expand(
    organisations: Sequence[Organisation],
    groups: Sequence[Group],
    areas: Mapping[str, Area],
    recipes: Mapping[str, Recipe],
    only_area: str | None,
    seed: int,
) -> Members:
    """Every member: organisations in the file's order, then groups in theirs, area by area.

    Members of groups are called ``{area}_{kind}_{n}``; n counts from 1 over all groups of that kind
    in that area.
    """
    kinds, named = list(recipes), list(areas)
    kind_row = {name: row for row, name in enumerate(kinds)}
    area_row = {name: row for row, name in enumerate(named)}
    parts = [_written(organisations, recipes, kind_row, area_row, only_area)]
    runs: list[tuple[str, int, int, str]] = []
    shown: list[tuple[str, int, int, str]] = []
    numbers: Counter[tuple[str, str]] = Counter()
    for group in groups:
        recipe = recipes.get(group.kind)
        counts = group_counts(group, areas)
        divided = group_parts(group, areas)
        called = group.name or readable(group.kind)
        for area, count in counts.items():
            first = numbers[group.kind, area] + 1
            numbers[group.kind, area] += count
            if not count or recipe is None:
                continue
            run = (f"{area}_{group.kind}_", first, count, "")
            runs.append(run)
            shown.append((f"{called} ", first, count, f", {area}"))
            wholes = {name: figures[area] for name, figures in divided.items()}
            columns = _group(group, recipe, wholes, Numbered((), [run]), seed)
            columns["kind"] = np.full(count, kind_row[group.kind], dtype=np.int32)
            columns["area"] = np.full(count, area_row[area], dtype=np.int32)
            parts.append(columns)
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Members(
        ids=Numbered([entry.id for entry in organisations], runs),
        names=Numbered([entry.name or readable(entry.id) for entry in organisations], shown),
        kinds=kinds,
        areas=named,
        kind=joined["kind"],
        area=joined["area"],
        figures={name: joined[name] for name in SIZES},
        stay=joined["stay"],
        position=np.stack([joined["x"], joined["y"]], axis=1),
    )


def _figures(entry: Organisation | Group, recipe: Recipe) -> dict[str, Any]:
    found = {size: getattr(entry, size) for size in (*SIZES, "stay")}
    found = {k: getattr(recipe, k) if v is None else v for k, v in found.items()}
    return found | {"stay": math.nan if found["stay"] is None else found["stay"]}


def _written(
    organisations: Sequence[Organisation],
    recipes: Mapping[str, Recipe],
    kind_row: Mapping[str, int],
    area_row: Mapping[str, int],
    only_area: str | None,
) -> dict[str, np.ndarray]:
    """Columns of the organisations that the file or its tables write out."""
    figures = [_figures(entry, recipes[entry.kind]) for entry in organisations]
    places = [entry.position or (math.nan, math.nan) for entry in organisations]
    kind = [kind_row[entry.kind] for entry in organisations]
    area = [area_row[entry.area or only_area or ""] for entry in organisations]
    columns = {
        name: np.array([one[name] for one in figures], dtype=np.float64)
        for name in (*SIZES, "stay")
    }
    columns["kind"] = np.array(kind, dtype=np.int32)
    columns["area"] = np.array(area, dtype=np.int32)
    for axis, name in enumerate("xy"):
        columns[name] = np.array([place[axis] for place in places], dtype=np.float64)
    return columns


def _group(
    group: Group, recipe: Recipe, wholes: Mapping[str, float], ids: Numbered, seed: int
) -> dict[str, np.ndarray]:
    """Columns of a group's members in one area; `wholes` are divided among them."""
    count = len(ids)
    figures = _figures(group, recipe)
    factors = np.ones(count)
    if group.spread > 0:
        factors = np.array([_size_factor(one, group.spread, seed) for one in ids])
    columns = {name: figures[name] * factors for name in SIZES}
    if group.spread > 0:
        columns["population"] = np.rint(columns["population"])
    for name, whole in wholes.items():
        columns[name] = whole * (factors / factors.sum())
        if name == "population":  # people are counted
            columns[name] = apportion(round(whole), factors).astype(np.float64)
    columns["stay"] = np.full(count, figures["stay"])
    columns["x"] = columns["y"] = np.full(count, math.nan)
    return columns


def readable(identity: str) -> str:
    """A name for the screen from an id: ``care_home`` becomes ``Care home``."""
    words = identity.replace("_", " ").strip()
    return words[:1].upper() + words[1:] if words else identity


_STANDARD = NormalDist()


def _size_factor(identity: str, spread: float, seed: int) -> float:
    """Lognormal of mean 1 and coefficient of variation `spread`, by inversion."""
    from crisis_abm.streams import NETWORK, entity_key, uniform

    sigma = math.sqrt(math.log1p(spread * spread))
    u = float(uniform(seed, NETWORK, entity_key(f"size {identity}"), 0, 0))
    u = min(max(u, 1e-12), 1 - 1e-12)
    return math.exp(sigma * _STANDARD.inv_cdf(u) - sigma * sigma / 2)
