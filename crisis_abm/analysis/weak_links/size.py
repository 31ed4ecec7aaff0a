"""How often what is tried in a search for weak links, how long that takes, when it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from crisis_abm.analysis.weak_links.candidates import HELP, KNOCK_OUTS
from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.tables import Tables

__all__ = ["Plan", "TooManyRuns", "planned", "refuse_what_takes_too_long", "trials_needed"]

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
