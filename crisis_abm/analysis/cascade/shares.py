"""How much of everybody's harm goes back to which root, in one crisis and over many.

From the shortfall table (docs/model.md 7.11) a graph of causes is built (`build_causes`); each
organisation's harm of each tick is shared among its causes in proportion to the shortfall that they
explain, theirs among their causes, and so on to roots.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from crisis_abm.analysis.cascade.build_causes import CauseBuilder
from crisis_abm.analysis.cascade.causal_graph import CausalGraph
from crisis_abm.analysis.cascade.roots import Root, Roots
from crisis_abm.engine import Detail
from crisis_abm.engine.state import Record
from crisis_abm.runs import Run, run_once
from crisis_abm.runs.processes import Progress, in_order
from crisis_abm.runs.statistics import band
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.tables import Tables

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


LEAST_HARM = 1e-7  # harm of a crisis that has causes to be shared among: less is rounding


@dataclass(frozen=True)
class Cause:
    """A root over all crises.

    Attributes
    ----------
    root : Root
    share : float
        Of the harm of a crisis, mean over those with any.
    band : (float, float)
        The 10% and the 90% quantile of the same.
    harm : float
        That is traced to it, mean over all crises.
    largest : int
        In how many crises no root has a larger share.
    """

    root: Root
    share: float
    band: tuple[float, float]
    harm: float
    largest: int


@dataclass(frozen=True)
class Causes:
    """The roots of many crises. R crises.

    Attributes
    ----------
    policy : str
    seed : int
    roots : list of Root
        That did harm in any of them.
    harm : ndarray, shape (R, roots)
    scenario : Scenario
    """

    policy: str
    seed: int
    roots: list[Root]
    harm: Array
    scenario: Scenario = field(repr=False)

    def __repr__(self) -> str:
        crises = f"{len(self.harm)} replicates of seed {self.seed}"
        return f"<Causes under {self.policy}: {len(self.roots)} roots in {crises}>"

    @property
    def replicates(self) -> int:
        """How many crises."""
        return len(self.harm)

    @property
    def harmed(self) -> int:
        """In how many of them there was any harm."""
        return int((self.harm.sum(axis=1) > LEAST_HARM).sum())

    @property
    def shares(self) -> Array:
        """Of the harm of each crisis with any: shape (`harmed`, roots); rows sum to 1."""
        total = self.harm.sum(axis=1, keepdims=True)
        there = total[:, 0] > LEAST_HARM
        return np.asarray(self.harm[there] / total[there])

    def ranked(self) -> list[Cause]:
        """Every root over all crises, the largest mean share first."""
        shares = self.shares
        if not len(shares):
            return []
        first = shares >= shares.max(axis=1, keepdims=True)
        mean = shares.mean(axis=0)
        return [
            Cause(
                self.roots[k],
                float(mean[k]),
                band(shares[:, k]),
                float(self.harm[:, k].mean()),
                int(first[:, k].sum()),
            )
            for k in np.argsort(-mean, kind="stable").tolist()
        ]


def causes_over_crises(
    scenario: Scenario,
    policy: Policy,
    replicates: int = 30,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Causes:
    """Trace every crisis of `compare` with the same seed, and keep what roots did."""
    tasks = [(policy, seed, replicate) for replicate in range(replicates)]
    found = in_order(_roots_of, tasks, _as_it_is, scenario, workers, progress)
    known = {root.key: root for crisis in found for root, _ in crisis}
    harm = np.zeros((replicates, len(known)))
    for crisis, row in zip(found, harm, strict=True):
        by_key = {root.key: amount for root, amount in crisis}
        row[:] = [by_key.get(key, 0.0) for key in known]
    return Causes(policy.name, seed, list(known.values()), harm, scenario)


def _as_it_is(scenario: Scenario) -> Scenario:
    return scenario


def _roots_of(scenario: Scenario, task: tuple[Policy, int, int]) -> list[tuple[Root, float]]:
    """The roots that did harm in one crisis, and how much."""
    policy, seed, replicate = task
    run = run_once(scenario, policy, seed, replicate, detail=Detail.ORGANISATIONS)
    roots, _, _, explained = explain(run)
    harm = explained.harm.sum(axis=0)
    return [(roots.all[n], float(harm[n])) for n in np.flatnonzero(harm > 0.0).tolist()]
