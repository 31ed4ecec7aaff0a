"""How much of everybody's harm goes back to which root.

From the shortfall table (docs/model.md 7.11) a graph of causes is built (`build_causes`); each
organisation's harm of each tick is shared among its causes in proportion to the shortfall that they
explain, theirs among their causes, and so on to roots.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crisis_abm.analysis.cascade.build_causes import CauseBuilder
from crisis_abm.analysis.cascade.causal_graph import CausalGraph
from crisis_abm.analysis.cascade.roots import Roots
from crisis_abm.engine.state import Record
from crisis_abm.runs import Run
from crisis_abm.tables import Tables

__all__ = ["Explained", "explain", "split_harm"]

Array = np.ndarray


@dataclass(frozen=True)
class Explained:
    """What roots have done to everybody. N organisations, T ticks.

    Attributes
    ----------
    shares : ndarray, shape (nodes, roots)
        Of the roots in every node of the graph.
    laid : ndarray, shape (nodes,)
        Harm of the unserved, at the losses in which it was done.
    hazard : ndarray, shape (T, N)
        The hazard's own deaths, which have no node,
    hazard_root : int
        and their root.
    harm, loss : ndarray, shape (N, roots)
        Harm, and units of lost service, of each organisation by root.
    """

    shares: Array
    laid: Array
    hazard: Array
    hazard_root: int
    harm: Array
    loss: Array


def explain(run: Run) -> tuple[Roots, CauseBuilder, CausalGraph, Explained]:
    """Build the causal graph of a run that was recorded by organisation, and share its harm out."""
    tables, state = run.tables, run.state
    roots = Roots(run.scenario, tables)
    builder = CauseBuilder(tables.world, state, roots)
    graph = builder.build()
    shares = graph.explanations()
    unserved, hazard = split_harm(tables, state.record)
    last = np.maximum.accumulate(builder.loss_node, axis=0)  # a loss of nothing has no node
    known = (last >= 0) & (unserved > 0.0)
    laid = np.bincount(last[known], weights=unserved[known], minlength=graph.size)
    harm = np.zeros((len(tables.ids), len(roots.all)))
    np.add.at(harm, np.nonzero(known)[1], unserved[known][:, None] * shares[last[known]])
    harm[:, roots.hazard] += hazard.sum(axis=0)
    everybody = np.arange(len(tables.ids))
    harm[everybody, roots.capacity(everybody)] += np.where(known, 0.0, unserved).sum(axis=0)
    loss, known = np.zeros_like(harm), builder.loss_node >= 0
    here = builder.loss_node[known]
    np.add.at(loss, np.nonzero(known)[1], builder.loss[known][:, None] * shares[here])
    return roots, builder, graph, Explained(shares, laid, hazard, roots.hazard, harm, loss)


def split_harm(tables: Tables, record: Record) -> tuple[Array, Array]:
    """Harm of the unserved and the hazard's own, by tick and organisation.

    The engine keeps their sum by organisation and both by group. An organisation's unserved can be
    no more than its loss of service; where several of a group died and went unserved on one day,
    what the group's total leaves open is shared in proportion.

    Returns
    -------
    unserved, hazard : ndarray, shape (T, N)
        They sum to ``record.tick_harm``.
    """
    world = tables.world
    rows = world.organisations
    loss = np.maximum(0.0, record.workload - record.service)
    weight = world.kinds.harm[rows.kind]
    most = np.minimum(record.tick_harm, weight * loss)
    groups = record.group_harm.shape[1]
    member = np.zeros((len(rows.group), groups))
    member[np.arange(len(rows.group)), rows.group] = 1.0
    total = most @ member
    dead = record.group_hazard_deaths
    allowed = np.maximum(0.0, record.tick_harm @ member - dead)
    scale = np.ones_like(total)
    np.divide(allowed, total, out=scale, where=(total > allowed) & (dead > 0.0))
    unserved = most * scale[:, rows.group]
    if not world.hazard.active:
        unserved = record.tick_harm.copy()
    return unserved, record.tick_harm - unserved
