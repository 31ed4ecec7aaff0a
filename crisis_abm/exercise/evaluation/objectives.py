"""The objectives of an exercise, measured: a figure each, in words, and the rating it suggests.

Measured is what happened in the turns that are closed, so that a facilitator can look at any time.
People rate; what the figure suggests is kept beside what they say.

| measure | figure | no occasion where |
|---|---|---|
| told | private injects passed on by who was told, in that turn or the next | there are none |
| excess | orders beyond need, by those of the same crisis with all siloed | those are none |
| shares | part of what was shipped that need and worth would send elsewhere | nothing is scarce |
| lent | lent, of what lay spare while a partner lacked it | nobody lacked, or had |
| decided | turns of seats that people decided, with a reason | none is closed |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crisis_abm.engine import Detail
from crisis_abm.exercise.course import Branch, Course, Sent
from crisis_abm.exercise.evaluation.observed import observed
from crisis_abm.exercise.evaluation.shown import Observed
from crisis_abm.exercise.exercise import ALL, Exercise
from crisis_abm.exercise.play import play
from crisis_abm.exercise.schema import LESS_IS_BETTER, Content, Objective

Figure = tuple[float | None, str]
"""Value and sentence."""

NOTHING = 1e-6  # ticks of use: orders beyond need that are none


@dataclass(frozen=True)
class Measured:
    """What an objective came to.

    Attributes
    ----------
    value : float or None
        In the objective's own figure; None where there was no occasion.
    rating : str or None
        P, S, M or U, as the figure suggests.
    sentence : str
        The figure in words.
    """

    value: float | None
    rating: str | None
    sentence: str


def measured(
    course: Course, branch: Branch | None = None, seen: Observed | None = None
) -> dict[str, Measured]:
    """Every objective of an exercise, by name, as far as it was played.

    Parameters
    ----------
    course : Course
    branch : Branch, optional
        The one that is being played, unless said.
    seen : Observed, optional
        What `observed` gives for it, where somebody has it already: that takes a few seconds.
    """
    branch = branch or course.branch
    seen = seen or observed(course, branch)
    figures: dict[str, Figure] = {
        "told": _told(course, branch, seen.turns),
        "excess": _excess(course, branch, seen),
        "shares": _shares(seen),
        "lent": _lent(seen),
        "decided": _decided(course, branch, seen.turns),
    }
    found = {}
    for name, objective in course.exercise.content.objectives.items():
        value, sentence = figures[objective.measure]
        found[name] = Measured(value, rating(objective, value), sentence)
    return found


def rating(objective: Objective, value: float | None) -> str | None:
    """The rating that a figure suggests: P, S, M or U; None where there is no figure.

    Parameters
    ----------
    objective : Objective
    value : float or None
        In the figure of the objective's measure.
    """
    if value is None:
        return None
    sign = -1.0 if objective.measure in LESS_IS_BETTER else 1.0
    levels = {"P": objective.performed, "S": objective.some, "M": objective.major}
    return next((r for r, level in levels.items() if sign * value >= sign * level - 1e-12), "U")


def _told(course: Course, branch: Branch, turns: int) -> Figure:
    """Private injects whose news was passed on, of those whose time for it is over."""
    passed = missed = 0
    for sent in branch.sent:
        if sent.turn < turns and _is_private(course, sent):
            if _is_passed_on(course, branch, sent):
                passed += 1
            elif min(sent.turn + 2, course.exercise.turns) <= turns:
                missed += 1
    if not passed + missed:
        return None, "Nothing that only some were told could have been passed on yet."
    of = passed + missed
    return passed / of, f"Of {_counted(of, 'message')} that only some were told, {passed} went on."


def _is_private(course: Course, sent: Sent) -> bool:
    """Whether some were told who can call, and others were not told."""
    told, content = set(sent.inject.to), course.exercise.content
    can_call = any(turn.calls for turn in content.turns[sent.turn : sent.turn + 2])
    callers = [name for name in course.seats if name in told and _may(content, name, "call")]
    return ALL not in told and bool(set(course.seats) - told) and bool(callers) and can_call


def _is_passed_on(course: Course, branch: Branch, sent: Sent) -> bool:
    """Whether a seat that was told called one that was not, in that turn or the next."""
    told = set(sent.inject.to)
    return any(
        set(decision.calls) & (set(course.seats) - told)
        for (turn, seat), decision in branch.decided.items()
        if seat in told and turn in (sent.turn, sent.turn + 1)
    )


def _excess(course: Course, branch: Branch, seen: Observed) -> Figure:
    """Orders beyond need in the turns that are closed, by those of the siloed crisis."""
    exercise, events = course.exercise, branch.events(course.exercise)
    may = [name for name in course.seats if _may(exercise.content, name, "order")]
    rows = [row for name in may for row in exercise.rows_of(name)]
    usual = _when_siloed(exercise, events, seen.turns, rows) if rows and seen.turns else 0.0
    if usual <= NOTHING:
        return None, "Nothing was short, so nobody had cause to order more than needed."
    value = max(0.0, sum(seen.excess.values())) / usual
    sentence = f"Orders beyond need came to {value:.0%} of those with everybody siloed."
    return value, sentence


def _when_siloed(
    exercise: Exercise, events: Sequence[Mapping[str, Any]], turns: int, rows: Sequence[int]
) -> float:
    """What these organisations order beyond need in so many turns, in ticks of ordinary use."""
    siloed = replace(exercise, policy=exercise.scenario.policy_named("siloed"))
    before, after = (
        play(siloed, {}, events, exercise.starts[turn], detail=Detail.GROUPS).state.record
        for turn in (0, turns)
    )
    return float((after.excess_orders - before.excess_orders)[list(rows)].sum())


def _shares(seen: Observed) -> Figure:
    """What was shipped of scarce things elsewhere than by need and worth, mean over all ticks."""
    scarce = sum(one.scarce for one in seen.shipped.values())
    if not scarce:
        return None, "Nothing was scarce that seats could have shared out in different ways."
    value = sum(one.gap for one in seen.shipped.values()) / scarce
    sentence = f"{value:.0%} of what was scarce went elsewhere than need and worth would send it."
    return value, sentence


def _lent(seen: Observed) -> Figure:
    """What was lent, of what lay spare while a partner lacked it."""
    possible = sum(one.possible for one in seen.lent.values())
    if possible <= NOTHING:
        return None, "Nobody had anything to spare that a partner lacked."
    value = sum(one.lent for one in seen.lent.values()) / possible
    return value, f"{value:.0%} of what lay spare while partners lacked it was lent."


def _decided(course: Course, branch: Branch, turns: int) -> Figure:
    """Turns of seats that people decided, with a reason; seats without people do not count."""
    decided = branch.closed(turns)
    in_use = {seat for _, seat in decided}
    seats = [seat for seat in course.seats if seat in in_use or seat not in course.handed]
    of = len(seats) * turns
    if not of:
        return None, "No turn of people is closed yet."
    mine = [decision for (_, seat), decision in decided.items() if seat in seats]
    with_reason = sum(bool(decision.reason.strip()) for decision in mine)
    sentence = (
        f"Of {_counted(of, 'decision')}, {len(mine)} came in time, {with_reason} with a reason."
    )
    return with_reason / of, sentence


def _may(content: Content, seat: str, what: str) -> bool:
    return what in content.seats[seat].decides


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
