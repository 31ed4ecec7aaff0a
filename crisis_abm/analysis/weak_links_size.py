"""How long a search for weak links would take, and when it is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from crisis_abm.analysis.candidates import Candidate
from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.tables import Tables

__all__ = ["refuse_what_takes_too_long"]

EACH = 60e-9  # seconds a tick, organisation and link take, roughly; only to warn
LONGEST = 3600.0  # seconds of one core: half an hour on two


def refuse_what_takes_too_long(
    scenario: Scenario,
    tables: Tables,
    found: Sequence[Candidate],
    runs: int,
    most_runs: int | None,
) -> None:
    """Raise where there are more runs than anybody would wait for, unless they are allowed.

    Raises
    ------
    ScenarioError
        Saying how many, how long, and how to narrow the search.
    """
    size = len(tables.ids) + len(tables.world.supply.share)
    each = EACH * size * scenario.time.steps
    most = LONGEST / each if most_runs is None else most_runs
    if runs <= most:
        return
    parts = Counter(one.form for one in found)
    what = ", ".join(f"{count:,} {form}" for form, count in parts.items())
    hours = max(1, round(runs * each / 3600))
    message = (
        f"this would take {runs:,} runs, very roughly {hours:,} hours of one core (to try: {what})"
    )
    remedy = (
        "name whom to try with --organisations, --kinds or --areas, and what with --only; "
        f"or allow it with --most-runs {runs}"
    )
    raise ScenarioError(
        Problem(str(scenario.source or scenario.title), "", message=message, remedy=remedy)
    )
