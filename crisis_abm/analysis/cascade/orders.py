"""Who orders what of whom, and why more than usual; what events do to deliveries and stocks."""

from __future__ import annotations

import numpy as np

from crisis_abm.analysis.cascade.causal_graph import NO_LINK, CauseMemory
from crisis_abm.analysis.cascade.events import Moment, passing
from crisis_abm.engine.phases.orders import fails
from crisis_abm.engine.state import SLACK, stocks_at_rest

Array = np.ndarray


class Orders:
    """Orders on links (E), lapsed or wanted beyond the usual, and stocks destroyed (I, O).

    Attributes
    ----------
    maker, user, supplier : ndarray of int
        Organisation of each output, and at the two ends of each link.
    usual : ndarray, shape (O,)
        Nominal orders.
    asked : ndarray of int, shape (N,)
        Node that explains why more than usual was last asked of each organisation; -1 for none.
    lost : ndarray, shape (O,)
        Finished stock that events destroyed this tick.
    """

    def __init__(self, memory: CauseMemory) -> None:
        self.memory, world = memory, memory.world
        self.world, self.state, self.roots = world, memory.state, memory.roots
        inputs, outputs, links = world.inputs, world.outputs, world.supply
        self.maker = outputs.organisation.astype(np.int64)
        self.user = inputs.organisation.astype(np.int64)[links.customer]
        self.supplier = self.maker[links.supplier]
        self.storable = world.resources.storable[outputs.resource]
        cover = np.maximum(1.0, inputs.cover)
        self.kept = np.where(world.resources.storable[inputs.resource], 1.0 - 1.0 / cover, 0.0)
        self.lasting = self.kept[links.customer]
        count = len(outputs.make)
        self.usual = np.bincount(links.supplier, weights=links.contract, minlength=count)
        self.asked = np.full(len(world.organisations.kind), -1)
        self.lost = np.zeros(count)
        self._cut, self._failed = np.zeros(len(links.share)), np.zeros(len(links.share))
        self.cutter = np.full(len(links.share), -1)
        self.destroyed = np.zeros(len(inputs.use))
        self.destroyer = np.full(len(inputs.use), -1)
        self.before_start = stocks_at_rest(world, self.usual)
        self._unsure = np.flatnonzero(links.reliability < 1.0)
        self._narrow = np.flatnonzero(np.isfinite(links.capacity))

    def watch(self, now: Moment) -> None:
        """Take note of what events do to links and stocks, and of who wants more than usual."""
        self._watch_links(now)
        self._watch_stocks(now)
        self._watch_orders(now)

    def _watch_links(self, now: Moment) -> None:
        """Orders that links could not carry, remembered as the engine remembers lapsed ones."""
        links, t = self.world.supply, now.t
        order = self.state.record.ordered[t][links.customer] * links.share
        let = passing(self.world.events, now.active, len(links.share))
        self.cutter[now.link_cut.row] = now.link_cut.event
        self._cut = self._cut * self.lasting + order * (1.0 - np.minimum(1.0, let))
        failed = np.zeros(len(order))
        e = self._narrow
        failed[e] = np.maximum(0.0, order[e] * np.minimum(1.0, let[e]) - links.capacity[e] * let[e])
        for row in self._unsure.tolist():
            if fails(self.state.seed, links.reliability[row], np.uint64(links.key[row]), t):
                failed[row] = order[row]
        self._failed = self._failed * self.lasting + failed

    def _watch_stocks(self, now: Moment) -> None:
        """What events destroyed: of inputs to be remembered, of outputs for the account."""
        record, t, start = self.state.record, now.t, self.before_start
        self.destroyed *= self.kept
        held = record.stock[t - 1] if t else start[0]
        place, event, part = now.input_lost.of(np.arange(len(self.destroyed)))
        self.destroyed[place] += part * held[place]
        self.destroyer[place] = event
        finished = record.finished[t - 1] if t else start[1]
        g, _, part = now.output_lost.of(np.arange(len(self.usual)))
        self.lost = np.zeros(len(self.usual))
        np.add.at(self.lost, g, part * finished[g])

    def _watch_orders(self, now: Moment) -> None:
        """Why more than usual is asked of each organisation: its largest such order's reason."""
        links = self.world.supply
        order = self.state.record.ordered[now.t][links.customer] * links.share
        more = order - links.contract
        e = np.flatnonzero(more > 1e-6 * links.contract + SLACK)
        e = e[np.argsort(more[e], kind="stable")]
        why = self._reasons(now, e)
        e, why = e[why >= 0], why[why >= 0]
        self.asked[self.supplier[e]] = why

    def _reasons(self, now: Moment, e: Array) -> Array:
        """The own reason of the customer on each link for wanting more; -1 where there is none.

        Its stock was destroyed, its people became more, it lost service before, it is itself asked
        for more.
        """
        memory, user, h = self.memory, self.user[e], self.world.supply.customer[e]
        cause = np.where(memory.last[user] >= 0, memory.last[user], self.asked[user])
        if self.world.hazard.active:
            treats = np.isin(user, self.world.hazard.receiver)
            cause = np.where(treats & (self._grown(now.t, user) > 0.02), self.roots.hazard, cause)
        surge = now.demand.heaviest(user)
        cause = np.where(surge >= 0, surge, cause)
        return np.where(self.destroyed[h] > SLACK, self.destroyer[h], cause)

    def why_wanted(self, now: Moment, e: Array) -> Array:
        """Why the customer on each link wants more than usual: one cause each.

        Its own reasons; else fear, because one of its suppliers is in arrears, or lately was; else
        the supplier's own limits.
        """
        memory, supplier, h = self.memory, self.supplier[e], self.world.supply.customer[e]
        cause = self.roots.capacity(supplier)
        cause = np.where(memory.last[supplier] >= 0, memory.last[supplier], cause)
        account = self.memory.account[self.world.supply.supplier[e]]
        cause = np.where(account >= 0, account, cause)
        pressed = self._most_missing()[h]
        cause = np.where(pressed >= 0, pressed, cause)
        reason = self._reasons(now, e)
        return np.where(reason >= 0, reason, cause)

    def _grown(self, t: int, rows: Array) -> Array:
        nominal = self.world.organisations.nominal_workload[rows]
        grown = self.state.record.workload[t, rows] - nominal
        return np.asarray(grown / np.maximum(nominal, SLACK))

    def _most_missing(self) -> Array:
        """Of every input, the account of the supplier that has most on it; -1 for none."""
        links = self.world.supply
        found = np.full(len(self.world.inputs.use), -1)
        open_ = np.flatnonzero((self.memory.missing > 0.0)[links.supplier])
        order = open_[np.argsort(self.memory.missing[links.supplier[open_]], kind="stable")]
        found[links.customer[order]] = self.memory.account[links.supplier[order]]
        return found

    def parts(self, now: Moment) -> tuple[Array, Array, Array]:
        """Of every lapsed order: what an event kept back, what the link could not, what is left."""
        e, lapsed = now.link, now.lapsed
        cut = np.minimum(self._cut[e], lapsed)
        cut = np.where(cut > SLACK, cut, 0.0)
        failed = np.minimum(self._failed[e], lapsed - cut)
        failed = np.where(failed > SLACK, failed, 0.0)
        rest = lapsed - cut - failed
        return cut, failed, np.where(rest > 1e-9 * lapsed, rest, 0.0)

    def received(self, t: int) -> Array:
        """Orders that each output received, units; split by share (not by belief)."""
        links = self.world.supply
        order = self.state.record.ordered[t][links.customer] * links.share
        return np.bincount(links.supplier, weights=order, minlength=len(self.usual))

    def delay_of(self, now: Moment, short: Array) -> Array:
        """The event that delays deliveries to each input; -1 for none."""
        starts = self.world.inputs.link_start
        found = np.full(len(short), -1)
        for at, h in enumerate(short.tolist()):
            if len(now.delayed.row):
                delayed = now.delayed.heaviest(np.arange(starts[h], starts[h + 1]))
                found[at] = delayed.max(initial=-1)
        return found

    def troubled_supplier(self, now: Moment, short: Array) -> tuple[Array, Array]:
        """What lately troubled a supplier of each input (-1 for nothing), and the link to it."""
        world, links = self.world, self.world.supply
        reach = world.parameters.forecast_window + world.parameters.transit
        cause, over = np.full(len(short), -1), np.full(len(short), NO_LINK)
        for at, h in enumerate(short.tolist()):
            e = np.arange(world.inputs.link_start[h], world.inputs.link_start[h + 1])
            rows = self.supplier[e]
            lately = now.t - self.memory.last_tick[rows] <= reach + world.inputs.cover[h]
            known = np.flatnonzero(lately & (self.memory.last[rows] >= 0))
            if len(known):
                best = known[np.argmax(links.share[e][known])]
                cause[at], over[at] = self.memory.last[rows[best]], e[best]
        return cause, over
