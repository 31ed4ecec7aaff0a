"""Why the closed are closed: what closed them, and what keeps them from opening again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crisis_abm.analysis.cascade.causal_graph import NO_LINK, Role
from crisis_abm.analysis.cascade.roots import Roots
from crisis_abm.engine import State, Status
from crisis_abm.engine.state import SLACK
from crisis_abm.tables.layout import World

if TYPE_CHECKING:
    from crisis_abm.analysis.cascade.build_causes import CauseBuilder, Moment

__all__ = ["Closures"]

Array = np.ndarray
FAILING_BELOW = 0.5


class Closures:
    """The failing runs that close organisations, and their nodes while they are closed.

    Attributes
    ----------
    nodes : ndarray of int, shape (N,)
        Why each is closed at this tick; -1 for those at work.
    """

    def __init__(self, world: World, state: State, roots: Roots, builder: CauseBuilder) -> None:
        self.world, self.state, self.roots, self.builder = world, state, roots, builder
        n = len(world.organisations.kind)
        self.nodes, self._closed_by = np.full(n, -1), np.full(n, -1)
        self._run: dict[int, list[tuple[int, float]]] = {}

    def watch(self, t: int) -> None:
        """Remember the ticks of patience that close an organisation."""
        record = self.state.record
        failed = record.status[t] == Status.FAILED
        was = record.status[t - 1] == Status.FAILED if t else np.zeros_like(failed)
        failing = (self.builder.loss[t] > (1.0 - FAILING_BELOW) * record.workload[t]) & ~was
        for i in [i for i in self._run if not failing[i] and not failed[i]]:
            del self._run[i]
        for i in np.flatnonzero(failing & (self.builder.loss_node[t] >= 0)).tolist():
            run = self._run.setdefault(i, [])
            run.append((int(self.builder.loss_node[t, i]), float(self.builder.loss[t, i])))
        closing = [i for i in np.flatnonzero(failed & ~was).tolist() if i in self._run]
        arcs = [(at, *one) for at, i in enumerate(closing) for one in self._run.pop(i)]
        if arcs:
            child, parent, weight = (np.array(column) for column in zip(*arcs, strict=True))
            rows = np.array(closing)
            self._closed_by[rows] = self.builder.graph.add(
                t, rows, Role.CLOSED, child, parent, weight
            )

    def explain(self, now: Moment) -> None:
        """Half what closed an organisation, half what would keep it from opening again, if any."""
        record, t = self.state.record, now.t
        self.nodes[:] = -1
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
        nodes = self.builder.graph.add(t, rows, Role.CLOSED, child, parent, weight, link)
        self.nodes[rows] = nodes
        self.builder.last[rows], self.builder.last_tick[rows] = nodes, t

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
        spare = self.builder.stocks.uncommitted(t - 1)
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
                cause = self.builder.last[supplier[e]]
                cause = np.where(cause >= 0, cause, self.roots.capacity(supplier[e]))
                found.append((np.full(len(e), at), cause, links.share[e], e))
        child, parent, size, link = (np.concatenate(column) for column in zip(*found, strict=True))
        return child, parent, size, link
