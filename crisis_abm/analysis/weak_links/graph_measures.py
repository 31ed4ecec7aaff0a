"""What the picture of a network would say: who is central, before anything is simulated.

Three measures that are often used for "critical" nodes, on the dependency graph: an arrow from
everybody to those it depends on, its suppliers and those who take over the people it has finished
with; parallel arrows count once. They see who is tied to whom. They see no stock, no spare
capacity, no substitute, no crisis and no policy, and that is where they mislead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crisis_abm.network import to_graph
from crisis_abm.tables import Tables

__all__ = ["MEASURES", "Misled", "graph_measures", "misled", "rank_correlation", "ranks"]

Array = np.ndarray
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
