"""Global cascades on random graphs: many small tipping points."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, poisson

from crisis_abm import engine
from crisis_abm.engine import Detail, Status
from crisis_abm.validation.case import SIGMAS, Case, standard_error
from crisis_abm.validation.threshold_graph import threshold_graph

__all__ = ["watts"]

STEPS = 400  # more than any cascade lasts
PACK = 200_000  # nodes in one scenario
FINITE_SIZE = 0.02  # at 10,000 nodes, near an edge of the window of global cascades
GLOBAL = 0.05  # share of nodes from which a cascade counts as global, at least


def watts(
    phi: float,
    z: float,
    n: int = 10_000,
    runs: int = 200,
    seed: int = 0,
    directed: bool = False,
) -> Case:
    """How often one failed node brings down a random graph, and how much of it.

    A node fails when the failed fraction of those it depends on reaches `phi`; degrees are Poisson
    with mean `z`. Every run is a graph of its own with one random seed; many of them are components
    of one scenario, built from arrays.

    Parameters
    ----------
    phi : float
        Threshold, above 0 to 1.
    z : float
        Mean degree (in-degree if directed).
    n, runs, seed : int
        Nodes a graph, graphs, and which.
    directed : bool
        Whether dependence goes one way.

    References
    ----------
    Watts (2002), PNAS 99:5766. Probability: size of the vulnerable cluster that a seed touches;
    size: Gleeson & Cahalane (2007), Phys. Rev. E 75:056103, seed fraction to 0.
    """
    probability = _probability(phi, z, directed)
    size = _size(phi, z, directed) if probability > 0 else 0.0
    generator = np.random.default_rng(seed)
    shares: list[float] = []
    while len(shares) < runs:
        graphs = max(1, min(runs - len(shares), PACK // n))
        shares += _cascades(phi, z, n, graphs, directed, generator)
    reached = np.array(shares)
    spread = reached > max(GLOBAL, size / 2)
    found = reached[spread]
    chance = SIGMAS * math.sqrt(max(probability * (1 - probability), 1e-12) / runs)
    blur = SIGMAS * standard_error(found) if len(found) > 1 else 0.0
    return Case(
        "watts",
        "Watts 2002; Gleeson & Cahalane 2007",
        {"phi": phi, "z": z, "n": n, "runs": runs, "seed": seed, "directed": directed},
        {"probability": probability} | ({"size": size} if probability > 0 else {}),
        {"probability": float(spread.mean())}
        | ({"size": float(found.mean()) if len(found) else 0.0} if probability > 0 else {}),
        {"probability": chance + FINITE_SIZE, "size": blur + FINITE_SIZE},
    )


def _most_neighbours(phi: float) -> int:
    """Degree up to which one failed neighbour is enough."""
    return math.floor(1 / phi + 1e-9)


def _probability(phi: float, z: float, directed: bool) -> float:
    """Chance that a seed touches the infinite cluster of nodes that one failure topples."""
    most = _most_neighbours(phi)
    if directed:
        vulnerable = float(poisson.cdf(most - 1, z))  # at the end of a link into it
        grows = z * vulnerable
    else:
        grows = z * float(poisson.cdf(most - 2, z))
    if grows <= 1:
        return 0.0

    def excess(u: float) -> float:
        if directed:
            return vulnerable * (1 - math.exp(-z * u)) - u
        degree = np.arange(1, most + 1)
        weight = degree * poisson.pmf(degree, z) / z
        return float((weight * (1 - (1 - u) ** (degree - 1))).sum()) - u

    return 1 - math.exp(-z * brentq(excess, 1e-9, 1.0))


def _size(phi: float, z: float, directed: bool) -> float:
    """Share of nodes that a global cascade brings down."""
    degrees = np.arange(0, int(z + 12 * math.sqrt(z) + 20))
    share = poisson.pmf(degrees, z)
    needed = np.ceil(phi * degrees - 1e-9).clip(1)  # failed neighbours that topple it

    def toppled(q: float, tries: np.ndarray) -> np.ndarray:
        return np.asarray(binom.sf(needed - 1, tries, q))

    edge = degrees * share / z
    q = 1e-4
    for _ in range(20_000):
        if directed:
            new = float((share * toppled(q, degrees)).sum())
        else:
            new = float((edge[1:] * toppled(q, degrees - 1)[1:]).sum())
        if abs(new - q) < 1e-14:
            break
        q = new
    return float((share * toppled(q, degrees)).sum())


def _cascades(
    phi: float,
    z: float,
    n: int,
    graphs: int,
    directed: bool,
    generator: np.random.Generator,
) -> list[float]:
    """Share of nodes failed at last, in each of several graphs run as one scenario."""
    first, second = _random_links(z, n, graphs, directed, generator)
    seeds = np.arange(graphs) * n + generator.integers(0, n, graphs)
    world, policy = threshold_graph(phi, n * graphs, first, second, seeds, STEPS)
    state = engine.start(world, policy, 0, Detail.GROUPS)
    before, tick = -1, 0
    while tick < STEPS:
        state = engine.advance(world, state, tick, tick + 5)
        tick += 5
        failed = state.organisations.status == Status.FAILED
        if failed.sum() == before:  # a wave moves one link a tick, or it has ended
            break
        before = failed.sum()
    return list(failed.reshape(graphs, n).mean(axis=1))


def _random_links(
    z: float, n: int, graphs: int, directed: bool, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Who supports whom: two arrays of nodes; every pair as likely, mean (in-)degree `z`."""
    pairs = n * (n - 1) if directed else n * (n - 1) // 2
    count = generator.binomial(pairs, z / (n - 1), graphs)
    offset = np.repeat(np.arange(graphs) * n, count)
    first = generator.integers(0, n, len(offset))
    second = (first + generator.integers(1, n, len(offset))) % n
    if not directed:
        first, second = np.minimum(first, second), np.maximum(first, second)
    code = np.unique((offset + first) * np.int64(n) + second)
    first, second = code // n, code % n + code // n // n * n
    if directed:
        return first, second
    return np.concatenate([first, second]), np.concatenate([second, first])
