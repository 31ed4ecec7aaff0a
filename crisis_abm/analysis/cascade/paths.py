"""How a cascade ran: who was hit when and by way of whom, which hops carried most harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crisis_abm.analysis.cascade.web import Role, Web
from crisis_abm.engine import Status
from crisis_abm.runs import Run

if TYPE_CHECKING:
    from crisis_abm.analysis.cascade.weave import Weaver

__all__ = ["Hit", "Hop", "Step", "hits_of", "hops_of", "progress_of"]

Array = np.ndarray
STRAINED_BELOW = 0.9
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
    chain : tuple of Step
        Itself first, then the heaviest cause, and so on.
    root : int
        Where the chain ends.
    """

    organisation: int
    tick: int
    strained: bool
    failed: int
    harm: float
    through: float
    chain: tuple[Step, ...]
    root: int


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


def hits_of(
    run: Run, web: Web, weaver: Weaver, hazard_root: int, laid: Array, harm: Array
) -> list[Hit]:
    """Everybody strained or harmed, in the order in which they were hit."""
    record, node = run.state.record, weaver.loss_node
    level = 1.0 - weaver.loss / np.maximum(record.workload, 1e-300)
    known = node >= 0
    below = (level < STRAINED_BELOW - WHOLE) & known
    strained = below.any(axis=0)
    heaviest = np.where(known, laid[node], -1.0).argmax(axis=0)
    first = np.where(strained, below.argmax(axis=0), heaviest)
    first = np.where(known.any(axis=0), first, (record.tick_harm > 0.0).argmax(axis=0))
    rows = np.flatnonzero(strained | (harm > WHOLE))
    failed = record.status == Status.FAILED
    closed = np.where(failed.any(axis=0), failed.argmax(axis=0), -1)
    over, flow = web.flows(laid), np.zeros(len(harm))
    crossing = web.organisation[web.parent] != web.organisation[web.child]
    np.add.at(flow, web.organisation[web.child[crossing]], over[crossing])
    followed = rows[np.argsort(-flow[rows], kind="stable")][:FOLLOWED]
    through = dict(zip(followed.tolist(), laid @ web.passing(followed, []), strict=True))
    best, shorts = _heaviest_arcs(run, web), Shorts(run)
    hits = []
    for row in rows[np.lexsort((rows, first[rows]))].tolist():
        tick = int(first[row])
        chain: tuple[Step, ...] = (Step(row, tick),)
        root = hazard_root
        if known[tick, row]:
            chain, root = _chain(run, web, best, shorts, int(node[tick, row]))
        own = float(laid[node[known[:, row], row]].sum())
        passing = max(float(through.get(row, 0.0)), own) + float(harm[row]) - own
        hits.append(
            Hit(
                organisation=row,
                tick=tick,
                strained=bool(strained[row]),
                failed=int(closed[row]),
                harm=float(harm[row]),
                through=passing,
                chain=chain,
                root=root,
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
        """Part not sent to the input that a link leads to, by all its suppliers."""
        h = self._customer[link]
        low, high = tick * self._links + self._start[h : h + 2]
        at = slice(*np.searchsorted(self._key, [low, high]))
        order = self._order[at].sum()
        return float(min(1.0, self._lapsed[at].sum() / order)) if order > 0.0 else float("nan")


def _heaviest_arcs(run: Run, web: Web) -> Array:
    """Every node's arc to follow: of what it lacked most (all suppliers together) the heaviest."""
    world = run.tables.world
    resource = world.inputs.resource[world.supply.customer]
    kinds = len(world.resources.storable)
    what = np.where(web.link >= 0, resource[np.maximum(web.link, 0)] if len(resource) else 0, 0)
    key = np.where(web.link >= 0, web.roots + what, web.roots + kinds)
    key = np.where(web.parent < web.roots, web.parent, key)
    group = web.child * (web.roots + kinds + 1) + key
    order = np.argsort(group, kind="stable")
    begins = np.flatnonzero(np.diff(group[order], prepend=-1))
    sums = np.add.reduceat(web.share[order], begins) if len(order) else np.empty(0)
    weight = np.empty(len(order))
    weight[order] = np.repeat(sums, np.diff(np.append(begins, len(order))))
    found = np.full(web.size, -1)
    ranked = np.lexsort((-web.parent, web.share, weight))  # the heaviest comes last
    found[web.child[ranked]] = ranked
    return found


def _chain(
    run: Run, web: Web, best: Array, shorts: Shorts, node: int
) -> tuple[tuple[Step, ...], int]:
    """Follow the heaviest causes of a node to a root, a loop on the way left out."""
    world, resources = run.tables.world, run.tables.resources
    steps = [Step(int(web.organisation[node]), int(web.tick[node]))]
    while node >= web.roots:
        arc = int(best[node])
        link, parent = int(web.link[arc]), int(web.parent[arc])
        row = int(web.organisation[parent])
        if parent < web.roots:
            break
        if row != steps[-1].organisation:
            before = next((k for k, s in enumerate(steps) if s.organisation == row), None)
            if before is not None:
                del steps[before + 1 :]
                steps[-1] = Step(row, steps[-1].tick)
            else:
                here, asked = steps[-1], link < -1
                real = -2 - link if asked else link
                resource, short = "", float("nan")
                if real >= 0:
                    resource = resources[world.inputs.resource[world.supply.customer[real]]]
                    if not asked:
                        short = shorts.of_input(int(web.tick[node]), real)
                steps[-1] = Step(here.organisation, here.tick, resource, short, asked)
                steps.append(Step(row, int(web.tick[parent])))
        elif web.role[parent] == Role.LOSS and len(steps) > 1:
            steps[-1] = Step(row, int(web.tick[parent]))
        node = parent
    return tuple(steps), int(web.parent[best[node]])


def hops_of(run: Run, web: Web, laid: Array, hazard: Array, hazard_root: int) -> list[Hop]:
    """All hops that carry harm, most first; `hazard` (T × N) are its own deaths."""
    world, resources = run.tables.world, run.tables.resources
    over, shorts = web.flows(laid), Shorts(run)
    hops = [
        Hop(-1, hazard_root, i, "", int((hazard[:, i] > 0.0).argmax()), float("nan"), died)
        for i, died in enumerate(hazard.sum(axis=0).tolist())
        if died > WHOLE
    ]
    used = np.flatnonzero((over > 0.0) & (web.parent < web.roots))
    for pair, at in _grouped(web.parent[used], web.organisation[web.child[used]]):
        arcs = used[at]
        tick = int(web.tick[web.child[arcs]].min())
        hops.append(Hop(-1, pair[0], pair[1], "", tick, float("nan"), float(over[arcs].sum())))
    links = world.supply
    supplier = world.outputs.organisation[links.supplier].astype(np.int64)
    inputs = links.customer.astype(np.int64)
    shorted = web.link >= 0
    used = np.flatnonzero((over > 0.0) & shorted)
    found = []
    for pair, at in _grouped(supplier[web.link[used]], inputs[web.link[used]]):
        arcs = used[at]
        part = shorts.of_links(web.tick[web.child[arcs]], web.link[arcs])
        weight = over[arcs] * (part > 0.0)
        short = float(part @ weight / weight.sum()) if weight.sum() > 0.0 else float("nan")
        found.append((float(over[arcs].sum()), pair, arcs, short))
    found.sort(key=lambda one: -one[0])
    groups = [np.unique(web.link[arcs]) for _, _, arcs, _ in found[:FOLLOWED]]
    exact = laid @ web.passing(np.empty(0, np.int64), groups) if groups else np.empty(0)
    for k, (harm, (source, h), arcs, short) in enumerate(found):
        resource = resources[world.inputs.resource[h]]
        tick = int(web.tick[web.child[arcs]].min())
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
        np.maximum(depth[hit.tick :], len(hit.chain), out=depth[hit.tick :])
    return depth, breadth, (record.status == Status.FAILED).sum(axis=1)
