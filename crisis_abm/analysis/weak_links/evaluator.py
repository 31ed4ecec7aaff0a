"""How often what is tried in a search for weak links is run, when that is refused, what is kept."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crisis_abm.analysis.weak_links.candidates import HELP, KNOCK_OUTS
from crisis_abm.engine import State
from crisis_abm.outcomes import harm_by_organisation
from crisis_abm.runs.processes import Processes, Progress
from crisis_abm.runs.statistics import paired_differences
from crisis_abm.runs.trials import Trial, run_against
from crisis_abm.scenario import Policy, Problem, Scenario, ScenarioError
from crisis_abm.tables import Tables

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


HELP_PART = 2  # what may help is tried with this part of the replicates and the places at the top
EACH = 60e-9  # seconds a tick, organisation and link take, roughly; only to warn
LONGEST = 3600.0  # seconds of one core: half an hour on two


class TooManyRuns(ScenarioError):
    """A search takes more runs than are allowed; whoever asked knows by what name to allow it.

    Attributes
    ----------
    runs : int
    """

    def __init__(self, problem: Problem, runs: int) -> None:
        super().__init__(problem)
        self.runs = runs

    def __reduce__(self) -> tuple[type[TooManyRuns], tuple[Problem, int]]:
        return TooManyRuns, (self.problems[0], self.runs)

    def with_remedy(self, remedy: str) -> ScenarioError:
        """The same, with another way out."""
        return ScenarioError([replace(one, remedy=remedy) for one in self.problems])


@dataclass(frozen=True)
class Plan:
    """How often what is tried."""

    screening: dict[str, int]  # by form
    replicates: int
    top: dict[tuple[str, ...], int]  # by part, knock-outs and help
    pairs: int


def planned(screening: int, replicates: int, top: int, pairs: int) -> Plan:
    """A plan in which what may help is tried half as often as what may break."""
    fewer = max(1, screening // HELP_PART)
    return Plan(
        {**dict.fromkeys(KNOCK_OUTS, screening), **dict.fromkeys(HELP, fewer)},
        replicates,
        {KNOCK_OUTS: top, HELP: -(-top // HELP_PART)},
        pairs,
    )


def trials_needed(found: Mapping[str, int], plan: Plan) -> int:
    """How many trials a policy that will be, at most, with so many candidates of each form."""
    needed = sum(plan.screening[form] * count for form, count in found.items())
    for part, top in plan.top.items():
        repeated = min(top, sum(found.get(form, 0) for form in part))
        further = plan.replicates - plan.screening[part[0]]
        needed += repeated * further
        if part is KNOCK_OUTS and plan.pairs:
            pairs = min(plan.pairs, repeated) * max(0, repeated - 1)
            needed += pairs * plan.screening[part[0]] + min(plan.pairs, pairs) * further
    return needed


def refuse_what_takes_too_long(
    scenario: Scenario,
    tables: Tables,
    found: Mapping[str, int],
    runs: int,
    most_runs: int | None,
) -> None:
    """Raise where there are more runs than anybody would wait for, unless they are allowed.

    Raises
    ------
    TooManyRuns
        Saying how many, how long, and how to narrow the search.
    """
    size = len(tables.ids) + len(tables.world.supply.share)
    each = EACH * size * scenario.time.steps
    most = LONGEST / each if most_runs is None else most_runs
    if runs <= most:
        return
    what = ", ".join(f"{count:,} {form}" for form, count in found.items())
    hours = max(1, round(runs * each / 3600))
    message = (
        f"this would take {runs:,} runs, very roughly {hours:,} hours of one core (to try: {what})"
    )
    remedy = (
        "name whom to try (organisations, kinds or areas) and what (forms), or allow it: "
        f"most_runs={runs}"
    )
    file = str(scenario.source or scenario.title)
    raise TooManyRuns(Problem(file, "", message=message, remedy=remedy), runs)
