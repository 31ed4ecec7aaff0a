"""Which expected actions were taken: inject by inject, and what to send where they were not.

What is looked for is written with the inject (`crisis_abm.exercise.expected_action`). It is found
in what was decided in the turn in which the inject came and the next, and in what was ordered and
lent from the inject's day to the end of these turns. A call is one of both its ends, as in the
engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crisis_abm.engine import Detail
from crisis_abm.exercise.course import Branch, Course, Sent
from crisis_abm.exercise.decisions import SERVED, Decision, levers_of
from crisis_abm.exercise.evaluation.shown import Books, Observed
from crisis_abm.exercise.exercise import ALL, Exercise
from crisis_abm.exercise.expected_action import (
    EVERYBODY,
    PLACES,
    Action,
    Clause,
    Expected,
    faults_of_expected,
    parse_expected,
)
from crisis_abm.exercise.play import play
from crisis_abm.exercise.schema import Inject

AROUND_NEED = 1.01  # of need: orders of so much are no more than that
Status = Literal["open", "done", "missing", "by eye"]
Array = np.ndarray


@dataclass(frozen=True)
class Expectation:
    """What was expected after an inject, and whether it was done.

    Attributes
    ----------
    number : int
        Of the inject.
    words : str
        What is expected, for people.
    status : str
        ``open``: it can still be done in the turn that is open; ``done``; ``missing``: the turn was
        closed without it, or all who are expected to have decided otherwise (done in the next turn,
        it still counts); ``by eye``: the facilitator judges it.
    waiting_for : tuple of str
        Seats that have not done it.
    if_not : str
        What follows if they do not, for people.
    contingency : int or None
        The inject to send now, since it is missing and was not sent.
    """

    number: int
    words: str
    status: Status
    waiting_for: tuple[str, ...] = ()
    if_not: str = ""
    contingency: int | None = None


def expectations(
    course: Course, branch: Branch | None = None, seen: Observed | None = None
) -> list[Expectation]:
    """What was expected after every inject that was sent, in the order of sending.

    Parameters
    ----------
    course : Course
    branch : Branch, optional
        The one that is being played, unless said.
    seen : Observed, optional
        What `observed` gives for it, where somebody has it already.

    Notes
    -----
    Where orders or loans are looked for, the turns that are closed are played once: a second or two
    in a county. It changes with decisions, injects and turns only.
    """
    branch = branch or course.branch
    look = _Look(course, branch, None if seen is None else seen.books)
    return [look.at(sent) for sent in branch.sent]


class _Look:
    """Looks for expected actions on one branch."""

    def __init__(self, course: Course, branch: Branch, books: Books | None) -> None:
        self.course, self.branch, self.exercise = course, branch, course.exercise
        self.seats = course.seats
        self.closed = min(max(branch.turn, 0), self.exercise.turns)
        self._books = books

    @property
    def books(self) -> Books:
        """Kept when they are first asked for."""
        if self._books is None:
            self._books, exercise = Books(), self.exercise
            play(
                exercise,
                self.branch.closed(self.closed),
                self.branch.events(exercise),
                exercise.starts[self.closed],
                detail=Detail.GROUPS,
                watch=self._books.note,
            )
        return self._books

    def at(self, sent: Sent) -> Expectation:
        """How what was expected after an inject stands."""
        inject = sent.inject
        expected = self._read(inject)
        asked = [(clause, self._asked(clause, sent)) for clause in expected.clauses]
        if not any(seats for _, seats in asked):
            return Expectation(inject.number, expected.words, "by eye", (), inject.if_not)
        left = [
            (clause, seat)
            for clause, seats in asked
            for seat in seats
            if not any(self._met(action, seat, sent) for action in clause.any_of)
        ]
        waiting_for = tuple(dict.fromkeys(seat for _, seat in left))
        status: Status = "missing"
        if not left:
            status = "done"
        elif sent.turn >= self.closed and not all(self._passed(*one, sent) for one in left):
            status = "open"
        contingency = None
        if status == "missing" and inject.if_not.isdigit():
            number = int(inject.if_not)
            contingency = number if self.branch.find(number) is None else None
        return Expectation(
            inject.number, expected.words, status, waiting_for, inject.if_not, contingency
        )

    def _read(self, inject: Inject) -> Expected:
        """What is expected; words, where it was edited to something that cannot be looked for."""
        exercise = self.exercise
        if any(faults_of_expected(inject, exercise.content.seats, exercise.tables)):
            return Expected(inject.expected)
        return parse_expected(inject.expected)

    def _asked(self, clause: Clause, sent: Sent) -> list[str]:
        """The seats that are expected to, as far as they may decide it in these turns."""
        told = self.seats if ALL in sent.inject.to else sent.inject.to
        named = clause.seats or tuple(told)
        return [
            seat
            for seat in self.seats
            if seat in named and any(self._can(action, seat, sent) for action in clause.any_of)
        ]

    def _can(self, action: Action, seat: str, sent: Sent) -> bool:
        content = self.exercise.content
        if action.verb == "call" and not any(content.turns[k].calls for k in self._turns(sent)):
            return False
        if action.verb == "call" and not self._called(action, seat):
            return False
        return not action.decides or action.decides in content.seats[seat].decides

    def _called(self, action: Action, seat: str) -> list[list[str]]:
        """By name in the action: the seats it means, one of which is to be talked to."""
        meant = [[one for one in self._meant(name) if one != seat] for name in action.targets]
        return [seats for seats in meant if seats]

    def _meant(self, name: str) -> list[str]:
        """The seats that a name means: itself, or those that decide for such organisations."""
        if name == EVERYBODY:
            return list(self.seats)
        if name in self.exercise.content.seats:
            return [name] if name in self.seats else []
        rows = set(_rows(self.exercise, name).tolist())
        return [seat for seat in self.seats if rows & set(self.exercise.rows_of(seat))]

    def _turns(self, sent: Sent) -> range:
        """Its own turn and the next."""
        return range(sent.turn, min(sent.turn + 2, self.exercise.turns))

    def _passed(self, clause: Clause, seat: str, sent: Sent) -> bool:
        """Whether a seat has decided in the open turn, and what it decided cannot be this."""
        has_decided = (sent.turn, seat) in self.branch.decided or seat in self.course.handed
        return has_decided and not any(action.is_of_units for action in clause.any_of)

    def _met(self, action: Action, seat: str, sent: Sent) -> bool:
        if action.is_of_units:
            return self._met_in_units(action, seat, sent)
        if action.verb == "call":
            talked = {one for turn in self._turns(sent) for one in self._talked(turn, seat)}
            called = self._called(action, seat)
            if EVERYBODY in action.targets:
                called = [[other] for other in self.seats if other != seat]
            return bool(called) and all(talked & set(names) for names in called)
        decisions = [self.branch.decided.get((turn, seat)) for turn in self._turns(sent)]
        return any(self._shows(action, one) for one in decisions if one is not None)

    def _talked(self, turn: int, seat: str) -> Iterator[str]:
        for (when, caller), decision in self.branch.decided.items():
            for other in decision.calls if when == turn else ():
                if seat in (caller, other):
                    yield other if caller == seat else caller

    def _shows(self, action: Action, decision: Decision) -> bool:
        """Whether a decision says what was expected."""
        levers = levers_of(decision, False)
        match action.verb:
            case "reason":
                return bool(decision.reason.strip())
            case "serve":
                rule = SERVED[action.targets[0]]
                return all(levers.get(name) == value for name, value in rule.items())
            case "first":
                first = decision.first.get(action.resource, [])
                meant = {row for name in action.targets for row in _rows(self.exercise, name)}
                return bool(first) and set(_rows(self.exercise, first[0])) <= meant
            case "order":
                order = decision.orders.get(action.resource)
                return order is not None and (order.need or bool(order.units) or bool(order.exact))
            case "offer":
                offered = decision.lend.get(action.resource)
                part = decision.places if action.resource == PLACES else offered
                return action.meets(levers.get("reciprocity", 0.0) if part is None else part)
        raise ValueError(action.verb)

    def _met_in_units(self, action: Action, seat: str, sent: Sent) -> bool:
        """Whether it was ordered or lent in the turns that are closed."""
        starts = self.exercise.starts
        spans = [
            range(max(sent.tick, starts[turn]), starts[turn + 1])
            for turn in self._turns(sent)
            if turn < self.closed
        ]
        if not spans:
            return False
        if action.verb == "lend":
            return action.meets(sum(self._lent(action, seat, tick) for s in spans for tick in s))
        return any(self._ordered(action, seat, span) for span in spans if len(span))

    def _lent(self, action: Action, seat: str, tick: int) -> float:
        tables = self.books.tables
        assert tables is not None  # a tick was played
        aid, inputs = tables.world.aid, tables.world.inputs
        donor, partner = inputs.organisation[aid.donor], inputs.organisation[aid.partner]
        mine = np.isin(donor, self.exercise.rows_of(seat))
        mine &= inputs.resource[aid.donor] == tables.resources.index(action.resource)
        if action.targets and EVERYBODY not in action.targets:
            rows = [_rows(self.exercise, name) for name in action.targets]
            mine &= np.isin(partner, np.concatenate(rows))
        return float(self.books.lent[tick][mine].sum())

    def _ordered(self, action: Action, seat: str, span: range) -> bool:
        tables = self.books.tables
        assert tables is not None
        inputs = tables.world.inputs
        mine = np.isin(inputs.organisation, self.exercise.rows_of(seat))
        if action.resource:
            mine &= inputs.resource == tables.resources.index(action.resource)
        order = np.sum([self.books.order[tick][mine] for tick in span], axis=0)
        if not action.by_need:
            return action.meets(float(order.sum()) / len(span))
        need = np.sum([self.books.need[tick][mine] for tick in span], axis=0)
        resource = inputs.resource[mine]
        return all(
            order[resource == one].sum() <= AROUND_NEED * need[resource == one].sum() + 1e-9
            for one in np.unique(resource)
        )


def _rows(exercise: Exercise, name: str) -> Array:
    """The organisations that a seat, a kind or an id means."""
    tables = exercise.tables
    if name in exercise.content.seats:
        return np.array(exercise.rows_of(name), dtype=np.int64)
    if name in tables.ids:
        return np.array([list(tables.ids).index(name)])
    if name in tables.kinds:
        return np.flatnonzero(tables.world.organisations.kind == tables.kinds.index(name))
    return np.array([], dtype=np.int64)
