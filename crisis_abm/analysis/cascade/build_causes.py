"""The causal graph of a run, built from its shortfall table, forward in time.

What is made at one tick ships at the next, so every cause lies at an earlier tick or in an earlier
layer of the same one. A tick has four layers: why the closed are closed, why suppliers are short,
why service was lost, and what suppliers' finished stock is missing from now on.
"""

from __future__ import annotations

import numpy as np

from crisis_abm.analysis.cascade.causal_graph import NO_LINK, CausalGraph, Role
from crisis_abm.analysis.cascade.closures import Closures
from crisis_abm.analysis.cascade.events import Ties, active_events, struck
from crisis_abm.analysis.cascade.roots import Roots
from crisis_abm.analysis.cascade.stocks import Stocks
from crisis_abm.engine import Cause, State
from crisis_abm.engine.phases.communicate import COMMUNICATION
from crisis_abm.engine.state import SLACK
from crisis_abm.tables.layout import Effect, World

__all__ = ["CauseBuilder", "Moment"]

Array = np.ndarray


class Moment:
    """What a tick shows: its rows of the shortfall table, and the events in force."""

    def __init__(self, t: int, world: World, state: State, active: Array, bounds: Array) -> None:
        record, plan = state.record, world.events
        rows, shorts = slice(*bounds[0][t : t + 2]), slice(*bounds[1][t : t + 2])
        self.t = t
        self.organisation = record.loss_organisation[rows].astype(np.int64)
        self.cause, self.loss = record.loss_cause[rows], record.loss[rows]
        self.input = record.loss_input[rows].astype(np.int64)
        self.link = record.short_link[shorts].astype(np.int64)
        self.lapsed = record.short_amount[shorts]
        now, before = active[t], active[t - 1] if t else np.zeros_like(active[t])
        starting = now & ~before
        self.active = now
        self.capacity = struck(plan, now, (Effect.CAPACITY,), lowering=True)
        self.demand = struck(plan, now, (Effect.DEMAND,), lowering=False)
        self.link_cut = struck(plan, now, (Effect.LINK,), lowering=True)
        self.delayed = struck(plan, now, (Effect.LEAD_TIME,), lowering=False)
        self.input_lost = struck(plan, starting, (Effect.STOCK_INPUTS,), lowering=True)
        self.output_lost = struck(plan, starting, (Effect.STOCK_OUTPUTS,), lowering=True)


class CauseBuilder:
    """The graph as far as it is built, and what has to be remembered on the way.

    Parameters
    ----------
    world : World
    state : State
        Of a finished run, kept by organisation.
    roots : Roots

    Attributes
    ----------
    graph : CausalGraph
    last : ndarray of int, shape (N,)
        The latest node that explains each organisation's trouble; -1 before any.
    last_tick : ndarray of int, shape (N,)
    """

    def __init__(self, world: World, state: State, roots: Roots) -> None:
        self.world, self.state, self.roots = world, state, roots
        self.graph = CausalGraph(len(roots.all))
        rows, record = world.organisations, state.record
        n = len(rows.kind)
        self.last, self.last_tick = np.full(n, -1), np.full(n, -1)
        self._of_input = np.full(len(world.inputs.use), -1)
        self.usual = rows.caseload + rows.arrivals + rows.demand
        self._overload = np.maximum(0.0, self.usual - rows.capacity)
        self._crowd, self._crowded = np.zeros(n), np.full(n, -1)
        self.stocks = Stocks(world, state, roots, self)
        self.closures = Closures(world, state, roots, self)
        self._active = active_events(world, record)
        steps, counts = world.parameters.steps, record.rows
        ticks = np.arange(steps + 1)
        self._bounds = np.array(
            [
                np.searchsorted(record.loss_tick[: counts[0]], ticks),
                np.searchsorted(record.short_tick[: counts[1]], ticks),
            ]
        )
        self.loss = np.maximum(0.0, record.workload - record.service)
        self.loss_node = np.full((steps, n), -1)

    def build(self) -> CausalGraph:
        """Weave from the first tick to the last."""
        for t in range(self.world.parameters.steps):
            now = Moment(t, self.world, self.state, self._active, self._bounds)
            self.closures.explain(now)
            self.stocks.explain_short(now)
            self._explain_losses(now)
            self.closures.watch(t)
            self.stocks.book(now)
            self._book_crowds(t)
        self.graph.finish()
        return self.graph

    def _explain_losses(self, now: Moment) -> None:
        if not len(now.loss):
            return
        rows, child = np.unique(now.organisation, return_inverse=True)
        arcs: list[tuple[Array, Array, Array, Array | None]] = []
        for cause, explain in (
            (Cause.CLOSED, self._by_closing),
            (Cause.ADJUSTING, self._by_before),
            (Cause.EVENT, self._by_event),
            (Cause.ABSENCE, self._by_absence),
            (Cause.COMMUNICATION, self._by_communication),
            (Cause.HAZARD, self._by_hazard),
            (Cause.BLOCKED, self._by_blocked),
            (Cause.DEMAND, self._by_demand),
            (Cause.CAPACITY, self._by_capacity),
        ):
            at = np.flatnonzero((now.cause == cause) & (now.loss > 0.0))
            if len(at):
                place, parent, share = explain(now, now.organisation[at])
                scale = np.bincount(place, weights=share, minlength=len(at))
                weight = share * (now.loss[at] / scale)[place]
                arcs.append((child[at][place], parent, weight, None))
        at = np.flatnonzero((now.cause == Cause.INPUT) & (now.loss > 0.0))
        if len(at):
            place, parent, share, link = self._by_inputs(now, now.input[at])
            scale = np.bincount(place, weights=share, minlength=len(at))
            arcs.append((child[at][place], parent, share * (now.loss[at] / scale)[place], link))
        joined = [np.concatenate(column) for column in list(zip(*arcs, strict=True))[:3]]
        link = np.concatenate([np.full(len(a[0]), NO_LINK) if a[3] is None else a[3] for a in arcs])
        nodes = self.graph.add(now.t, rows, Role.LOSS, joined[0], joined[1], joined[2], link)
        self.loss_node[now.t, rows] = nodes
        self.last[rows], self.last_tick[rows] = nodes, now.t
        self._of_input[now.input[at]] = self.loss_node[now.t, now.organisation[at]]

    def _by_closing(self, now: Moment, rows: Array) -> tuple[Array, Array, Array]:
        return _one_each(
            np.where(self.closures.nodes[rows] >= 0, self.closures.nodes[rows], self._before(rows))
        )

    def _by_before(self, now: Moment, rows: Array) -> tuple[Array, Array, Array]:
        return _one_each(self._before(rows))

    def _before(self, rows: Array) -> Array:
        """What explains an organisation's last trouble, or else its own limits."""
        return np.where(self.last[rows] >= 0, self.last[rows], self.roots.capacity(rows))

    def _by_event(self, now: Moment, rows: Array) -> tuple[Array, Array, Array]:
        return _with(now.capacity, rows, self._before(rows))

    def _by_absence(self, now: Moment, rows: Array) -> tuple[Array, Array, Array]:
        """Ordinary absence, and that of the ill in a community."""
        world = self.world
        ordinary = world.kinds.absence[world.organisations.kind[rows]]
        ill = np.zeros(len(rows))
        if world.hazard.active:
            there = np.isin(rows, world.hazard.community)
            prevalence = self.state.record.prevalence[now.t][world.organisations.area[rows]]
            ill = np.where(there, world.hazard.absence * prevalence, 0.0)
        ordinary = np.where(ordinary + ill > 0.0, ordinary, 1.0)
        at = np.arange(len(rows))
        causes = np.repeat([self.roots.absence, self.roots.hazard], len(rows))
        return np.concatenate([at, at]), causes, np.concatenate([ordinary, ill])

    def _by_communication(self, now: Moment, rows: Array) -> tuple[Array, Array, Array]:
        return _one_each(np.full(len(rows), self.roots.communication))

    def _by_hazard(self, now: Moment, rows: Array) -> tuple[Array, Array, Array]:
        return _one_each(np.full(len(rows), self.roots.hazard))

    def _by_capacity(self, now: Moment, rows: Array) -> tuple[Array, Array, Array]:
        return _one_each(self.roots.capacity(rows))

    def _by_demand(self, now: Moment, rows: Array) -> tuple[Array, Array, Array]:
        """More work than there is room for: usual overload, events, or what went before."""
        excess = self.state.record.workload[now.t, rows] - self.world.organisations.capacity[rows]
        usual = np.minimum(self._overload[rows], np.maximum(excess, 0.0))
        rest = np.maximum(excess - usual, 0.0) + np.where(excess <= 0.0, 1.0, 0.0)
        place, parent, share = _with(now.demand, rows, self._crowding(rows))
        scale = np.bincount(place, weights=share, minlength=len(rows))
        at = np.arange(len(rows))
        return (
            np.concatenate([at, place]),
            np.concatenate([self.roots.capacity(rows), parent]),
            np.concatenate([usual, share * (rest / scale)[place]]),
        )

    def _crowding(self, rows: Array) -> Array:
        """Why there are more people in care than usual: they were not served, so they stayed."""
        return np.where(self._crowd[rows] > 0.0, self._crowded[rows], self._before(rows))

    def _book_crowds(self, t: int) -> None:
        """Put on the account those who would have finished today had all been served."""
        world, record = self.world, self.state.record
        rows = world.organisations
        kept = self.loss[t] / np.maximum(1.0, rows.stay)
        kept = np.where((self.loss_node[t] >= 0) & np.isfinite(rows.stay), kept, 0.0)
        i = np.flatnonzero((kept > SLACK) & (record.caseload[t] > SLACK))
        if len(i):
            at = np.arange(len(i))
            self._crowded[i] = self.graph.add(
                t,
                i,
                Role.ACCOUNT,
                np.concatenate([at, at]),
                np.concatenate([self._crowded[i], self.loss_node[t, i]]),
                np.concatenate([np.where(self._crowded[i] >= 0, self._crowd[i], 0.0), kept[i]]),
            )
        excess = np.maximum(0.0, record.workload[t] - self.usual)
        self._crowd = np.minimum(self._crowd + kept, excess)

    def _by_blocked(self, now: Moment, rows: Array) -> tuple[Array, Array, Array]:
        """Why those who should have taken people in had no room last night."""
        world, t = self.world, now.t
        referrals, organisations = world.referrals, world.organisations
        count = referrals.start[rows + 1] - referrals.start[rows]
        place = np.repeat(np.arange(len(rows)), count)
        at = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
        at = at + referrals.start[rows][place]
        target, share = referrals.target[at].astype(np.int64), referrals.share[at]
        held = self.state.record.caseload[t - 1, target] + organisations.demand[target]
        full = held >= organisations.capacity[target] * (1.0 - SLACK)
        shut = self.closures.nodes[target] >= 0
        talk = self.state.policy.levers[target, COMMUNICATION] * world.parameters.communication_cost
        absent = world.kinds.absence[organisations.kind[target]]
        away, talking = np.where(shut | full, 0.0, absent), np.where(shut | full, 0.0, talk)
        inside, event, part = now.capacity.of(target)
        taken = np.where((shut | full)[inside], 0.0, part)
        bare = away + talking + np.bincount(inside, weights=taken, minlength=len(at)) <= 0.0
        own = np.where(shut, self.closures.nodes[target], self._before(target))
        own = np.where(full & ~shut, self.roots.capacity(target), own)
        whole = np.maximum(share, SLACK)
        return (
            np.concatenate([place, place, place, place[inside]]),
            np.concatenate(
                [
                    own,
                    np.full(len(at), self.roots.absence),
                    np.full(len(at), self.roots.communication),
                    event,
                ]
            ),
            np.concatenate([whole * bare, whole * away, whole * talking, whole[inside] * taken]),
        )

    def _waiting(self, now: Moment, rows: Array, otherwise: Array) -> Array:
        """Why people wait for a place elsewhere, at organisations with more people than usual."""
        starts = self.world.referrals.start
        more = self.state.record.workload[now.t, rows] > self.usual[rows] * (1.0 + 1e-6)
        some = np.flatnonzero(more & (starts[rows + 1] > starts[rows]))
        if now.t == 0 or not len(some):
            return otherwise
        who, back = np.unique(rows[some], return_inverse=True)
        place, parent, weight = self._by_blocked(now, who)
        found = otherwise.copy()
        found[some] = self.graph.add(now.t, who, Role.ACCOUNT, place, parent, weight)[back]
        return found

    def _by_inputs(self, now: Moment, short: Array) -> tuple[Array, Array, Array, Array]:
        """Suppliers' lapsed orders, links that were cut, stock destroyed; else `_unordered`."""
        place, parent, weight, link = self.stocks.shortages(now, short)
        none = np.bincount(place, weights=weight, minlength=len(short)) <= 0.0
        bare = np.flatnonzero(none)
        if len(bare):
            cause, over = self._unordered(now, short[bare])
            place, parent = np.concatenate([place, bare]), np.concatenate([parent, cause])
            weight = np.concatenate([weight, np.ones(len(bare))])
            link = np.concatenate([link, over])
        return place, parent, weight, link

    def _unordered(self, now: Moment, short: Array) -> tuple[Array, Array]:
        """Why an input is short although no order for it lapsed: one cause each, and its link.

        It is under way (an event delays it, or its supplier was in trouble lately), or more is
        needed than was planned: more people, or customers who want more. Else what was held was
        too little.
        """
        inputs, rows = self.world.inputs, self.world.inputs.organisation[short].astype(np.int64)
        flow = ~self.world.resources.storable[inputs.resource[short]]
        asked = np.where(self.usual[rows] > 0.0, -1, self.stocks.asked[rows])
        cause = np.where(asked >= 0, asked, self.roots.stores(rows))
        cause = self._waiting(now, rows, cause)
        crowded = self._crowd[rows] > 0.0
        cause = np.where(crowded, self._crowded[rows], cause)
        treats = np.isin(rows, self.world.hazard.receiver) if self.world.hazard.active else False
        grown = self.state.record.workload[now.t, rows] > self.usual[rows] * 1.01
        cause = np.where(treats & grown & ~crowded, self.roots.hazard, cause)
        surge = now.demand.heaviest(rows)
        cause = np.where(surge >= 0, surge, cause)
        trouble, over = self.stocks.troubled_supplier(now, short)
        trouble = np.where(flow, -1, trouble)
        cause = np.where(trouble >= 0, trouble, cause)
        before = np.where(flow, -1, self._of_input[short])
        cause = np.where(before >= 0, before, cause)
        delay = self.stocks.delay_of(now, short)
        cause = np.where(delay >= 0, delay, cause)
        return cause, np.where((trouble >= 0) & (before < 0) & (delay < 0), over, NO_LINK)


def _one_each(parent: Array) -> tuple[Array, Array, Array]:
    return np.arange(len(parent)), parent, np.ones(len(parent))


def _with(ties: Ties, rows: Array, otherwise: Array) -> tuple[Array, Array, Array]:
    """The events tied to rows, or for those without any `otherwise`."""
    place, event, weight = ties.of(rows)
    bare = np.flatnonzero(~ties.has(rows))
    return (
        np.concatenate([place, bare]),
        np.concatenate([event, otherwise[bare]]),
        np.concatenate([weight, np.ones(len(bare))]),
    )
