"""Every organisation of a scenario: those written out, those of tables, of groups.

How many members a group has in each area, and what of its whole falls to each, is shared out by
largest remainder where it cannot be cut (organisations, people), as seats in a parliament are
(Hamilton's method; Balinski & Young 1982), so that totals come out exactly.

The size of a group's members varies by a lognormal factor of mean 1 whose coefficient of variation
is the group's `spread` (sizes of firms, hospitals and care homes are close to lognormal: Gibrat
1931), drawn from stream ``network`` under the member's own id: one more group or member changes
nobody else's size. Where a group says what it is in `whole`, its sizes are divided instead.

Members are held as columns, like the tables that are built from them: a million household groups
are a few arrays, whose names only count. A `Member` is made when somebody looks at one.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any, overload

import numpy as np

from crisis_abm.scenario.recipes import Recipe
from crisis_abm.scenario.schema.entries import SIZES, Area, Group, Organisation


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
    figures = {size: getattr(entry, size) for size in (*SIZES, "stay")}
    figures = {k: getattr(recipe, k) if v is None else v for k, v in figures.items()}
    return figures | {"stay": math.nan if figures["stay"] is None else figures["stay"]}


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


POPULATION = "population"
_DIGITS = 9  # to which remainders are compared: equal ones go to whoever stands first


def apportion(total: int, weights: np.ndarray) -> np.ndarray:
    """Divide a whole number in proportion to weights, by largest remainder.

    Parameters
    ----------
    total : int
    weights : ndarray of float64
        At least 0, and not all 0 unless `total` is.

    Returns
    -------
    ndarray of int64
        Whole numbers that sum to `total`; of equal remainders the first ones are rounded up.

    Examples
    --------
    >>> apportion(10, np.array([50.0, 50.0, 50.0]))
    array([4, 3, 3])
    """
    size = weights.sum()
    if total == 0 or size == 0:
        return np.zeros(len(weights), dtype=np.int64)
    exact = total * (weights / size)
    whole = np.floor(np.round(exact, _DIGITS)).astype(np.int64)
    missing = total - int(whole.sum())
    order = np.argsort(-np.round(exact - whole, _DIGITS), kind="stable")
    whole[order[:missing]] += 1
    return whole


def group_areas(group: Group, areas: Collection[str]) -> list[str]:
    """The areas a group is in, in alphabetical order."""
    if isinstance(group.count, dict):
        named = set(group.count)
        return sorted(named if group.areas is None else named & set(group.areas))
    return sorted(set(areas if group.areas is None else group.areas))


def area_weights(group: Group, areas: Mapping[str, Area]) -> dict[str, float]:
    """What each area of a group weighs where something is divided over them (`by`).

    Its population, or its own figure of that name; equal if no area of the group has any.
    """
    weights = {}
    for name in group_areas(group, areas):
        area = areas.get(name, Area())
        weights[name] = (
            area.population if group.by == POPULATION else area.weights.get(group.by, 0.0)
        )
    return weights if any(weights.values()) else dict.fromkeys(weights, 1.0)


def group_counts(group: Group, areas: Mapping[str, Area]) -> dict[str, int]:
    """Members of a group in each of its areas, in alphabetical order."""
    if group.total is not None:
        weights = area_weights(group, areas)
        counts = apportion(group.total, np.array(list(weights.values()), dtype=np.float64))
        return dict(zip(weights, counts.tolist(), strict=True))
    named = group_areas(group, areas)
    if isinstance(group.count, dict):
        return {area: group.count.get(area, 0) for area in named}
    return dict.fromkeys(named, group.count or 0)


def group_parts(group: Group, areas: Mapping[str, Area]) -> dict[str, dict[str, float]]:
    """What of each figure in a group's `whole` falls to each of its areas that has members.

    People are whole numbers; everything else is divided exactly.
    """
    wholes = group.whole.figures() if group.whole is not None else {}
    if not wholes:
        return {}
    counts = group_counts(group, areas)
    weights = {area: w for area, w in area_weights(group, areas).items() if counts[area]}
    shares = np.array(list(weights.values()), dtype=np.float64)
    if not shares.any():  # members only where the weight is 0
        shares = np.array([counts[area] for area in weights], dtype=np.float64)
    parts_of = {}
    for name, whole in wholes.items():
        parts = whole * (shares / shares.sum()) if len(shares) else shares
        if name == POPULATION:
            parts = apportion(round(whole), shares).astype(np.float64)
        parts_of[name] = dict(zip(weights, parts.tolist(), strict=True))
    return parts_of


Run = tuple[str, int, int, str]
"""What stands before the number, the first number, how many there are, what stands after it."""


class Numbered(Sequence[str]):
    """A sequence of texts that is held as rules.

    Parameters
    ----------
    written : sequence of str
        The first ones, as they are.
    runs : sequence of (str, int, int, str)
        Before the number, first number, how many, after it.

    Examples
    --------
    >>> list(Numbered(["depot"], [("north_school_", 1, 2, "")]))
    ['depot', 'north_school_1', 'north_school_2']
    """

    def __init__(self, written: Sequence[str], runs: Sequence[Run] = ()) -> None:
        self._written = list(written)
        self._runs = [run for run in runs if run[2]]
        self._starts: list[int] = []
        at = len(self._written)
        for run in self._runs:
            self._starts.append(at)
            at += run[2]
        self._length = at

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[str]:
        yield from self._written
        for before, first, count, after in self._runs:
            for n in range(first, first + count):
                yield f"{before}{n}{after}"

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(self._length))]
        row = int(row)
        at = row + self._length if row < 0 else row
        if not 0 <= at < self._length:
            raise IndexError(f"row {row} of {self._length}")
        if at < len(self._written):
            return self._written[at]
        run = bisect_right(self._starts, at) - 1
        before, first, _, after = self._runs[run]
        return f"{before}{first + at - self._starts[run]}{after}"

    def find(self, text: str) -> int | None:
        """Row of a text, None if there is none; at once where nothing stands after the numbers.

        >>> Numbered(["depot"], [("north_school_", 1, 2, "")]).find("north_school_2")
        2
        """
        if text in self._rows:
            return self._rows[text]
        stem = text.rstrip("0123456789")
        number = text[len(stem) :]
        if number and number.isascii() and (number == "0" or number[0] != "0"):
            for run, start in self._by_stem.get(stem, ()):
                offset = int(number) - run[1]
                if 0 <= offset < run[2]:
                    return start + offset
        return None

    @cached_property
    def _rows(self) -> dict[str, int]:
        """Rows of the written ones and of runs with something after their numbers."""
        rows = {text: row for row, text in reversed(list(enumerate(self._written)))}
        for (before, first, count, after), start in zip(self._runs, self._starts, strict=True):
            for n in range(count if after else 0):
                rows.setdefault(f"{before}{first + n}{after}", start + n)
        return rows

    @cached_property
    def _by_stem(self) -> dict[str, list[tuple[Run, int]]]:
        runs: dict[str, list[tuple[Run, int]]] = {}
        for run, start in zip(self._runs, self._starts, strict=True):
            if not run[3]:
                runs.setdefault(run[0], []).append((run, start))
        return runs

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and self.find(text) is not None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self[:3]))
        return f"[{shown}{', …' if self._length > 3 else ''}]"
