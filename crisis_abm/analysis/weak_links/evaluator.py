"""Running what is tried in a search for weak links, and what is kept of it."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from crisis_abm.engine import State
from crisis_abm.outcomes import harm_by_organisation
from crisis_abm.runs.processes import Processes, Progress
from crisis_abm.runs.statistics import paired_differences
from crisis_abm.runs.trials import Trial, run_against
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.tables import Tables

__all__ = [
    "ALL",
    "BEFORE",
    "COLUMNS",
    "ITSELF",
    "OTHERS",
    "SPREAD",
    "Evaluator",
    "Wanted",
    "contrast",
]

Array = np.ndarray
COLUMNS = ("before", "others", "itself", "all", "spread")
BEFORE, OTHERS, ITSELF, ALL, SPREAD = range(len(COLUMNS))

Wanted = tuple[tuple[Any, ...], int, int]
"""Changes, and the replicates to try them in: first, and first that is not."""


class Evaluator:
    """Where trials are run: the same policies and crises for all, one count of progress."""

    def __init__(
        self,
        scenario: Scenario,
        policies: tuple[Policy, ...],
        seed: int,
        workers: int | None,
        processes: Processes,
        progress: Progress,
    ) -> None:
        self.scenario, self.policies, self.seed = scenario, policies, seed
        self.workers, self.processes, self.progress = workers, processes, progress
        self.runs, self.seconds = 0, 0.0

    def run(self, wanted: list[Wanted]) -> list[Array]:
        """Try each; arrays of shape (policies, replicates wanted, COLUMNS)."""
        began, before = time.perf_counter(), self.runs
        places = [
            (replicate, p, k)
            for replicate in range(max((end for _, _, end in wanted), default=0))
            for k, (_, first, end) in enumerate(wanted)
            if first <= replicate < end
            for p in range(len(self.policies))
        ]
        trials = [(r, Trial(self.policies[p], wanted[k][0])) for r, p, k in places]
        answers = run_against(
            self.scenario,
            trials,
            contrast,
            self.seed,
            self.workers,
            lambda done, total: self.progress(before + done, before + total),
            self.processes,
        )
        found = [
            np.zeros((len(self.policies), max(0, end - first), len(COLUMNS)))
            for _, first, end in wanted
        ]
        for (replicate, p, k), answer in zip(places, answers, strict=True):
            found[k][p, replicate - wanted[k][1]] = answer
        self.runs += len(trials)
        self.seconds += time.perf_counter() - began
        return found


def contrast(tables: Tables, without: State, after: State, trial: Trial) -> Array:
    """What changes came to: the figures of `COLUMNS`.

    Harm before, in all; added to others than those knocked out; added to whom it concerns (the
    organisation itself; of a link the customer, who is also one of the others); added in all; and
    how many others were strained on more ticks.
    """
    before = harm_by_organisation(without)
    added = paired_differences(before, harm_by_organisation(after))
    out, concerned = np.zeros((2, len(before)), dtype=np.bool_)
    changes: Any = trial.changes  # such as know whom they concern
    for change in changes:
        out[change.out(tables)] = True
        concerned[change.at(tables)] = True
    strained = after.record.strained > without.record.strained
    return np.array(
        [
            before.sum(),
            added[~out].sum(),
            added[concerned].sum(),
            added.sum(),
            (strained & ~out).sum(),
        ],
        dtype=np.float64,
    )
