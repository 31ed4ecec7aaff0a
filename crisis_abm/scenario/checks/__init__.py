"""Every check beyond types, in one list: all that is wrong with a scenario at once.

Some faults can be told from an entry alone; others are about what is *not* there (an input nobody
makes), and after an entry had to be left out for a fault of type they would only say so a second
time. So these wait until the file can be read as a whole. What links and rules come to (who
supplies, helps and takes whom, and with what share) is told by `tables.build`, which makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from crisis_abm.scenario.checks.events import events, policies
from crisis_abm.scenario.checks.hazard import hazard, hazard_warnings, uncertain, whole_hazard
from crisis_abm.scenario.checks.links import links, rules, unrecoverable_cycles
from crisis_abm.scenario.checks.size import estimate, slow, too_large
from crisis_abm.scenario.checks.things import things, whole_things
from crisis_abm.scenario.io.imports import EVERYBODY
from crisis_abm.scenario.paths import Part, parse_place
from crisis_abm.scenario.problems import Problem

if TYPE_CHECKING:
    from crisis_abm.scenario.scenario import Scenario

Check = Callable[["Scenario"], Iterator[Problem]]

ENTRIES: list[Check] = [things, links, rules, events, policies, hazard, uncertain]
"""Checks of what is there."""

WHOLES: list[Check] = [whole_things, whole_hazard]
"""Checks of what is missing."""

_ENOUGH = 300
"""Faults that one check looks for: a table of names where ids belong has one in every row, and what
is nearest to each takes milliseconds."""

_ALONE = {"title", "description", "harm_unit", "policy", "caveat", "time", "record", "behaviour"}
_ALONE |= {"events", "policies", "uncertain"}
"""Sections that nothing else is counted against."""


def check(
    scenario: Scenario, left_out: Sequence[tuple[Part, ...]], rows_left_out: bool
) -> tuple[list[Problem], list[str]]:
    """What is wrong with a scenario, and what is odd about it.

    Parameters
    ----------
    scenario : Scenario
        Of the right types throughout.
    left_out : sequence of tuple
        Paths that had to be left out of it because they were not.
    rows_left_out : bool
        Whether rows of tables had to be left out too.
    """
    size = estimate(scenario)
    problems = list(too_large(scenario, size))
    if problems:
        return problems, []
    problems = [problem for find in ENTRIES for problem in islice(find(scenario), _ENOUGH)]
    if not rows_left_out and all(parts and parts[0] in _ALONE for parts in left_out):
        problems += [problem for find in WHOLES for problem in islice(find(scenario), _ENOUGH)]
    lost = scenario._imported.lost
    problems = [p for p in problems if not _echo(p, left_out) and not _echo_of_rows(p, lost)]
    warnings: list[str] = []
    if not (problems or left_out or rows_left_out):
        warnings += unrecoverable_cycles(scenario)
        warnings += hazard_warnings(scenario)
        warnings += slow(scenario, size)
    scenario.forget_cells()
    return problems, warnings


def _echo_of_rows(problem: Problem, lost: set[str]) -> bool:
    """Whether a problem may only be that rows of tables could not be read."""
    if not lost:
        return False
    if EVERYBODY in lost:
        words = ("organisation", "id", "nobody", "area")
        return any(word in problem.message.split() for word in words)
    return isinstance(problem.value, str) and problem.value in lost


def _echo(problem: Problem, left_out: Sequence[tuple[Part, ...]]) -> bool:
    """Whether a problem only repeats that something was left out, reported already."""
    try:
        place = parse_place(problem.place)
    except ValueError:
        return False
    for parts in left_out:
        shorter = min(len(parts), len(place))
        if parts[:shorter] == place[:shorter]:
            return True  # the same entry, something in it or around it
        declared = len(parts) == 2 and parts[0] in ("areas", "kinds", "resources")
        if declared and parts[1] in (problem.value, place[-1]):
            return True
        if parts == ("time", "start") and isinstance(problem.value, date):
            return True
    return False
