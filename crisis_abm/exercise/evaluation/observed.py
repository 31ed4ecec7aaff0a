"""What seats did in a crisis as it was played, held against the engine's own rules tick by tick.

A lever says how a rule of the engine decides. So whatever somebody did can be set beside what that
rule would have done just then at every setting of the lever, all else as it was: the orders of
phase 5 (measures), the shipments of phase 6 (agenda and parity), the loans of phase 7
(reciprocity). What comes of it is a `Curve` a turn, seat and subject: how far what was done lies
from what the rule would have done, by setting. Nothing here asks what a decision said, only what
then was ordered, shipped and lent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crisis_abm.engine import State
from crisis_abm.engine.decisions import Watch
from crisis_abm.exercise.course import Branch, Course
from crisis_abm.exercise.decisions import Decision
from crisis_abm.exercise.evaluation.shown import Observed
from crisis_abm.exercise.evaluation.watcher import Watcher
from crisis_abm.exercise.exercise import Exercise
from crisis_abm.exercise.play import Move, play
from crisis_abm.tables import Tables


def observed(course: Course, branch: Branch | None = None) -> Observed:
    """Play the turns of a branch that are closed, and look at what its seats did.

    Parameters
    ----------
    course : Course
    branch : Branch, optional
        The one that is being played, unless said.
    """
    branch = branch or course.branch
    turns = min(max(branch.turn, 0), course.exercise.turns)
    events = branch.events(course.exercise)
    return observe(course.exercise, course.seats, branch.closed(turns), events, turns)


def observe(
    exercise: Exercise,
    seats: Sequence[str],
    decided: Mapping[Move, Decision],
    sent: Sequence[Mapping[str, Any]] = (),
    turns: int | None = None,
) -> Observed:
    """Play some turns of an exercise, and look at what its seats did.

    Parameters
    ----------
    exercise : Exercise
    seats : sequence of str
        Those that are taken.
    decided : mapping of (int, str) to Decision
    sent : sequence of mapping
        What injects did, as events of the scenario.
    turns : int, optional
        How many; all of them, unless said.

    Raises
    ------
    ScenarioError
        If an event cannot be.
    """
    turns = exercise.turns if turns is None else turns
    seen = Observed(exercise, list(seats), decided, turns)
    if turns > 0:
        ticks = exercise.starts[turns]

        def look(tables: Tables, state: State) -> Watch:
            return Watcher(seen, tables, state).watch()

        play(exercise, decided, sent, ticks, watch=seen.books.note, within=look)
    return seen
