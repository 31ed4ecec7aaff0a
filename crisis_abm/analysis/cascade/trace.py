"""Why did it fail? The cascade of a run, traced from every harm back to the roots.

From the shortfall table (docs/model.md 7.11) a web of causes is woven (`cascade_weave`); each
organisation's harm of each tick is shared among its causes in proportion to the shortfall that they
explain, theirs among their causes, and so on to roots: an event, the epidemic, absence, a limit
that was there all along. Shares sum to the whole.

That is accounting, not proof. So each root is taken away and the same crisis run again: what
really vanishes stands beside what the trace says (`cascade_check`).

A wildfire investigator's work: read the char from the ashes back to the spark, then ask whether the
house would still stand had there been no spark.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from crisis_abm import history
from crisis_abm.analysis.cascade.check import Check, check_roots
from crisis_abm.analysis.cascade.paths import (
    Explained,
    Hit,
    Hop,
    Step,
    hits_of,
    hops_of,
    progress_of,
)
from crisis_abm.analysis.cascade.roots import Root, Roots
from crisis_abm.analysis.cascade.weave import Weaver
from crisis_abm.engine import Detail
from crisis_abm.engine.state import Record
from crisis_abm.runs import Run, run_once
from crisis_abm.scenario import Policy, Problem, Scenario, ScenarioError
from crisis_abm.tables import Tables, build

__all__ = ["Check", "Hit", "Hop", "RootShare", "Step", "Trace", "split_harm", "trace"]

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
    """

    run: Run
    replicate: int | None
    roots: list[RootShare]
    hits: list[Hit]
    hops: list[Hop]
    depth: Array
    breadth: Array
    closed: Array
    by_organisation: Array
    all_roots: list[Root]
    agreement: float = float("nan")
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

    Raises
    ------
    ScenarioError
        If the scenario is too large to keep every organisation's every day.
    """
    import time

    began = time.perf_counter()
    scenario = Scenario.of(scenario)
    _refuse_large(scenario)
    name = scenario.policy_text(policy)
    run = run_once(scenario, name, seed, replicate, detail=Detail.ORGANISATIONS)
    tables, state, world = run.tables, run.state, run.tables.world
    roots = Roots(run.scenario, tables)
    weaver = Weaver(world, state, roots)
    web = weaver.weave()
    shares = web.explanations()
    unserved, hazard = split_harm(tables, state.record)
    node = np.maximum.accumulate(
        weaver.loss_node, axis=0
    )  # a loss of nothing has no node: the last
    known = (node >= 0) & (unserved > 0.0)
    laid = np.bincount(node[known], weights=unserved[known], minlength=web.size)
    by_organisation = np.zeros((len(tables.ids), len(roots.all)))
    row = np.nonzero(known)[1]
    np.add.at(by_organisation, row, unserved[known][:, None] * shares[node[known]])
    by_organisation[:, roots.hazard] += hazard.sum(axis=0)
    everybody = np.arange(len(tables.ids))
    unknown = np.where(known, 0.0, unserved).sum(axis=0)
    by_organisation[everybody, roots.capacity(everybody)] += unknown

    harm = by_organisation.sum(axis=0)
    lost, known = np.zeros_like(by_organisation), weaver.loss_node >= 0
    here = weaver.loss_node[known]
    np.add.at(lost, np.nonzero(known)[1], weaver.loss[known][:, None] * shares[here])
    reached = np.zeros(len(roots.all), np.int64)
    touched = np.zeros_like(lost, np.bool_)
    for figures in (lost, by_organisation):
        touched |= figures > 0.01 * np.maximum(figures.sum(axis=1, keepdims=True), 1e-12)
    reached += touched.sum(axis=0)
    explained = Explained(shares, laid, hazard, roots.hazard, by_organisation, lost)
    hits, hops = hits_of(run, web, weaver, explained), hops_of(run, web, explained)
    depth, breadth, closed = progress_of(run, hits)
    checks: dict[int, Check] = {}
    agreement = float("nan")
    if check:
        checks, agreement = check_roots(
            scenario, name, seed, replicate, tables, roots.all, by_organisation, workers, progress
        )
    total = max(float(harm.sum()), 1e-300)
    named = [n for n in np.argsort(-harm, kind="stable").tolist() if harm[n] > 0 or n in checks]
    return Trace(
        run=run,
        replicate=replicate,
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
        seconds=time.perf_counter() - began,
    )


def _refuse_large(scenario: Scenario) -> None:
    """Refuse what would not fit into memory, before anything is run."""
    tables = build(scenario)
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
            remedy="trace fewer days (--set time.steps=…), or one area as a scenario of its own",
        )
    )


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
