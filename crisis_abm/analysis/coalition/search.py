"""Whom to call first: harm against how many organisations have taken to working together.

Those who have been called follow one policy (reciprocal), the others keep to another (siloed), for
the whole crisis. Random orders show what adoption brings by itself, a greedy order what can be had
by choosing. The order is searched in crises of its own and then measured in others: what was chosen
looks better than it is in the crises that it was chosen by.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from crisis_abm.analysis.coalition.adoption import SHARES, Adoption
from crisis_abm.analysis.coalition.calling_order import Unit, best_order, units_of
from crisis_abm.engine import State
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.runs import Prepared, Trial
from crisis_abm.runs.processes import Progress
from crisis_abm.runs.trials import RepeatedTrials
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.tables import Tables

Array = np.ndarray
FEW = (1, 2, 3, 5, 10)  # calls after which they are measured as well
MOST_POINTS = 60  # of the best order that are measured; all, where there are no more
STEP_WEIGHT = 7  # runs a replicate that a step of the search costs, about; for progress only


def coalition(
    scenario: Scenario | str | Path,
    outcome: str = "harm",
    policy: str | Policy = "reciprocal",
    otherwise: str | Policy = "siloed",
    by: str | None = None,
    kinds: Sequence[str] | None = None,
    replicates: int = 30,
    screening: int = 5,
    orders: int = 2,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Adoption:
    """Measure adoption in random orders and in the best order that a greedy search finds.

    Parameters
    ----------
    scenario : Scenario, str or Path
        Or its file, or the name of a ready-made one.
    outcome : str
        One of `outcomes.OUTCOMES` of which less, or more, is better.
    policy, otherwise : str or Policy
        What those called follow, and the others.
    by : {"organisation", "group", "kind", "area"}, optional
        What one call reaches; a group is a kind in an area. By default organisations, or the finest
        of the others with at most `calling_order.MOST` units.
    kinds : sequence of str, optional
        Who can be called; by default all kinds but groups of people (who make labour).
    replicates : int
        Crises in which everything is measured, the same as in `compare`.
    screening : int
        Further crises, in which the order is searched.
    orders : int
        Random orders a replicate.
    seed : int
    workers, progress
        As in `compare`; progress counts runs, those of the search estimated.
    """
    if OUTCOMES[outcome].better == 0:
        raise ValueError(f"of {outcome} neither less nor more is better")
    began = time.perf_counter()
    scenario = Scenario.of(scenario)
    policy, otherwise = scenario.policies_named([policy, otherwise])
    tables = Prepared.of(scenario).tables
    units, by, not_called = units_of(scenario, tables, by, kinds)
    count = len(units)
    points, random_points = _points(count), _random_points(count)
    measured = replicates * (len(points) + 1 + orders * (len(random_points) - 2))
    searched = 2 * count * STEP_WEIGHT * screening
    tell = _Tell(progress, searched, measured)
    with RepeatedTrials(
        scenario, partial(_outcome, outcome), seed, workers, searched + measured
    ) as trials:
        bench = _Coalitions(trials, units, policy, otherwise)
        crises = range(replicates, replicates + screening)
        sign = -OUTCOMES[outcome].better

        def value(lot: list[frozenset[int]]) -> list[float]:
            return [float(v) for v in sign * bench.each(lot, crises).mean(axis=1)]

        found = best_order(count, value, tell.search)
        best = [frozenset(found.order[:calls]) for calls in points.tolist()]
        chance = {r: _orders(seed, r, orders, count) for r in range(replicates)}
        inner = random_points[1:-1].tolist()
        asked: list[tuple[int, frozenset[int] | None]]
        asked = [(r, one) for r in range(replicates) for one in best]
        asked += [(r, None) for r in range(replicates)]
        asked += [
            (r, frozenset(order[:calls]))
            for r in range(replicates)
            for order in chance[r]
            for calls in inner
        ]
        answers = bench.run(asked, tell.measure)
    cut = replicates * len(points)
    curve, everybody = answers[:cut].reshape(replicates, -1), answers[cut : cut + replicates]
    random = np.empty((replicates, orders, len(random_points)))
    random[..., 0], random[..., -1] = curve[:, :1], curve[:, -1:]
    random[..., 1:-1] = answers[cut + replicates :].reshape(replicates, orders, -1)
    return Adoption(
        scenario=scenario,
        outcome=outcome,
        policy=policy.name,
        otherwise=otherwise.name,
        units=units,
        by=by,
        not_called=not_called,
        found=found,
        points=points,
        best=curve,
        random_points=random_points,
        random=random,
        everybody=everybody,
        screening=screening,
        seed=seed,
        runs=trials.done,
        seconds=time.perf_counter() - began,
    )


class _Coalitions:
    """Runs coalitions of units."""

    def __init__(
        self, trials: RepeatedTrials, units: Sequence[Unit], policy: Policy, otherwise: Policy
    ) -> None:
        self.trials, self.units = trials, units
        self.policy, self.otherwise = policy, otherwise

    def run(
        self, asked: Sequence[tuple[int, frozenset[int] | None]], progress: Progress | None = None
    ) -> Array:
        """Return the outcome of each coalition in its replicate; None is everybody."""
        return self.trials.run([(r, self._trial(one)) for r, one in asked], progress)

    def each(self, coalitions: Sequence[frozenset[int]], replicates: Sequence[int]) -> Array:
        """Return the outcome of all coalitions in all replicates: (coalitions, replicates)."""
        asked = [(replicate, one) for one in coalitions for replicate in replicates]
        return self.run(asked).reshape(len(coalitions), -1)

    def _trial(self, members: frozenset[int] | None) -> Trial:
        if members is None:
            return Trial(self.policy)
        rows = sorted(row for k in members for row in self.units[k].rows)
        return Trial(self.policy, adopters=tuple(rows), otherwise=self.otherwise)


class _Tell:
    """Progress over search and measurement in one count of runs."""

    def __init__(self, progress: Progress | None, searched: int, measured: int) -> None:
        self.progress = progress or (lambda done, total: None)
        self.searched, self.total = searched, searched + measured
        self.told = 0

    def search(self, done: int, total: int) -> None:
        """Tell of steps of the search; a lot that led to none is nothing to tell."""
        runs = self.searched * done // max(1, total)
        if runs > self.told:
            self.told = runs
            self.progress(runs, self.total)

    def measure(self, done: int, total: int) -> None:
        """Tell of runs after it."""
        self.progress(self.searched + done, self.searched + total)


def _outcome(name: str, tables: Tables, state: State) -> Array:
    return np.asarray(OUTCOMES[name].of(tables, state))


def _points(units: int) -> Array:
    """Calls after which the best order is measured: all, or the first and then some."""
    if units <= MOST_POINTS:
        return np.arange(units + 1)
    first = np.arange(MOST_POINTS // 2)
    rest = np.linspace(MOST_POINTS // 2, units, MOST_POINTS // 2 + 1).round().astype(int)
    return np.unique(np.concatenate([first, rest, [c for c in FEW if c <= units]]))


def _random_points(units: int) -> Array:
    """Calls after which random orders are measured; each is a point of the best order."""
    shares = np.linspace(0, units, SHARES + 1).round().astype(int)
    wanted = np.unique(np.concatenate([shares, [c for c in FEW if c < units]]))
    points = _points(units)
    nearest = points[np.abs(points[:, None] - wanted).argmin(axis=0)]
    return np.unique(nearest)


def _orders(seed: int, replicate: int, orders: int, units: int) -> list[list[int]]:
    """Random orders of a replicate, whatever other replicates there are."""
    generator = np.random.Generator(np.random.PCG64([seed, replicate, units]))
    return [generator.permutation(units).tolist() for _ in range(orders)]
