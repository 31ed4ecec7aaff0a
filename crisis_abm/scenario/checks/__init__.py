"""Every check beyond types, in one list: all that is wrong with a scenario at once.

Some faults can be told from an entry alone; others are about what is *not* there (an input nobody
makes), and after an entry had to be left out for a fault of type they would only say so a second
time. So these wait until the file can be read as a whole. What links and rules come to (who
supplies whom, and with what share) is told by `tables.build`, which makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from crisis_abm.scenario.checks.events import events, policies
from crisis_abm.scenario.checks.hazard import hazard, hazard_warnings, uncertain, whole_hazard
from crisis_abm.scenario.checks.links import links, rules, unrecoverable_cycles, whole_rules
from crisis_abm.scenario.checks.size import slow, too_large
from crisis_abm.scenario.checks.things import things, whole_things
from crisis_abm.scenario.facts import Facts
from crisis_abm.scenario.io.imports import EVERYBODY
from crisis_abm.scenario.paths import Part, parse_place
from crisis_abm.scenario.problems import Problem

if TYPE_CHECKING:
    from crisis_abm.scenario.scenario import Scenario

__all__ = ["check"]

ENTRIES: list[Callable[[Facts], Iterator[Problem]]] = [
    things,
    links,
    rules,
    events,
    policies,
    hazard,
    uncertain,
]
"""Checks of what is there."""

WHOLES: list[Callable[[Facts], Iterator[Problem]]] = [whole_things, whole_rules, whole_hazard]
"""Checks of what is missing."""

WARNINGS: list[Callable[[Facts], Iterator[str]]] = [
    unrecoverable_cycles,
    hazard_warnings,
    slow,
]

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

    Returns
    -------
    problems : list of Problem
    warnings : list of str
    """
    facts = Facts(scenario)
    problems: list[Problem] = list(too_large(facts))
    if problems:
        return problems, []
    problems = [problem for find in ENTRIES for problem in islice(find(facts), _ENOUGH)]
    if not rows_left_out and all(parts and parts[0] in _ALONE for parts in left_out):
        problems += [problem for find in WHOLES for problem in islice(find(facts), _ENOUGH)]
    lost = scenario._imported.lost
    problems = [p for p in problems if not _echo(p, left_out) and not _echo_of_rows(p, lost)]
    if problems or left_out or rows_left_out:
        return problems, []
    return [], [warning for find in WARNINGS for warning in find(facts)]


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
