"""How a cascade ran: who was hit when and by way of whom, which hops carried most harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crisis_abm.analysis.cascade.causal_graph import CausalGraph, Role
from crisis_abm.engine import Status
from crisis_abm.engine.phases.status import STRAINED_BELOW
from crisis_abm.runs import Run

if TYPE_CHECKING:
    from crisis_abm.analysis.cascade.build_causes import CauseBuilder
    from crisis_abm.analysis.cascade.shares import Explained


Array = np.ndarray
FOLLOWED = 40  # organisations, and hops, of which it is worked out how much harm passes
WHOLE = 1e-9


@dataclass(frozen=True)
class Step:
    """One organisation on the way from a harm to its root.

    Attributes
    ----------
    organisation : int
        Its row.
    tick : int
    resource : str
        What it lacked, of what the next step should have given; "" if its trouble was its own.
    short : float
        Part of its orders for that which it did not get, a mean over the cover of its stock.
    asked : bool
        Not shorted by the next step, but asked for more by it.
    """

    organisation: int
    tick: int
    resource: str = ""
    short: float = float("nan")
    asked: bool = False


@dataclass(frozen=True)
class Hit:
    """An organisation that was hit.

    Attributes
    ----------
    organisation : int
        Its row.
    tick : int
        First below a service level of 0.9; if it never was, that of most harm.
    strained : bool
        Whether it ever was.
    failed : int
        First closed; -1 for never.
    harm : float
        Its own, in all of the run.
    through : float
        Harm, its own and others', that is explained by way of it.
    root : int
        To which the greatest part of its harm goes back (of its lost service, where it came to no
        harm).
    part : float
        That part, 0 to 1.
    chain : tuple of Step
        How that root came to it on the day on which it did most: itself first, then through whom
        most of that part came, and so on.
    hops : int
        How far it was from a root at `tick`, by the heaviest causes of that day.
    """

    organisation: int
    tick: int
    strained: bool
    failed: int
    harm: float
    through: float
    root: int
    part: float
    chain: tuple[Step, ...]
    hops: int


@dataclass(frozen=True)
class Hop:
    """One way on which trouble was handed on.

    Attributes
    ----------
    source : int
        Row of the organisation that shorted the other; -1 where a root struck.
    root : int
        Number of that root; -1 otherwise.
    organisation : int
        Row of the one that was struck.
    resource : str
        What was lacking; "" for roots.
    tick : int
        First day.
    short : float
        Part of the orders that was not sent, mean weighted by harm; NaN for roots.
    harm : float
        That is explained by way of this hop, each way counted once (beyond the first `FOLLOWED`
        hops, where little passes, as often as it comes by).
    """

    source: int
    root: int
    organisation: int
    resource: str
    tick: int
    short: float
    harm: float


def hits_of(run: Run, graph: CausalGraph, builder: CauseBuilder, what: Explained) -> list[Hit]:
    """Everybody strained or harmed, in the order in which they were hit."""
    record, node, laid = run.state.record, builder.loss_node, what.laid
    harm = what.harm.sum(axis=1)
    level = 1.0 - builder.loss / np.maximum(record.workload, 1e-300)
    known = node >= 0
    below = (level < STRAINED_BELOW - WHOLE) & known
    strained = below.any(axis=0)
    heaviest = np.where(known, laid[node], -1.0).argmax(axis=0)
    first = np.where(strained, below.argmax(axis=0), heaviest)
    first = np.where(known.any(axis=0), first, (record.tick_harm > 0.0).argmax(axis=0))
    rows = np.flatnonzero(strained | (harm > WHOLE))
    failed = record.status == Status.FAILED
    closed = np.where(failed.any(axis=0), failed.argmax(axis=0), -1)
    over, flow = graph.flows(laid), np.zeros(len(harm))
    crossing = graph.organisation[graph.parent] != graph.organisation[graph.child]
    np.add.at(flow, graph.organisation[graph.child[crossing]], over[crossing])
    followed = rows[np.argsort(-flow[rows], kind="stable")][:FOLLOWED]
    through = dict(zip(followed.tolist(), laid @ graph.passing(followed, []), strict=True))
    ways = Ways(run, graph, what.shares)
    hits = []
    for row in rows[np.lexsort((rows, first[rows]))].tolist():
        tick = int(first[row])
        its = node[known[:, row], row]
        harmed = harm[row] > WHOLE
        by_root = what.harm[row] if harmed else what.loss[row]
        root = int(by_root.argmax())
        size = laid[its] if harmed else builder.loss[known[:, row], row]
        part = size * what.shares[its, root]
        chain: tuple[Step, ...] = (Step(row, tick),)
        deaths = float(what.hazard[:, row].sum()) if root == what.hazard_root and harmed else 0.0
        if part.sum() > deaths:
            chain = ways.to(root, int(its[part.argmax()]))
        own = float(laid[its].sum())
        passing = max(float(through.get(row, 0.0)), own) + float(harm[row]) - own
        hits.append(
            Hit(
                organisation=row,
                tick=tick,
                strained=bool(strained[row]),
                failed=int(closed[row]),
                harm=float(harm[row]),
                through=passing,
                root=root,
                part=float(by_root[root] / by_root.sum()),
                chain=chain,
                hops=len(ways.to(None, int(node[tick, row]))) if known[tick, row] else 1,
            )
        )
    return hits


class Shorts:
    """What part of its orders a link, or an input, did not get."""

    def __init__(self, run: Run) -> None:
        record, world = run.state.record, run.tables.world
        count = int(record.rows[1])
        self._links = len(world.supply.share)
        self._key = record.short_tick[:count].astype(np.int64) * self._links
        self._key += record.short_link[:count]
        lapsed, links = record.short_amount[:count], record.short_link[:count]
        customer = world.supply.customer[links]
        storable = world.resources.storable[world.inputs.resource[customer]]
        days = np.where(storable, np.maximum(1.0, world.inputs.cover[customer]), 1.0)
        order = record.ordered[record.short_tick[:count], customer] * world.supply.share[links]
        self._lapsed, self._order = lapsed / days, order
        self._start = world.inputs.link_start
        self._customer = world.supply.customer

    def of_links(self, tick: Array, link: Array) -> Array:
        """Part not sent on each link at each tick; 0 where no row says so."""
        key = tick.astype(np.int64) * self._links + link
        at = np.minimum(np.searchsorted(self._key, key), max(0, len(self._key) - 1))
        found = np.zeros(len(key))
        if len(self._key):
            part = self._lapsed[at] / np.maximum(self._order[at], 1e-300)
            found = np.where(self._key[at] == key, np.minimum(1.0, part), 0.0)
        return found

    def of_input(self, tick: int, link: int) -> float:
        """Part not sent to the input that a link leads to, by all its suppliers.

        At a tick, or when it last ordered any before that: who is closed orders nothing.
        """
        h = self._customer[link]
        ends = np.arange(tick, -1, -1)[:, None] * self._links + self._start[h : h + 2]
        for low, high in np.searchsorted(self._key, ends).tolist():
            order = self._order[low:high].sum()
            if order > 0.0:
                return float(min(1.0, self._lapsed[low:high].sum() / order))
        return float("nan")


class Ways:
    """Ways through the graph from a loss back to a root.

    Parameters
    ----------
    run : Run
    graph : CausalGraph
    shares : ndarray, shape (nodes, roots)
    """

    def __init__(self, run: Run, graph: CausalGraph, shares: Array) -> None:
        self._graph, self._shares, self._shorts = graph, shares, Shorts(run)
        world, self._resources = run.tables.world, run.tables.resources
        self._resource = world.inputs.resource[world.supply.customer]  # of each link
        kinds = len(world.resources.storable)
        lacked = self._resource[np.maximum(graph.link, 0)] if len(self._resource) else 0
        what = np.where(graph.link >= 0, graph.roots + lacked, graph.roots + kinds)
        self._what = np.where(graph.parent < graph.roots, graph.parent, what)  # of each arc
        self._order = np.argsort(graph.child, kind="stable")
        self._start = np.searchsorted(graph.child[self._order], np.arange(graph.size + 1))

    def _heaviest(self, node: int, root: int | None) -> int:
        """The arc by which most of a root (of all of them) came to a node.

        Of what it lacked most (all suppliers together) the one of most.
        """
        arcs = self._order[self._start[node] : self._start[node + 1]]
        parent = self._graph.parent[arcs]
        weight = self._graph.share[arcs]
        weight = weight if root is None else weight * self._shares[parent, root]
        _, what = np.unique(self._what[arcs], return_inverse=True)
        together = np.bincount(what, weights=weight)[what]
        return int(arcs[np.lexsort((-parent, weight, together))[-1]])  # ties to the earliest

    def to(self, root: int | None, node: int) -> tuple[Step, ...]:
        """How a root came to a node in which it has a share; a loop on the way is left out.

        None: whichever root the heaviest causes lead to.
        """
        graph = self._graph
        steps = [Step(int(graph.organisation[node]), int(graph.tick[node]))]
        while True:
            arc = self._heaviest(node, root)
            link, parent = int(graph.link[arc]), int(graph.parent[arc])
            row = int(graph.organisation[parent])
            if parent < graph.roots:
                return tuple(steps)
            if row != steps[-1].organisation:
                before = next((k for k, s in enumerate(steps) if s.organisation == row), None)
                if before is not None:
                    del steps[before + 1 :]
                    steps[-1] = Step(row, steps[-1].tick)
                else:
                    steps[-1] = self._lacking(steps[-1], int(graph.tick[node]), link)
                    steps.append(Step(row, int(graph.tick[parent])))
            elif graph.role[parent] == Role.LOSS and len(steps) > 1:
                steps[-1] = Step(row, int(graph.tick[parent]))
            node = parent

    def _lacking(self, here: Step, tick: int, link: int) -> Step:
        """A step with what it lacked of what the next one should have given."""
        asked = link < -1
        real = -2 - link if asked else link
        resource = self._resources[self._resource[real]] if real >= 0 else ""
        shorted = real >= 0 and not asked
        short = self._shorts.of_input(tick, real) if shorted else float("nan")
        return Step(here.organisation, here.tick, resource, short, asked)


def hops_of(run: Run, graph: CausalGraph, what: Explained) -> list[Hop]:
    """All hops that carry harm, most first."""
    laid, hazard, hazard_root = what.laid, what.hazard, what.hazard_root
    world, resources = run.tables.world, run.tables.resources
    over, shorts = graph.flows(laid), Shorts(run)
    hops = [
        Hop(-1, hazard_root, i, "", int((hazard[:, i] > 0.0).argmax()), float("nan"), died)
        for i, died in enumerate(hazard.sum(axis=0).tolist())
        if died > WHOLE
    ]
    used = np.flatnonzero((over > 0.0) & (graph.parent < graph.roots))
    for pair, at in _grouped(graph.parent[used], graph.organisation[graph.child[used]]):
        arcs = used[at]
        tick = int(graph.tick[graph.child[arcs]].min())
        hops.append(Hop(-1, pair[0], pair[1], "", tick, float("nan"), float(over[arcs].sum())))
    links = world.supply
    supplier = world.outputs.organisation[links.supplier].astype(np.int64)
    inputs = links.customer.astype(np.int64)
    shorted = graph.link >= 0
    used = np.flatnonzero((over > 0.0) & shorted)
    found = []
    for pair, at in _grouped(supplier[graph.link[used]], inputs[graph.link[used]]):
        arcs = used[at]
        part = shorts.of_links(graph.tick[graph.child[arcs]], graph.link[arcs])
        weight = over[arcs] * (part > 0.0)
        short = float(part @ weight / weight.sum()) if weight.sum() > 0.0 else float("nan")
        found.append((float(over[arcs].sum()), pair, arcs, short))
    found.sort(key=lambda one: -one[0])
    groups = [np.unique(graph.link[arcs]) for _, _, arcs, _ in found[:FOLLOWED]]
    exact = laid @ graph.passing(np.empty(0, np.int64), groups) if groups else np.empty(0)
    for k, (harm, (source, h), arcs, short) in enumerate(found):
        resource = resources[world.inputs.resource[h]]
        tick = int(graph.tick[graph.child[arcs]].min())
        carried = float(exact[k]) if k < len(groups) else harm
        to = int(world.inputs.organisation[h])
        hops.append(Hop(source, -1, to, resource, tick, short, carried))
    return sorted(hops, key=lambda hop: -hop.harm)


def _grouped(one: Array, other: Array) -> list[tuple[tuple[int, int], Array]]:
    """Pairs that occur, with their places."""
    if not len(one):
        return []
    order = np.lexsort((other, one))
    pairs = np.column_stack([one[order], other[order]])
    begins = np.flatnonzero(np.any(np.diff(pairs, axis=0, prepend=-1), axis=1))
    parts = np.split(order, begins[1:])
    return [
        ((int(pairs[b, 0]), int(pairs[b, 1])), part) for b, part in zip(begins, parts, strict=True)
    ]


def progress_of(run: Run, hits: list[Hit]) -> tuple[Array, Array, Array]:
    """Hops to the furthest hit so far; how many are strained, and how many closed, each tick."""
    record = run.state.record
    level = record.service / np.maximum(record.workload, 1e-300)
    busy = record.workload > WHOLE
    breadth = (busy & (level < STRAINED_BELOW - WHOLE)).sum(axis=1)
    depth = np.zeros(len(record.service), np.int64)
    for hit in (hit for hit in hits if hit.strained):
        np.maximum(depth[hit.tick :], hit.hops, out=depth[hit.tick :])
    return depth, breadth, (record.status == Status.FAILED).sum(axis=1)
