"""What spreads from one to the next: global cascades on random graphs, and an epidemic."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, poisson

from crisis_abm import engine
from crisis_abm.engine import Detail, Status
from crisis_abm.scenario.schema.policy import LEVERS
from crisis_abm.tables.layout import Effect, Policy, World
from crisis_abm.validation.case import SIGMAS, Case, built, finished, standard_error

Array = np.ndarray
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
    world, policy = _threshold_graph(phi, n * graphs, first, second, seeds, STEPS)
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


def _threshold_graph(
    phi: float, nodes: int, supplier: Array, customer: Array, seeds: Array, steps: int
) -> tuple[World, Policy]:
    """Build nodes that all do one unit of work, and need support from those they are linked to.

    A node uses as many units of support as it has suppliers, a share from each, and makes one for
    each customer; it stops when the missing fraction reaches `phi`, for good.

    Parameters
    ----------
    phi : float
    nodes : int
    supplier, customer : ndarray of int, shape (E,)
        Nodes at the two ends of every link.
    seeds : ndarray of int
        Nodes that fail at the start.
    steps : int
        Ticks of a run.
    """
    order = np.argsort(customer, kind="stable")
    supplier, customer = supplier[order], customer[order]
    needs = np.bincount(customer, minlength=nodes)
    makes = np.bincount(supplier, minlength=nodes)
    user, maker = np.flatnonzero(needs), np.flatnonzero(makes)
    input_of, output_of = np.cumsum(needs > 0) - 1, np.cumsum(makes > 0) - 1
    template, _ = _template(phi, steps)
    one, none = np.ones(nodes), np.zeros(nodes)
    links = len(supplier)
    by_supplier = np.argsort(supplier, kind="stable").astype(np.int64)
    world = template._replace(
        organisations=template.organisations._replace(
            kind=np.zeros(nodes, np.int32),
            area=np.zeros(nodes, np.int32),
            key=np.arange(nodes, dtype=np.uint64),
            group=np.zeros(nodes, np.int32),
            capacity=one,
            caseload=none,
            demand=one,
            arrivals=none,
            population=none,
            stay=np.full(nodes, np.inf),
            nominal_workload=one,
            input_start=_starts(needs > 0),
            output_start=_starts(makes > 0),
            coordination=np.full(nodes, -1, np.int32),
        ),
        inputs=template.inputs._replace(
            organisation=user.astype(np.int32),
            resource=np.zeros(len(user), np.int32),
            use=needs[user].astype(float),
            criticality=np.ones(len(user)),
            cover=np.zeros(len(user)),
            safety=np.zeros(len(user)),
            link_start=_starts(needs[user]),
        ),
        outputs=template.outputs._replace(
            organisation=maker.astype(np.int32),
            resource=np.zeros(len(maker), np.int32),
            make=makes[maker].astype(float),
            cover=np.zeros(len(maker)),
            link_start=_starts(makes[maker]),
        ),
        supply=template.supply._replace(
            supplier=output_of[supplier].astype(np.int32),
            customer=input_of[customer].astype(np.int32),
            share=1.0 / needs[customer],
            lead_time=np.zeros(links, np.int64),
            spread=np.zeros(links, np.int64),
            capacity=np.full(links, np.inf),
            reliability=np.ones(links),
            contract=np.ones(links),
            key=np.arange(links, dtype=np.uint64),
            by_supplier=by_supplier,
        ),
        aid=template.aid._replace(start=np.zeros(len(user) + 1, np.int64)),
        places=template.places._replace(start=np.zeros(nodes + 1, np.int64)),
        referrals=template.referrals._replace(
            start=np.zeros(nodes + 1, np.int64), target_start=np.zeros(nodes + 1, np.int64)
        ),
        events=template.events._replace(
            effect=np.array([int(Effect.CAPACITY)], np.int64),
            start=np.zeros(1, np.int64),
            end=np.array([steps], np.int64),
            value=np.zeros(1),
            levers=np.full((1, len(LEVERS)), np.nan),
            trigger=np.full(1, np.nan),
            area_start=np.zeros(2, np.int64),
            area=np.zeros(0, np.int32),
            target_start=np.array([0, len(seeds)], np.int64),
            target=np.sort(seeds).astype(np.int64),
        ),
        hazard=template.hazard._replace(
            resident_row=np.full(nodes, -1, np.int64), tests=np.full(nodes, -1, np.int32)
        ),
    )
    policy = Policy(
        levers=np.zeros((nodes, len(LEVERS))),
        start=np.zeros(0, np.int64),
        end=np.zeros(0, np.int64),
        value=np.zeros((0, len(LEVERS))),
        target_start=np.zeros(1, np.int64),
        target=np.zeros(0, np.int64),
    )
    return world, policy


def _starts(counts: Array) -> Array:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _template(phi: float, steps: int) -> tuple[World, Policy]:
    """Two such nodes from a scenario: kinds, resources and parameters are taken from it."""
    tables, policy = built(
        {
            "title": "nodes with a threshold",
            "time": {"steps": steps},
            "behaviour": {"patience": 1, "recovery": steps, "forecast_window": 1},
            "resources": {"support": {"storable": False, "rationing": "contract"}},
            "kinds": {
                "node": {
                    "harm": 0,
                    "response": "threshold",
                    "threshold": phi,
                    "needs": {"support": {"use": 1, "criticality": 1}},
                    "makes": {"support": {"make": 1}},
                }
            },
            "organisations": [
                {"id": name, "kind": "node", "area": "graph", "capacity": 1, "demand": 1}
                for name in ("a", "b")
            ],
            "links": [
                {"from": "a", "to": "b", "resource": "support"},
                {"from": "b", "to": "a", "resource": "support"},
            ],
        }
    )
    return tables.world, policy


def final_size(
    r0: float, population: int = 1_000_000, infected: int = 200, runs: int = 20, seed: int = 0
) -> Case:
    """One well-mixed group: R = 1 - (1 - i)·exp(-R0·R), i the share infected at first.

    Parameters
    ----------
    r0 : float
        Infections by one case among the susceptible, 1.2 to 5.
    population, infected : int
        At least 20 infected at first, at most one in 1,000.
    runs, seed : int
        Runs with different chance, and which.

    References
    ----------
    Kermack & McKendrick (1927), Proc. R. Soc. A 115:700.
    """
    if not 20 <= infected <= population / 1000:
        raise ValueError(f"infected {infected}: must be from 20 to one in 1,000 of the population")
    first = infected / population
    expected = brentq(lambda r: 1 - (1 - first) * np.exp(-r0 * r) - r, 1e-3 * first, 1 - 1e-12)
    steps = int(200 + 600 / (r0 - 1))
    tables, policy = built(
        {
            "title": "one town",
            "time": {"steps": steps},
            "resources": {},
            "kinds": {"people": {"population": population}},
            "organisations": [{"id": "town", "kind": "people", "area": "town"}],
            "hazard": {
                "kind": "epidemic",
                "communities": ["people"],
                "receivers": ["people"],
                "stay": 1,
                "severe": 0,
                "r0": r0,
                "latent": 2,
                "infectious": 4,
                "mixing": {"own": 1, "area": 0, "everywhere": 0},
                "infected": infected,
            },
        }
    )
    rates = []
    for run in range(runs):
        hazard = finished(tables, policy, seed + run).hazard
        rates.append(float(hazard.removed[0] + hazard.infectious[0]) / population)
    return Case(
        "final_size",
        "Kermack & McKendrick 1927",
        {"r0": r0, "population": population, "infected": infected, "runs": runs, "seed": seed},
        {"attack_rate": float(expected)},
        {"attack_rate": float(np.mean(rates))},
        {"attack_rate": SIGMAS * standard_error(np.array(rates)) + 1e-4},
    )
