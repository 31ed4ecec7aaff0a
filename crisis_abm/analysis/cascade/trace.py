"""The cascade of a run: why it failed, traced from every harm back to the roots.

Each organisation's harm is shared among roots (`shares`): an event, the epidemic, absence, a limit
that was there all along. Shares sum to the whole.

That is accounting, not proof. So each root is taken away and the same crisis run again: what
really vanishes stands beside what the trace says (`check`). And one crisis is one crisis: over many
the roots' shares differ (`shares`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crisis_abm import history
from crisis_abm.analysis.cascade.check import Check, check_roots
from crisis_abm.analysis.cascade.paths import Hit, Hop, hits_of, hops_of, progress_of
from crisis_abm.analysis.cascade.roots import Root
from crisis_abm.analysis.cascade.shares import Causes, causes_over_crises, explain
from crisis_abm.engine import Detail
from crisis_abm.runs import Prepared, Run, run_once
from crisis_abm.scenario import Policy, Problem, Scenario, ScenarioError

if TYPE_CHECKING:
    import networkx


Array = np.ndarray
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RootShare:
    """What a root did.

    Attributes
    ----------
    root : Root
    harm : float
        Of all harm, what is traced to it.
    share : float
        The same as a part of all harm.
    reached : int
        Organisations of whose loss of service, or harm, it explains a hundredth at least.
    check : Check or None
        What vanishes without it; None where that was not asked for.
    """

    root: Root
    harm: float
    share: float
    reached: int
    check: Check | None = None


@dataclass(frozen=True)
class Trace:
    """A traced cascade.

    Attributes
    ----------
    run : Run
        What was traced.
    replicate : int or None
    seed : int
        That was asked for: of the crises of `compare`.
    roots : list of RootShare
        Most harm first; those that did nothing are left out, unless they were checked.
    hits : list of Hit
        Organisations that were strained or came to harm, in the order in which they were hit.
    hops : list of Hop
        Who shorted whom, most harm first.
    depth, breadth, closed : ndarray, shape (T,)
        Hops from a root to the furthest organisation hit so far; organisations strained, and
        closed, at each tick.
    by_organisation : ndarray, shape (N, roots)
        Harm of each organisation by root (columns in the order of `all_roots`).
    all_roots : list of Root
    agreement : float
        Rank correlation between traced and vanished harm; NaN if not checked, or of fewer than two.
    crises : Causes or None
        The roots over many crises, where that was asked for.
    """

    run: Run
    replicate: int | None
    seed: int
    roots: list[RootShare]
    hits: list[Hit]
    hops: list[Hop]
    depth: Array
    breadth: Array
    closed: Array
    by_organisation: Array
    all_roots: list[Root]
    agreement: float = float("nan")
    crises: Causes | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def harm(self) -> float:
        """All harm of the run."""
        return float(self.by_organisation.sum())

    def __repr__(self) -> str:
        roots = sum(one.harm > 0.0 for one in self.roots)
        return f"<Trace of {self.run!r}: harm {self.harm:.3g} back to {roots} roots>"


def trace(
    scenario: Scenario | str | Path,
    policy: str | Policy | None = None,
    seed: int = 0,
    replicate: int | None = None,
    check: bool = True,
    workers: int | None = None,
    progress: Progress | None = None,
    replicates: int = 0,
) -> Trace:
    """Trace the cascade of a run.

    Parameters
    ----------
    scenario : Scenario, str or Path
        Or its file, or the name of a ready-made one.
    policy : str or Policy, optional
        A name, or levers written out; the scenario's own default.
    seed : int
    replicate : int, optional
        Of `compare` with the same seed; without it the scenario runs as written.
    check : bool
        Run again without each root.
    workers, progress
        As in `runs.compare`; progress counts runs.
    replicates : int
        Trace so many crises of `compare` with the same seed, too, to see how the roots' shares
        differ (`causes_over_crises`).

    Raises
    ------
    ScenarioError
        If the scenario is too large to keep every organisation's every day.
    """
    import time

    began = time.perf_counter()
    scenario = Scenario.of(scenario)
    _refuse_large(scenario)
    followed = scenario.policy_named(policy)
    run = run_once(scenario, followed, seed, replicate, detail=Detail.ORGANISATIONS)
    crises = None
    if replicates:
        crises = causes_over_crises(scenario, followed, replicates, seed, workers, progress)

    def checked(roots: list[Root], harm: Array) -> tuple[dict[int, Check], float]:
        return check_roots(
            scenario, followed, seed, replicate, run.tables, roots, harm, workers, progress
        )

    found = trace_run(run, seed, replicate, checked if check else None)
    return replace(found, crises=crises, seconds=time.perf_counter() - began)


def trace_run(
    run: Run,
    seed: int,
    replicate: int | None = None,
    check: Callable[[list[Root], Array], tuple[dict[int, Check], float]] | None = None,
) -> Trace:
    """Trace the cascade of a run that was recorded by organisation, however it was decided.

    Parameters
    ----------
    run : Run
    seed, replicate
        That were asked for.
    check : callable, optional
        Given all roots and the harm by organisation and root, says what vanishes without each, and
        how far the two agree.
    """
    roots, builder, graph, explained = explain(run)
    by_organisation, lost = explained.harm, explained.loss
    harm = by_organisation.sum(axis=0)
    touched = np.zeros_like(lost, np.bool_)
    for figures in (lost, by_organisation):
        touched |= figures > 0.01 * np.maximum(figures.sum(axis=1, keepdims=True), 1e-12)
    reached = touched.sum(axis=0)
    hits, hops = hits_of(run, graph, builder, explained), hops_of(run, graph, explained)
    depth, breadth, closed = progress_of(run, hits)
    checks, agreement = check(roots.all, by_organisation) if check else ({}, math.nan)
    total = max(float(harm.sum()), 1e-300)
    named = [n for n in np.argsort(-harm, kind="stable").tolist() if harm[n] > 0 or n in checks]
    return Trace(
        run=run,
        replicate=replicate,
        seed=seed,
        roots=[
            RootShare(
                roots.all[n], float(harm[n]), float(harm[n]) / total, int(reached[n]), checks.get(n)
            )
            for n in named
        ],
        hits=hits,
        hops=hops,
        depth=depth,
        breadth=breadth,
        closed=closed,
        by_organisation=by_organisation,
        all_roots=roots.all,
        agreement=agreement,
    )


def _refuse_large(scenario: Scenario) -> None:
    """Refuse what would not fit into memory, before anything is run."""
    tables = Prepared.of(scenario).tables
    asked = scenario.record.model_copy(update={"detail": "auto"})
    fits = history.detail_for(scenario.model_copy(update={"record": asked}), tables)
    if fits == Detail.ORGANISATIONS:
        return
    size = f"{len(tables.ids):,} organisations over {scenario.time.steps:,} {scenario.time.unit}s"
    raise ScenarioError(
        Problem(
            scenario.source,
            "time.steps",
            message=f"{size} are too many to trace one by one",
            remedy="trace fewer days (a smaller time.steps), or one area as a scenario of its own",
        )
    )


ROOT = "root"  # the kind of nodes that are no organisations


def to_graph(result: Trace) -> networkx.MultiDiGraph:
    """Return the causal graph of a traced cascade.

    Parameters
    ----------
    result : Trace

    Returns
    -------
    networkx.MultiDiGraph
        Nodes are keys of roots (`kind` is "root") and ids of organisations, with `name`, `kind`,
        `area`, `first` (tick of the first strain; -1 for roots), `failed` (tick; -1 for never),
        `harm` (own; of roots, traced to them) and `through` (explained by way of it). Edges run
        from cause to effect with `resource` ("" from roots), `first`, `harm` and, if known, `short`
        (part of the orders not sent). There may be cycles: feedback. Plain numbers and text, so
        that it can be written as GraphML.
    """
    import networkx

    tables = result.run.tables
    rows = tables.world.organisations
    graph = networkx.MultiDiGraph(title=result.run.scenario.title, policy=result.run.policy.name)
    for one in result.roots:
        figures = {"first": -1, "failed": -1, "harm": one.harm, "through": one.harm}
        if one.harm > 0.0:
            graph.add_node(one.root.key, name=one.root.title, kind=ROOT, area="", **figures)
    for hit in result.hits:
        row = hit.organisation
        graph.add_node(
            tables.ids[row],
            name=tables.names[row],
            kind=tables.kinds[rows.kind[row]],
            area=tables.areas[rows.area[row]],
            first=hit.tick,
            failed=hit.failed,
            harm=hit.harm,
            through=hit.through,
        )
    for hop in result.hops:
        source = result.all_roots[hop.root].key if hop.root >= 0 else tables.ids[hop.source]
        target = tables.ids[hop.organisation]
        if source in graph and target in graph:
            short = {} if math.isnan(hop.short) else {"short": hop.short}
            edge = {"resource": hop.resource, "first": hop.tick, "harm": hop.harm}
            graph.add_edge(source, target, **edge, **short)
    return graph
