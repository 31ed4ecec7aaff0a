"""Whom one call reaches, and in which order to call: greedily, from both ends.

The *value* of a coalition is what it comes to (less is better). Forward, the one who lowers it most
is called next; backward, from everybody, the one who is missed least is let go first, and the order
is read from the end. Neither is optimal in general. Were value submodular (the more have joined,
the less one more brings) forward would come within a factor of 1 - 1/e of the best (Nemhauser,
Wolsey & Fisher 1978). It is not: communication needs both ends of a link, so members can be worth
nothing alone and much together. Forward is blind to that; backward, which begins where all are
together, is not, but may keep some who have become useless. Both are searched, and the order whose
path lies lower is taken.

Evaluations are lazy (Minoux 1978): whoever looked worse than the best that has been asked anew is
not asked again. That too is exact only under submodularity, so everybody is asked anew after every
step that changes much. Those who change next to nothing are moved together, if together too they
change next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.scenario.problems import Problem, nearest
from crisis_abm.tables import Tables

BY = ("organisation", "group", "kind", "area")  # fine to coarse; a group is a kind in an area
MOST = 100  # units that are called one by one unless that is asked for; more take minutes
PEOPLE = "labour"  # who makes it is a group of people, not somebody who can be called


@dataclass(frozen=True)
class Unit:
    """Who is reached by one call.

    Attributes
    ----------
    name : str
        Id of an organisation, or what they have in common.
    title : str
        The same as people call it.
    about : str
        Kind and area of an organisation; how many they are.
    rows : tuple of int
    """

    name: str
    title: str
    about: str
    rows: tuple[int, ...]


def units_of(
    scenario: Scenario, tables: Tables, by: str | None, kinds: Sequence[str] | None
) -> tuple[tuple[Unit, ...], str, tuple[str, ...]]:
    """Return who can be called, what a unit is, and the kinds that cannot be called.

    Raises
    ------
    ScenarioError
        If a kind does not occur, or nobody is left.
    """
    present = [tables.kinds[k] for k in np.unique(tables.world.organisations.kind).tolist()]
    chosen = _callable_kinds(scenario, present, kinds)
    kind = tables.world.organisations.kind
    callable_rows = np.flatnonzero(np.isin(kind, [tables.kinds.index(k) for k in chosen]))
    choices = [by] if by else list(BY)
    for name in choices:
        units = _grouped(tables, callable_rows, name)
        if by or len(units) <= MOST:
            break
    return tuple(units), name, tuple(k for k in present if k not in chosen)


def _callable_kinds(
    scenario: Scenario, present: list[str], kinds: Sequence[str] | None
) -> list[str]:
    if kinds is None:
        recipes = scenario.recipes()
        chosen = [kind for kind in present if PEOPLE not in recipes[kind].makes]
        return chosen or present
    problems = [
        Problem(
            scenario.source, "kinds", kind, "there is no such kind here", nearest(kind, present)
        )
        for kind in kinds
        if kind not in present
    ]
    if problems or not kinds:
        raise ScenarioError(
            problems
            or Problem(scenario.source, "kinds", message="names nobody", remedy="name a kind")
        )
    return [kind for kind in present if kind in kinds]


def _grouped(tables: Tables, rows: np.ndarray, by: str) -> list[Unit]:
    owners = tables.world.organisations
    if by == "organisation":
        return [
            Unit(
                tables.ids[row],
                tables.names[row],
                f"{tables.kinds[owners.kind[row]]} in {tables.areas[owners.area[row]]}",
                (row,),
            )
            for row in rows.tolist()
        ]
    members: dict[str, list[int]] = {}
    for row in rows.tolist():
        kind, area = tables.kinds[owners.kind[row]], tables.areas[owners.area[row]]
        name = {"kind": kind, "area": area, "group": f"{kind} in {area}"}[by]
        members.setdefault(name, []).append(row)
    return [
        Unit(name, name, f"{len(found):,} organisation{'s' * (len(found) > 1)}", tuple(found))
        for name, found in sorted(members.items())
    ]


Coalition = frozenset[int]
Value = Callable[[list[Coalition]], list[float]]

LOT = 12  # asked at once, so that there is work for several processes
MUCH = 0.02  # of the difference between nobody and everybody
IDLE = 1e-4  # of the same: who changes less is moved together with others who do
SAME = 1e-9  # relative: a smaller difference is rounding


@dataclass(frozen=True)
class Found:
    """An order, and how it was found.

    Attributes
    ----------
    order : tuple of int
        Members, first called first.
    path : tuple of float
        Value of nobody, of the first, the first two, …; of those who were moved together, and so
        differ by next to nothing, the one that is known.
    single : tuple of float
        Value of each member alone.
    backward : bool
        Found from the end.
    asked : int
        Coalitions evaluated, in both searches.
    """

    order: tuple[int, ...]
    path: tuple[float, ...]
    single: tuple[float, ...]
    backward: bool
    asked: int


def best_order(
    members: int, value: Value, progress: Callable[[int, int], None] | None = None
) -> Found:
    """Search an order in which value falls early.

    Parameters
    ----------
    members : int
        How many there are.
    value : callable
        Values of several coalitions; asked for each coalition once.
    progress : callable, optional
        Called with (steps done, steps in all).

    Examples
    --------
    The first brings nothing without the last.

    >>> best_order(3, lambda lot: [0.0 if {0, 2} <= one else 5.0 for one in lot]).order
    (0, 2, 1)
    """
    ends = [frozenset[int](), frozenset(range(members))]
    known = dict(zip(ends, value(ends), strict=True))
    searches = [_Search(members, known, grow) for grow in (True, False)]
    running = [search.lots() for search in searches]
    while True:
        wanted = [next(lots, []) for lots in running]  # both at once: longer lots
        lot = [one for one in dict.fromkeys(chain(*wanted)) if one not in known]
        if not any(wanted):
            break
        if lot:
            known.update(zip(lot, value(lot), strict=True))
        if progress:
            progress(sum(len(search.moved) for search in searches), 2 * members)
    orders = [searches[0].moved, searches[1].moved[::-1]]
    paths = [_path(order, known) for order in orders]
    lower = sum(paths[1]) < sum(paths[0]) - SAME * abs(sum(paths[0]))
    single = tuple(known[frozenset([one])] for one in range(members))
    return Found(tuple(orders[lower]), tuple(paths[lower]), single, lower, len(known))


def _path(order: list[int], known: dict[Coalition, float]) -> list[float]:
    found = [known[frozenset()]]
    for called in range(1, len(order) + 1):
        found.append(known.get(frozenset(order[:called]), found[-1]))
    return found


class _Search:
    """One greedy search: members move in (`grow`) or out one by one, the best move first."""

    def __init__(self, members: int, known: dict[Coalition, float], grow: bool) -> None:
        self.known, self.grow = known, grow
        self.moved: list[int] = []
        self._here = frozenset[int]() if grow else frozenset(range(members))
        self._left = list(range(members))
        nobody, everybody = known[frozenset()], known[frozenset(range(members))]
        self._much, self._idle = (part * abs(nobody - everybody) for part in (MUCH, IDLE))
        self._rounding = SAME * max(abs(nobody), abs(everybody))
        self._change: dict[int, float] = {}  # that a move would make, as last asked

    def lots(self) -> Iterator[list[Coalition]]:
        """Yield coalitions whose values are wanted in `known` before going on."""
        while self._left:
            asked: dict[int, float] = {}
            while lot := self._promising(asked):
                yield [self._after(one) for one in lot]
                for one in lot:
                    asked[one] = self.known[self._after(one)] - self.known[self._here]
            self._change.update(asked)
            idle = self._idlers(asked)
            while len(idle) > 1:
                yield [self._after(*idle)]
                if abs(self.known[self._after(*idle)] - self.known[self._here]) <= self._idle:
                    break
                idle = idle[: len(idle) // 2]  # none is missed alone, but they are together
            self._move(*(idle or [min(asked, key=lambda one: (asked[one], one))]))

    def _idlers(self, asked: dict[int, float]) -> list[int]:
        """Return those who change next to nothing, if nobody changes anything for the better."""
        if min(asked.values()) < -self._idle:
            return []
        idle = [one for one in asked if abs(asked[one]) <= self._idle]
        return sorted(idle, key=lambda one: (asked[one], one))

    def _after(self, *members: int) -> Coalition:
        return self._here.union(members) if self.grow else self._here.difference(members)

    def _promising(self, asked: dict[int, float]) -> list[int]:
        """Return who may be better than the best asked in this step; most promising first."""
        best = min(asked.values(), default=float("inf")) - self._rounding
        hope = {one: self._change.get(one, -float("inf")) for one in self._left}
        better = [one for one in self._left if one not in asked and hope[one] < best]
        return sorted(better, key=lambda one: hope[one])[:LOT]

    def _move(self, *members: int) -> None:
        before = self.known[self._here]
        self._here = self._after(*members)
        for member in members:
            self._left.remove(member)
            self.moved.append(member)
        if abs(self.known[self._here] - before) > self._much:
            self._change.clear()  # who was worth nothing may now be worth much
