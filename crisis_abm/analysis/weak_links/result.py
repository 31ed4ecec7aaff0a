"""What a search for weak links came to: estimates, ranks, and what the graph alone would say.

Three measures that are often used for "critical" nodes, on the dependency graph: an arrow from
everybody to those it depends on, its suppliers and those who take over the people it has finished
with; parallel arrows count once. They see who is tied to whom. They see no stock, no spare
capacity, no substitute, no crisis and no policy, and that is where they mislead.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from crisis_abm.analysis.weak_links.candidates import HELP, Candidate
from crisis_abm.analysis.weak_links.knock_out import row_of
from crisis_abm.network import to_graph
from crisis_abm.runs.statistics import Alike, Estimate, alike, interval_of_amount, interval_of_mean
from crisis_abm.scenario import Scenario
from crisis_abm.tables import Tables

MEASURES = {
    "betweenness": "betweenness",  # share of shortest chains that pass through (Freeman 1977)
    "pagerank": "PageRank",  # how much depends on it, weighed by how much depends on those
    "in_degree": "in-degree",  # how many depend on it directly
}
LARGEST = 2000  # organisations up to which betweenness, N × E steps, takes seconds


@dataclass(frozen=True)
class Misled:
    """An organisation that a simple measure puts in the wrong place.

    Attributes
    ----------
    organisation : str
    measure : str
        Of `MEASURES`.
    by_measure, by_harm : float
        Its rank among those compared, 1 the most critical; means where several are level.
    """

    organisation: str
    measure: str
    by_measure: float
    by_harm: float


def graph_measures(tables: Tables) -> dict[str, Array]:
    """Every measure of `MEASURES` for every organisation; larger is more critical.

    Returns
    -------
    dict of str to ndarray, shape (N,)
        Without betweenness in networks of more than `LARGEST` organisations.

    References
    ----------
    Freeman, L. C. (1977). A set of measures of centrality based on betweenness. *Sociometry*
    40(1), 35–41. Page, L. et al. (1999). The PageRank citation ranking. Stanford InfoLab.
    """
    import networkx

    ties = networkx.DiGraph()
    ties.add_nodes_from(tables.ids)
    for one, other, tie in to_graph(tables).edges(data=True):
        if tie["kind"] == "supply" and one != other:
            ties.add_edge(other, one)
        elif tie["kind"] == "referral":
            ties.add_edge(one, other)
    found = {
        "pagerank": networkx.pagerank(ties),
        "in_degree": dict(ties.in_degree()),
    }
    if len(ties) <= LARGEST:
        found["betweenness"] = networkx.betweenness_centrality(ties)
    return {
        name: np.array([found[name][identity] for identity in tables.ids], dtype=np.float64)
        for name in MEASURES
        if name in found
    }


def ranks(values: Array) -> Array:
    """Ranks, 1 for the largest; those that are level share the mean of their ranks.

    >>> ranks(np.array([3.0, 5.0, 3.0, 1.0])).tolist()
    [2.5, 1.0, 2.5, 4.0]
    """
    _, place, level = np.unique(-values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(level) - (level - 1) / 2)[place])


def rank_correlation(one: Array, other: Array) -> float:
    """Spearman's rank correlation; NaN where one of the two is the same for everybody.

    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 15.0]))
    0.5
    """
    if len(one) < 2:
        return math.nan
    first, second = ranks(one) - (len(one) + 1) / 2, ranks(other) - (len(one) + 1) / 2
    size = math.sqrt(float((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / size if size else math.nan


def misled(
    names: Sequence[str], measure: str, values: Array, harm: Array, top: int
) -> list[Misled]:
    """Whom a measure misjudges most: largest ratio of ranks first.

    Ratio and not difference, because whoever looks for weak links looks at the top: 1st instead of
    20th matters, 41st instead of 60th does not.

    Parameters
    ----------
    names : sequence of str
    measure : str
    values, harm : ndarray, shape ``(len(names),)``
        The measure, and the harm that knocking each out adds.
    top : int
        How many at most; none that are in their place within a factor of two.
    """
    by_measure, by_harm = ranks(values), ranks(harm)
    off = np.abs(np.log(by_measure / by_harm))
    order = np.argsort(-off, kind="stable")[:top]
    return [
        Misled(names[k], measure, float(by_measure[k]), float(by_harm[k]))
        for k in order.tolist()
        if off[k] > math.log(2)
    ]


Array = np.ndarray
FEWEST = 5  # replicates that an interval can be taken of: two or three tell nothing of spread
EQUAL = 1e-9  # means that differ by less share a rank
MISLED = 3  # named, a measure and policy


@dataclass(frozen=True)
class Mean(Estimate):
    """A mean over replicates and how sure it is.

    Attributes
    ----------
    mean : float
    interval : (float, float) or None
        90% confidence interval of the mean; None of fewer than `FEWEST` replicates, and where
        `alike` is told instead.
    replicates : int
    alike : Alike or None
        Where too few replicates differ for an interval.
    """

    mean: float
    interval: tuple[float, float] | None
    replicates: int
    alike: Alike | None = None


@dataclass(frozen=True)
class Tried:
    """Something tried and what it came to, by policy.

    Attributes
    ----------
    candidate : Candidate
    harm : dict of str to Mean
        Of a knock-out, harm added to others than who is knocked out; of help, harm saved in all.
    itself : dict of str to float
        The mean of the same at the organisation itself; of a link at its customer, of help at
        who is helped (both contained in `harm`).
    spread : dict of str to Mean
        How many others were strained on more ticks than without.
    rank : dict of str to int
        Among those of its form, 1 for the largest `harm`.
    values : ndarray, shape (policies, replicates)
        What `harm` is the mean of.
    """

    candidate: Candidate
    harm: dict[str, Mean]
    itself: dict[str, float]
    spread: dict[str, Mean]
    rank: dict[str, int]
    values: Array = field(repr=False, compare=False)

    @property
    def replicates(self) -> int:
        """In how many replicates it was tried."""
        return int(self.values.shape[1])

    def per_unit(self, policy: str) -> float:
        """Harm saved by one unit, where units are what was tried."""
        return self.harm[policy].mean / self.candidate.amount


@dataclass(frozen=True)
class Pair:
    """Two knocked out together.

    Attributes
    ----------
    first, second : Candidate
    harm : dict of str to Mean
        Added to others than the two.
    excess : dict of str to Mean
        Harm added in all beyond what the two add when each is knocked out alone.
    spread : dict of str to Mean
    values : ndarray, shape (policies, replicates)
    """

    first: Candidate
    second: Candidate
    harm: dict[str, Mean]
    excess: dict[str, Mean]
    spread: dict[str, Mean]
    values: Array = field(repr=False, compare=False)


@dataclass(frozen=True)
class WeakLinks:
    """Everything tried, and what the graph alone would have said.

    Attributes
    ----------
    scenario : Scenario
    tables : Tables
        Of the scenario as it is written.
    policies : tuple of str
    seed : int
    arguments : dict
        Plain data: ``weak_links(scenario, **arguments)`` gives the same again.
    before : dict of str to Mean
        Harm in all, with nothing tried.
    tried : list of Tried
        In the order of `candidates.candidates`.
    pairs : list of Pair
        Worst first.
    measures : dict of str to ndarray, shape (N,)
        See `graph_measures`.
    screening, replicates : int
        Of all, of those repeated.
    runs : int
        How many trials were run.
    seconds : float
        That the runs took.
    """

    scenario: Scenario
    tables: Tables
    policies: tuple[str, ...]
    seed: int
    arguments: dict[str, Any]
    before: dict[str, Mean]
    tried: list[Tried]
    pairs: list[Pair]
    measures: dict[str, Array]
    screening: int
    replicates: int
    runs: int
    seconds: float

    def __repr__(self) -> str:
        tried = f"{len(self.tried):,} things tried in {self.runs:,} runs"
        return f"<WeakLinks of {self.scenario.title!r}: {', '.join(self.policies)}; {tried}>"

    def of(self, form: str, policy: str | None = None) -> list[Tried]:
        """What was tried of one form; by rank under a policy, else by the best rank under any."""
        found = [one for one in self.tried if one.candidate.form == form]
        if policy is not None:
            return sorted(found, key=lambda one: one.rank[policy])
        return sorted(found, key=lambda one: (min(one.rank.values()), sum(one.rank.values())))

    def rank_correlation(self, form: str) -> float:
        """Spearman's correlation of the ranking under the first two policies."""
        first, second = (
            np.array([one.harm[policy].mean for one in self.of(form, self.policies[0])])
            for policy in self.policies[:2]
        )
        return rank_correlation(first, second)

    def measure_correlation(self, measure: str, policy: str) -> float:
        """Spearman's correlation of a measure of the graph with the harm that knocking out adds."""
        _, values, harm = self._compared(measure, policy)
        return rank_correlation(values, harm)

    def misled(self, measure: str, policy: str, top: int = MISLED) -> list[Misled]:
        """The organisations that a measure misjudges most."""
        names, values, harm = self._compared(measure, policy)
        return misled(names, measure, values, harm, top)

    def ranked(self, measure: str, policy: str) -> list[tuple[str, float, float]]:
        """Every organisation tried with its rank by a measure and by the harm it adds."""
        names, values, harm = self._compared(measure, policy)
        return list(zip(names, ranks(values).tolist(), ranks(harm).tolist(), strict=True))

    def name_of(self, organisation: str) -> str:
        """What a planner calls an organisation; with its id where others are called the same."""
        name = str(self.tables.names[row_of(self.tables, organisation)])
        return f"{name} ({organisation})" if name in self._namesakes else name

    @cached_property
    def _namesakes(self) -> set[str]:
        return {name for name, times in Counter(self.tables.names).items() if times > 1}

    @property
    def help_screening(self) -> int:
        """In how many replicates what may help was tried at least; 0 if none was."""
        helped = [one.replicates for one in self.tried if one.candidate.form in HELP]
        return min(helped, default=0)

    @property
    def measured(self) -> dict[str, str]:
        """Names of the measures that there are, and what to call them."""
        return {name: title for name, title in MEASURES.items() if name in self.measures}

    def _compared(self, measure: str, policy: str) -> tuple[list[str], Array, Array]:
        tried = [one for one in self.tried if one.candidate.form == "organisations"]
        row = {identity: k for k, identity in enumerate(self.tables.ids)}
        names = [one.candidate.organisation for one in tried]
        values = self.measures[measure][[row[name] for name in names]]
        return names, values, np.array([one.harm[policy].mean for one in tried])


def order(means: Array) -> Array:
    """Ranks, 1 for the largest; those within rounding of each other share the best one.

    >>> order(np.array([1.0, 3.0, 3.0 + 1e-12, 0.5])).tolist()
    [3, 1, 1, 4]
    """
    down = np.argsort(-means, kind="stable")
    fresh = np.concatenate([[True], np.diff(means[down]) < -EQUAL])
    rank = np.empty(len(means), dtype=np.int64)
    rank[down] = np.maximum.accumulate(np.where(fresh, np.arange(1, len(means) + 1), 0))
    return rank


def estimates(values: Sequence[Array], amounts: bool = False) -> list[list[Mean]]:
    """Mean and interval of every row of every array.

    Parameters
    ----------
    values : sequence of ndarray, shape (policies, replicates)
        With as many replicates as each has.
    amounts : bool
        Whether they cannot be below zero.

    Returns
    -------
    list of list of Mean
        For every array one for each of its rows.
    """
    found: list[list[Mean]] = [[] for _ in values]
    for replicates in sorted({part.shape[1] for part in values}):
        rows = [k for k, part in enumerate(values) if part.shape[1] == replicates]
        table = np.concatenate([values[k] for k in rows]).T  # replicates first
        of_mean = interval_of_amount if amounts else interval_of_mean
        low, high = of_mean(table)
        mean, at = table.mean(axis=0), 0
        same = np.ptp(table, axis=0) == 0
        mean = np.where(same, table[0], mean)  # not even rounding
        for k in rows:
            for _ in range(len(values[k])):
                told = alike(table[:, at])
                known = told is None and replicates >= FEWEST
                ends = (float(low[at]), float(high[at])) if known else None
                found[k].append(Mean(float(mean[at]), ends, replicates, told))
                at += 1
    return found
