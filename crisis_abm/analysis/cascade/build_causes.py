"""The causal graph of a run, built from its shortfall table, forward in time.

What is made at one tick ships at the next, so every cause lies at an earlier tick or in an earlier
layer of the same one. A tick has four layers: why the closed are closed, why suppliers are short,
why service was lost, and what suppliers' finished stock is missing from now on.
"""

from __future__ import annotations

import numpy as np

from crisis_abm.analysis.cascade.causal_graph import NO_LINK, CausalGraph, CauseMemory, Role
from crisis_abm.analysis.cascade.events import Moment, Ties, active_events
from crisis_abm.analysis.cascade.orders import Orders
from crisis_abm.analysis.cascade.roots import Roots
from crisis_abm.analysis.cascade.stocks import Stocks
from crisis_abm.engine import Cause, State, Status
from crisis_abm.engine.phases.communicate import COMMUNICATION
from crisis_abm.engine.phases.status import FAILING_BELOW
from crisis_abm.engine.state import SLACK
from crisis_abm.tables.layout import World


class Closures:
    """The failing runs that close organisations, and their nodes while they are closed."""

    def __init__(self, memory: CauseMemory, stocks: Stocks) -> None:
        self.memory, self.stocks = memory, stocks
        self.world, self.state, self.roots = memory.world, memory.state, memory.roots
        self._closed_by = np.full(len(memory.closed), -1)
        self._run: dict[int, list[tuple[int, float]]] = {}

    def watch(self, t: int) -> None:
        """Remember the ticks of patience that close an organisation."""
        record = self.state.record
        failed = record.status[t] == Status.FAILED
        was = record.status[t - 1] == Status.FAILED if t else np.zeros_like(failed)
        failing = (self.memory.loss[t] > (1.0 - FAILING_BELOW) * record.workload[t]) & ~was
        for i in [i for i in self._run if not failing[i] and not failed[i]]:
            del self._run[i]
        for i in np.flatnonzero(failing & (self.memory.loss_node[t] >= 0)).tolist():
            run = self._run.setdefault(i, [])
            run.append((int(self.memory.loss_node[t, i]), float(self.memory.loss[t, i])))
        closing = [i for i in np.flatnonzero(failed & ~was).tolist() if i in self._run]
        arcs = [(at, *one) for at, i in enumerate(closing) for one in self._run.pop(i)]
        if arcs:
            child, parent, weight = (np.array(column) for column in zip(*arcs, strict=True))
            rows = np.array(closing)
            self._closed_by[rows] = self.memory.graph.add(
                t, rows, Role.CLOSED, child, parent, weight
            )

    def explain(self, now: Moment) -> None:
        """Half what closed an organisation, half what would keep it from opening again, if any."""
        record, t = self.state.record, now.t
        self.memory.closed[:] = -1
        if t == 0:
            return
        rows = np.flatnonzero((record.status[t - 1] == Status.FAILED) & (self._closed_by >= 0))
        if not len(rows):
            return
        child, parent, weight, link = self._obstacles(now, rows)
        total = np.bincount(child, weights=weight, minlength=len(rows))
        weight = weight / np.where(total > 0.0, total, 1.0)[child]
        child = np.concatenate([np.arange(len(rows)), child])
        parent = np.concatenate([self._closed_by[rows], parent])
        weight = np.concatenate([np.ones(len(rows)), weight])
        link = np.concatenate([np.full(len(rows), NO_LINK), link])
        nodes = self.memory.graph.add(t, rows, Role.CLOSED, child, parent, weight, link)
        self.memory.closed[rows] = nodes
        self.memory.last[rows], self.memory.last_tick[rows] = nodes, t

    def _obstacles(self, now: Moment, rows: Array) -> tuple[Array, Array, Array, Array]:
        """What kept closed organisations closed last night: place, cause, weight, link."""
        world, t, record = self.world, now.t, self.state.record
        organisations, inputs, links = world.organisations, world.inputs, world.supply
        place, event, weight = now.capacity.of(rows)
        factor = np.ones(len(rows))
        np.multiply.at(factor, place, 1.0 - weight)
        shut = factor * organisations.capacity[rows] < (
            FAILING_BELOW * organisations.nominal_workload[rows]
        )
        long_closed = record.status[t - 2, rows] == Status.FAILED if t > 1 else np.zeros_like(shut)
        own = (shut & long_closed)[place]  # nobody looks for a way to open on the day of closing
        found = [(place[own], event[own], weight[own], np.full(int(own.sum()), NO_LINK))]
        spare = self.stocks.uncommitted(t - 1)
        supplier = world.outputs.organisation[links.supplier]
        for at, i in enumerate(rows.tolist()):
            if not long_closed[at]:
                continue
            for h in range(organisations.input_start[i], organisations.input_start[i + 1]):
                e = np.arange(inputs.link_start[h], inputs.link_start[h + 1])
                need = inputs.use[h] * organisations.nominal_workload[i]
                if inputs.criticality[h] <= 0.0 or need <= SLACK or not len(e):
                    continue
                if spare[links.supplier[e]].sum() >= need * (1.0 - SLACK):
                    continue
                cause = self.memory.last[supplier[e]]
                cause = np.where(cause >= 0, cause, self.roots.capacity(supplier[e]))
                found.append((np.full(len(e), at), cause, links.share[e], e))
        child, parent, size, link = (np.concatenate(column) for column in zip(*found, strict=True))
        return child, parent, size, link


Array = np.ndarray


class CauseBuilder:
    """Explains a run tick by tick.

    Parameters
    ----------
    world : World
    state : State
        Of a finished run, kept by organisation.
    roots : Roots
    """

    def __init__(self, world: World, state: State, roots: Roots) -> None:
        self.world, self.state, self.roots = world, state, roots
        self.memory = CauseMemory(world, state, roots)
        self.graph = self.memory.graph
        self.loss, self.loss_node = self.memory.loss, self.memory.loss_node
        rows, record = world.organisations, state.record
        n = len(rows.kind)
        self._of_input = np.full(len(world.inputs.use), -1)
        self.usual = rows.caseload + rows.arrivals + rows.demand
        self._overload = np.maximum(0.0, self.usual - rows.capacity)
        self._crowd, self._crowded = np.zeros(n), np.full(n, -1)
        self.orders = Orders(self.memory)
        self.stocks = Stocks(self.memory, self.orders)
        self.closures = Closures(self.memory, self.stocks)
        self._active = active_events(world, record)
        steps, counts = world.parameters.steps, record.rows
        ticks = np.arange(steps + 1)
        self._bounds = np.array(
            [
                np.searchsorted(record.loss_tick[: counts[0]], ticks),
                np.searchsorted(record.short_tick[: counts[1]], ticks),
            ]
        )

    def build(self) -> CausalGraph:
        """Go from the first tick to the last."""
        for t in range(self.world.parameters.steps):
            now = Moment(t, self.world, self.state, self._active, self._bounds)
            self.closures.explain(now)
            self.orders.watch(now)
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
        self.memory.last[rows], self.memory.last_tick[rows] = nodes, now.t
        self._of_input[now.input[at]] = self.loss_node[now.t, now.organisation[at]]

    def _by_closing(self, now: Moment, rows: Array) -> tuple[Array, Array, Array]:
        return _one_each(
            np.where(self.memory.closed[rows] >= 0, self.memory.closed[rows], self._before(rows))
        )

    def _by_before(self, now: Moment, rows: Array) -> tuple[Array, Array, Array]:
        return _one_each(self._before(rows))

    def _before(self, rows: Array) -> Array:
        """What explains an organisation's last trouble, or else its own limits."""
        return np.where(
            self.memory.last[rows] >= 0, self.memory.last[rows], self.roots.capacity(rows)
        )

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
        shut = self.memory.closed[target] >= 0
        talk = self.state.policy.levers[target, COMMUNICATION] * world.parameters.communication_cost
        absent = world.kinds.absence[organisations.kind[target]]
        away, talking = np.where(shut | full, 0.0, absent), np.where(shut | full, 0.0, talk)
        inside, event, part = now.capacity.of(target)
        taken = np.where((shut | full)[inside], 0.0, part)
        bare = away + talking + np.bincount(inside, weights=taken, minlength=len(at)) <= 0.0
        own = np.where(shut, self.memory.closed[target], self._before(target))
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
        asked = np.where(self.usual[rows] > 0.0, -1, self.orders.asked[rows])
        cause = np.where(asked >= 0, asked, self.roots.stores(rows))
        cause = self._waiting(now, rows, cause)
        crowded = self._crowd[rows] > 0.0
        cause = np.where(crowded, self._crowded[rows], cause)
        treats = np.isin(rows, self.world.hazard.receiver) if self.world.hazard.active else False
        grown = self.state.record.workload[now.t, rows] > self.usual[rows] * 1.01
        cause = np.where(treats & grown & ~crowded, self.roots.hazard, cause)
        surge = now.demand.heaviest(rows)
        cause = np.where(surge >= 0, surge, cause)
        trouble, over = self.orders.troubled_supplier(now, short)
        trouble = np.where(flow, -1, trouble)
        cause = np.where(trouble >= 0, trouble, cause)
        before = np.where(flow, -1, self._of_input[short])
        cause = np.where(before >= 0, before, cause)
        delay = self.orders.delay_of(now, short)
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
