"""What is missing between suppliers and customers, and whose fault that is.

A supplier of storables has an *account*: the units it failed to make, lost to events or was asked
for beyond its means, each with its cause, for as long as its finished stock is below its cover. A
flow is used the day it arrives, so only yesterday's output counts. Where nothing is on the account,
customers asked for more than usual, and what troubled them explains it.
"""

from __future__ import annotations

import numpy as np

from crisis_abm.analysis.cascade.causal_graph import ASKED, NO_LINK, CauseMemory, Role
from crisis_abm.analysis.cascade.events import Moment
from crisis_abm.analysis.cascade.orders import Orders
from crisis_abm.engine import Status
from crisis_abm.engine.state import SLACK

Array = np.ndarray
Arcs = tuple[Array, Array, Array, Array]  # place among the nodes, cause, weight, link


class Stocks:
    """The accounts of outputs, and why each was short.

    Attributes
    ----------
    short : ndarray of int, shape (O,)
        Node that explains why each output last left orders unfilled; -1 for never.
    """

    def __init__(self, memory: CauseMemory, orders: Orders) -> None:
        self.memory, self.orders, world = memory, orders, memory.world
        self.world, self.state, self.roots = world, memory.state, memory.roots
        self.maker, self.usual, self.storable = orders.maker, orders.usual, orders.storable
        inputs, links, count = world.inputs, world.supply, len(world.outputs.make)
        self.able = world.outputs.make * world.organisations.capacity[self.maker]
        self.short, self._short_tick = np.full(count, -1), np.full(count, -9)
        self._arrears = np.zeros(count)
        cover = np.where(orders.lasting > 0.0, np.maximum(1.0, inputs.cover)[links.customer], 1.0)
        mean = np.bincount(links.supplier, weights=cover * links.contract, minlength=count)
        self._memory = 1.0 - 1.0 / np.maximum(1.0, mean / np.maximum(self.usual, SLACK))
        self.use = inputs.use * self.state.record.workload[:, inputs.organisation]

    # ------------------------------------------------------------------ before losses are explained

    def explain_short(self, now: Moment) -> None:
        """Explain every supplier in arrears."""
        g, missing = self._named(now)
        if len(g):
            arcs = self._with_yesterday(now, g, self._arcs_of_short(now, g, missing))
            rows = self.maker[g]
            self.short[g] = self.memory.graph.add(now.t, rows, Role.SHORT, *arcs)
            self._short_tick[g] = now.t

    def _with_yesterday(self, now: Moment, g: Array, arcs: Arcs) -> Arcs:
        """Lapsed orders for storables are remembered for `cover` ticks: so are their causes."""
        place, parent, weight, link = arcs
        fresh = np.bincount(place, weights=weight, minlength=len(g))
        kept = np.where(self.storable[g] & (self._short_tick[g] == now.t - 1), self._memory[g], 0.0)
        weight = weight * ((1.0 - kept) / fresh)[place]
        old = np.flatnonzero(kept > 0.0)
        more = _arcs(old, self.short[g][old], kept[old])
        return _joined([(place, parent, weight, link), more])

    def _named(self, now: Moment) -> tuple[Array, Array]:
        """Outputs that rows of this tick name, and the units that they did not send."""
        rest = self.orders.parts(now)[2]
        total = np.bincount(
            self.world.supply.supplier[now.link], weights=rest, minlength=len(self.usual)
        )
        total = np.where(total > 0.0, total, np.where(self.storable, self._arrears, 0.0))
        g = np.flatnonzero(total > 0.0)
        return g, total[g]

    def _arcs_of_short(self, now: Moment, g: Array, missing: Array) -> Arcs:
        """Why each output of `g` was short: place, cause, weight, link."""
        memory, t, maker = self.memory, now.t, self.maker[g]
        shut = memory.closed[maker]
        arcs = [_arcs(np.flatnonzero(shut >= 0), shut[shut >= 0])]
        on_account = (
            (shut < 0)
            & self.storable[g]
            & (self.memory.missing[g] > 0.0)
            & (self.memory.account[g] >= 0)
        )
        arcs.append(_arcs(np.flatnonzero(on_account), self.memory.account[g][on_account]))
        told = np.where(on_account, self.memory.missing[g], 0.0)
        # of a flow: what was not made yesterday, what an event destroyed today
        flow = np.flatnonzero((shut < 0) & ~self.storable[g])
        if t > 0 and len(flow):
            unmade = self.world.outputs.make[g[flow]] * memory.loss[t - 1, maker[flow]]
            node = memory.loss_node[t - 1, maker[flow]]
            unmade = np.where(node >= 0, np.minimum(unmade, missing[flow]), 0.0)
            arcs.append((flow, node, unmade, np.full(len(flow), NO_LINK)))
            told[flow] = unmade
        if t == 0 or len(flow):
            place, event, part = now.output_lost.of(g)
            fresh = ~self.storable[g][place] | (t == 0)
            lost = np.where(fresh, part * self.orders.lost[g][place], 0.0)
            arcs.append((place, event, lost, np.full(len(place), NO_LINK)))
            np.add.at(told, place, lost)
        usual = np.where(self.storable[g], 0.0, np.maximum(0.0, self.usual[g] - self.able[g]))
        arcs.append(_arcs(np.arange(len(g)), self.roots.capacity(maker), usual))
        told += usual
        known = (shut >= 0) | (told > 1e-9 * missing)
        earlier = ~known & self.storable[g] & (self.short[g] >= 0)
        arcs.append(_arcs(np.flatnonzero(earlier), self.short[g][earlier]))
        rest = np.maximum(0.0, missing - told)
        rest[(shut >= 0) | on_account | earlier] = 0.0
        rest[rest <= 1e-9 * missing] = 0.0
        arcs.append(self._asked(now, g, rest))
        return _joined(arcs)

    def _asked(self, now: Moment, g: Array, units: Array) -> Arcs:
        """Who asked for more than usual, and why: arcs for `units` of every output of `g`."""
        wanted = np.flatnonzero(units > 0.0)
        starts = self.world.outputs.link_start
        first, count = starts[g[wanted]], starts[g[wanted] + 1] - starts[g[wanted]]
        place = np.repeat(np.arange(len(wanted)), count)
        at = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count) + first[place]
        e = self.world.supply.by_supplier[at]
        order = self.state.record.ordered[now.t][self.world.supply.customer[e]]
        order = order * self.world.supply.share[e]
        more = np.maximum(0.0, order - self.world.supply.contract[e])
        more = np.where(more > SLACK, more, 0.0)
        none = np.bincount(place, weights=more, minlength=len(wanted)) <= 0.0
        more = np.where(none[place], order + SLACK, more)
        scale = np.bincount(place, weights=more, minlength=len(wanted))
        weight = more * (units[wanted] / np.where(scale > 0.0, scale, 1.0))[place]
        return wanted[place], self.orders.why_wanted(now, e), weight, ASKED - e

    # ------------------------------------------------------------------ while they are

    def shortages(self, now: Moment, short: Array) -> Arcs:
        """What every short input lacks: its place in `short`, cause, units, link."""
        customer = self.world.supply.customer[now.link]
        order = np.argsort(short, kind="stable")
        place = np.searchsorted(short[order], customer)
        found = (place < len(short)) & (short[order][np.minimum(place, len(short) - 1)] == customer)
        place = order[np.minimum(place, len(short) - 1)][found]
        e = now.link[found]
        cut, failed, rest = (part[found] for part in self.orders.parts(now))
        inside, event, weight = now.link_cut.of(e)
        gone = np.setdiff1d(np.flatnonzero(cut > 0.0), inside)  # remembered from an event now over
        arcs = [
            (place, self.short[self.world.supply.supplier[e]], rest, e),
            (place, np.full(len(e), self.roots.links), failed, e),
            (place[inside], event, cut[inside] * weight, e[inside]),
            (place[gone], self.orders.cutter[e[gone]], cut[gone], e[gone]),
        ]
        lost = np.flatnonzero(self.orders.destroyed[short] > SLACK)
        h = short[lost]
        arcs.append(
            (lost, self.orders.destroyer[h], self.orders.destroyed[h], np.full(len(lost), NO_LINK))
        )
        place, parent, units, link = _joined(arcs)
        useful = units > 0.0
        return place[useful], parent[useful], units[useful], link[useful]

    # ------------------------------------------------------------------ after

    def uncommitted(self, t: int) -> Array:
        """About what no order had claimed of every output, units (docs/model.md 7.10)."""
        record = self.state.record
        orders = self.orders.received(t)
        factor = np.where(
            record.workload[t] > SLACK, record.service[t] / np.maximum(record.workload[t], SLACK), 1
        )
        able = self.able * factor[self.maker]
        stock = np.where(self.storable, record.finished[t], 0.0)
        shut = record.status[t, self.maker] == Status.FAILED
        return np.where(shut, 0.0, stock + np.maximum(0.0, able - orders))

    def book(self, now: Moment) -> None:
        """Put what went missing today on the accounts, and clear those that are whole again."""
        world, record, t, memory = self.world, self.state.record, now.t, self.memory
        made = world.outputs.make * record.service[t, self.maker]
        after = record.finished[t] - made  # stock when all had been sent
        orders = self.orders.received(t)
        before = record.finished[t - 1] if t else self.orders.before_start[1]
        sent = np.maximum(0.0, before - self.orders.lost - after)
        unsent = np.maximum(0.0, orders - sent)
        gap = np.maximum(0.0, world.outputs.cover * np.maximum(self.usual, orders) - after)
        most = gap + unsent * np.maximum(1.0, world.outputs.cover)

        node = memory.loss_node[t, self.maker]
        unmade = np.where(node >= 0, world.outputs.make * memory.loss[t, self.maker], 0.0)
        beyond = np.maximum(0.0, self.usual - self.able)
        links = world.supply
        need = np.bincount(
            links.supplier,
            weights=self.use[t][links.customer] * links.share,
            minlength=len(self.usual),
        )
        surge = np.maximum(0.0, need - np.maximum(self.usual, self.able))
        surge = np.where(surge > 1e-6 * self.usual, surge, 0.0)
        added = unmade + beyond + surge + self.orders.lost
        g = np.flatnonzero(self.storable & (added > SLACK))
        if len(g):
            old = np.where(self.memory.account[g] >= 0, self.memory.missing[g], 0.0)
            place, event, part = now.output_lost.of(g)
            arcs = [
                _arcs(np.arange(len(g)), self.memory.account[g], old),
                _arcs(np.arange(len(g)), node[g], unmade[g]),
                _arcs(np.arange(len(g)), self.roots.capacity(self.maker[g]), beyond[g]),
                (place, event, part * self.orders.lost[g][place], np.full(len(place), NO_LINK)),
                self._asked(now, g, surge[g]),
            ]
            rows = self.maker[g]
            self.memory.account[g] = memory.graph.add(t, rows, Role.ACCOUNT, *_joined(arcs))
        self.memory.missing = np.minimum(
            self.memory.missing + np.where(self.storable, added, 0.0), most
        )
        self._arrears = np.where(unsent > 1e-6 * self.usual + SLACK, unsent, 0.0)
        self.memory.missing[gap + unsent <= 1e-6 * np.maximum(self.usual, SLACK)] = 0.0


def _arcs(place: Array, parent: Array, weight: Array | None = None) -> Arcs:
    weight = np.ones(len(place)) if weight is None else weight
    return place, parent, weight, np.full(len(place), NO_LINK)


def _joined(arcs: list[Arcs]) -> Arcs:
    place, parent, weight, link = (np.concatenate(column) for column in zip(*arcs, strict=True))
    return place, parent, weight, link
