"""The causes of many crises: how the roots' shares of the harm differ from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from crisis_abm.analysis.cascade.roots import Root
from crisis_abm.analysis.cascade.shares import explain
from crisis_abm.engine import Detail
from crisis_abm.runs import run_once
from crisis_abm.runs.processes import Progress, in_order
from crisis_abm.runs.statistics import band
from crisis_abm.scenario import Policy, Scenario

__all__ = ["Cause", "Causes", "causes_over_crises"]

Array = np.ndarray
LEAST = 1e-7  # harm of a crisis that has causes to be shared among: less is rounding


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
        return int((self.harm.sum(axis=1) > LEAST).sum())

    @property
    def shares(self) -> Array:
        """Of the harm of each crisis with any: shape (`harmed`, roots); rows sum to 1."""
        total = self.harm.sum(axis=1, keepdims=True)
        there = total[:, 0] > LEAST
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
    """Trace every crisis of `compare` with the same seed, and keep what roots did.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    replicates : int
    seed : int
    workers, progress
        As in `runs.compare`.
    """
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
