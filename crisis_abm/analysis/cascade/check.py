"""The counterfactual check: take each root away, meet the same crisis again, see what vanishes.

The trace shares all harm out once. What really vanishes need not sum to anything: two causes that
hurt only together both take all harm with them, and of two that each suffice neither does. Where
the two figures differ the groups of organisations in which they do are named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crisis_abm.analysis.cascade.roots import LIMITS, Root, without
from crisis_abm.engine import State
from crisis_abm.runs import AS_WRITTEN, Trial, run_trials
from crisis_abm.scenario import EFFECTS, Policy, Scenario
from crisis_abm.tables import Tables

Array = np.ndarray
Progress = Callable[[int, int], None]
NEAR = 0.05  # of all harm: a difference that matters whatever the root
FAR = 0.5  # of the larger figure: one that matters from `SOME` of all harm on
SOME = 0.005
NOTHING = 0.001  # of all harm: less counts as none when roots are ranked


class Verdict:
    """How a root's traced harm compares with what vanishes without it."""

    AGREES = "agrees"
    LIMITS = "other limits beneath"  # less vanishes: something else would have done the same
    TOGETHER = "hurts together with others"  # more vanishes: others do harm only on top of it
    PROTECTS = "prevents harm"  # without it there is more
    WIDENED = "more of it would make up for other causes too"  # a limit, which is only widened
    DEATHS = "costs lives through the epidemic"  # more vanishes: deaths of the epidemic itself


@dataclass(frozen=True)
class Check:
    """One root taken away.

    Attributes
    ----------
    vanishes : float
        Harm without it less, of which
    deaths : float
        are the hazard's own deaths.
    verdict : str
        One of `Verdict`.
    where : tuple of (str, str, float)
        Kind, area, and vanished less traced harm, where these differ most; at most three.
    instead : tuple of int
        Roots to which the trace gives most of the rest where that is; at most three.
    """

    vanishes: float
    deaths: float
    verdict: str
    where: tuple[tuple[str, str, float], ...]
    instead: tuple[int, ...]


def _harm(tables: Tables, state: State) -> Array:
    """Harm of the unserved and the hazard's own, by organisation."""
    return np.array([state.record.harm, state.record.hazard_deaths])


def check_roots(
    scenario: Scenario,
    policy: Policy,
    seed: int,
    replicate: int | None,
    tables: Tables,
    roots: list[Root],
    traced: Array,
    workers: int | None,
    progress: Progress | None,
) -> tuple[dict[int, Check], float]:
    """Check every root that the trace names, and every event that it does not.

    Parameters
    ----------
    traced : ndarray, shape (N, roots)
        Harm of each organisation by root.

    Returns
    -------
    checks : dict of root number to Check
    agreement : float
        Spearman's rank correlation of traced and vanished harm over the roots that can be taken
        away (not limits, which can only be widened: that makes up for other causes too). What
        prevents harm vanishes none; below a thousandth of all harm counts as none. NaN for fewer
        than two roots.
    """
    from scipy.stats import spearmanr

    harm = traced.sum(axis=0)
    acting = {n for n, event in enumerate(scenario.events) if EFFECTS[event.effect].strikes}
    tried = [n for n in range(len(roots)) if harm[n] > 0.0 or n in acting]
    trials = [Trial(policy), *(Trial(policy, (without(roots[n], tables),)) for n in tried)]
    number = AS_WRITTEN if replicate is None else replicate
    found = run_trials(scenario, trials, _harm, [number], seed, workers, progress)[:, 0]
    gone = found[0] - found[1:]
    total = float(found[0].sum())
    checks = {
        n: _judged(n, traced, gone[at], total, tables, roots[n].kind in LIMITS)
        for at, n in enumerate(tried)
    }
    causes = [n for n in tried if roots[n].kind not in LIMITS]
    told = harm[causes]
    vanished = np.array([max(0.0, checks[n].vanishes) for n in causes])
    for figures in (told, vanished):  # below that they are ties, not ranks
        figures[figures < NOTHING * total] = 0.0
    agreement = float("nan")
    if len(causes) > 1 and np.ptp(vanished) > 0.0 and np.ptp(told) > 0.0:
        agreement = float(spearmanr(told, vanished).statistic)
    return checks, agreement


def _judged(n: int, traced: Array, gone: Array, total: float, tables: Tables, limit: bool) -> Check:
    """Compare, and say where they differ."""
    vanishes, deaths = float(gone.sum()), float(gone[1].sum())
    more = gone.sum(axis=0) - traced[:, n]
    gap = float(more.sum())
    verdict = Verdict.AGREES
    size = max(abs(vanishes), float(traced[:, n].sum()))
    differ = abs(gap) > NEAR * total or (abs(gap) > SOME * total and abs(gap) > FAR * size)
    if differ and vanishes < -SOME * total:
        verdict = Verdict.PROTECTS
    elif differ and gap > 0.0:
        verdict = Verdict.DEATHS if deaths > 0.3 * gap else Verdict.TOGETHER
        verdict = Verdict.WIDENED if limit else verdict
    elif differ:
        verdict = Verdict.LIMITS
    group = tables.world.organisations.group
    by_group = np.bincount(group, weights=more, minlength=len(tables.groups))
    worst = np.argsort(-np.abs(by_group), kind="stable")[:3]
    where = [g for g in worst.tolist() if abs(by_group[g]) > 0.2 * abs(gap) > 0.0]
    there = np.isin(group, where)
    others = traced[there].sum(axis=0)
    others[n] = 0.0
    order = np.argsort(-others, kind="stable")[:3]
    instead = tuple(int(k) for k in order if others[k] > 0.1 * abs(gap) > 0.0)
    places = tuple((*tables.groups[g], float(by_group[g])) for g in where)
    return Check(vanishes, deaths, verdict, places, instead)
