"""One exercise as it is held: what may be done next, and that it is logged before it counts.

What would break a rule of the exercise is refused before it is logged. Nothing is kept but the log
and what it amounts to (`Course`), so a server that was killed has the same sitting again.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from crisis_abm.exercise.check import effect_problems, fault_of_inject_day
from crisis_abm.exercise.course import Branch, Course
from crisis_abm.exercise.decisions import Decision, faults_of_decision
from crisis_abm.exercise.exercise import ALL, Exercise
from crisis_abm.exercise.expected_action import faults_of_expected
from crisis_abm.exercise.knowledge import Knowledge
from crisis_abm.exercise.log import Entry, Log, LogError
from crisis_abm.exercise.play import Play, play
from crisis_abm.exercise.schema import RATINGS, Inject
from crisis_abm.scenario import Problem, Scenario
from crisis_abm.scenario.pydantic_errors import faults

LOG = "exercise.log"
LONGEST_NOTE, LONGEST_NAME = 5_000, 60  # characters
MOST_PEOPLE = 30  # names at a seat
MOST_PLAYS = 3  # that are kept: this turn, the one before, and perhaps another branch


class Refused(Exception):
    """Something that cannot be done now; says why, to whoever asked for it.

    Parameters
    ----------
    message : str
    problems : sequence of Problem
        What is wrong at which field, where it is that.
    """

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = list(problems)


def course_of(path: Path, entries: Sequence[Entry]) -> Course:
    """How an exercise went whose log holds these entries, the first of which is the exercise.

    Raises
    ------
    LogError
        If the log is of no exercise.
    ScenarioError
        If its exercise cannot be read any more.
    """
    first, *rest = entries
    if first.kind != "opened":
        raise LogError(f"{path}: begins with {first.kind!r}, not with an exercise")
    scenario = Scenario.from_text(first.data["scenario"], first.data["scenario_source"])
    text, source = first.data["exercise"], first.data["source"]
    exercise = Exercise.from_text(text, source, scenario=scenario)
    return Course(exercise, first.data["players"], rest)


class Sitting:
    """An exercise that is being held; several threads may ask it.

    Whatever is done raises `Refused` if it cannot be done now, and `LogError` if it could not be
    stored: then it is as if it had not been asked for.

    Parameters
    ----------
    log : Log
        Of this sitting; `begin` makes one, `open` opens one.

    Attributes
    ----------
    course : Course
        How it went so far.

    Raises
    ------
    LogError
        If the log is of no exercise.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = threading.RLock()
        self.course = course_of(log.path, log.entries())
        self._plays: dict[Any, tuple[Play, Knowledge]] = {}

    @classmethod
    def begin(cls, folder: Path, exercise: Exercise, players: int) -> Self:
        """Begin a sitting in a new folder.

        Raises
        ------
        Refused
            If nobody has a seat among so many.
        LogError
            If it cannot be written.
        """
        if not exercise.seats(players):
            raise Refused(f"no seat of {exercise.content.title!r} is for {players} players")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LogError(f"{folder}: cannot be made ({error.strerror})") from error
        log = Log.create(
            folder / LOG,
            "opened",
            exercise=exercise.text,
            source=exercise.source,
            scenario=exercise.scenario.to_toml(inline_tables=True),
            scenario_source=exercise.scenario.source,
            players=players,
        )
        return cls(log)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Go on with a sitting where it was.

        Raises
        ------
        LogError
        """
        return cls(Log(folder / LOG))

    def close(self) -> None:
        """Let go of its log."""
        self._log.close()

    # ------------------------------------------------------------------ what holds

    @property
    def entries(self) -> list[Entry]:
        """All that happened."""
        return self._log.entries()

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return self._log.path.parent

    @property
    def exercise(self) -> Exercise:
        """What is being held."""
        return self.course.exercise

    def snapshot(self) -> Course:
        """How it went so far, as another course: nothing in it changes while it is looked at."""
        with self._lock:
            return self.course.copied()

    def played(self, ticks: int | None = None, branch: Branch | None = None) -> Play:
        """The crisis as far as it was played, or to a tick; parameters as of `watched`."""
        return self.watched(ticks, branch)[0]

    def watched(
        self, ticks: int | None = None, branch: Branch | None = None
    ) -> tuple[Play, Knowledge]:
        """The crisis as far as it was played, or to a tick, and what seats know of each other.

        Parameters
        ----------
        ticks : int, optional
            By default up to the turn that is being decided about; when all were played, to the end
            of the crisis.
        branch : Branch, optional
            The one that is being played, unless said.
        """
        with self._lock:
            branch = branch or self.course.branch
            turn = max(branch.turn, 0)
            if ticks is None:
                steps = self.exercise.scenario.time.steps
                ticks = steps if turn >= self.exercise.turns else self.exercise.starts[turn]
            events = branch.events(self.exercise)
            key = (ticks, branch.number, turn, repr(events))
            if key not in self._plays:
                if len(self._plays) >= MOST_PLAYS:
                    del self._plays[next(iter(self._plays))]  # the oldest
                knowledge = Knowledge(self.exercise, self.course.seats)
                made = play(self.exercise, branch.closed(turn), events, ticks, watch=knowledge)
                self._plays[key] = made, knowledge
            return self._plays[key]

    # ------------------------------------------------------------------ what is done

    def start(self) -> None:
        """Begin with the first turn."""
        with self._lock:
            if self.course.turn >= 0:
                raise Refused("the exercise has begun already")
            self._do("advanced", turn=0, standing=[])

    def advance(self) -> None:
        """Close this turn and begin the next; for who has not answered, standing policy decides.

        Injects of its days that were not held are sent first.
        """
        with self._lock:
            self._refuse_unless_playing()
            while due := self.course.due():  # one that depends on another comes after it
                self._send_or_hold(due[0])
            standing = sorted({*self.course.waiting_for(), *self.course.handed})
            self._do("advanced", turn=self.course.turn + 1, standing=standing)

    def decide(
        self, seat: str, turn: int, given: Mapping[str, Any], by: str = "", key: str = ""
    ) -> Decision:
        """Confirm what a seat decides for the turn that is open; the last that came counts.

        Whom it called before in this turn it has called: the time is spent, and it was told.

        Parameters
        ----------
        seat : str
        turn : int
            The turn that whoever decided saw: one that was closed meanwhile is refused.
        given : mapping
            As a `Decision` has it.
        by : str
            Who decided, of those at the seat.
        key : str
            Of what is sent: whoever sends it again, not knowing whether it came, decides once.

        Raises
        ------
        Refused
            With what is wrong at which field.
        LogError
            If it could not be stored.
        """
        with self._lock:
            self._refuse_unless_playing()
            self._refuse_no_seat(seat)
            before = self.course.branch.decided.get((turn, seat), Decision())
            if key and key in self.course.keys:
                return before
            if turn != self.course.turn:
                raise Refused(f"turn {turn + 1} is closed; it is turn {self.course.turn + 1} now")
            if self.course.paused:
                raise Refused("the exercise is paused")
            try:
                decision = Decision.model_validate(dict(given))
            except ValidationError as error:
                wrong = faults(error, "your decision", Decision)
                raise Refused(_lines(wrong), wrong) from None
            if wrong := self.faults(seat, decision):
                raise Refused(_lines(wrong), wrong)
            calls = list(dict.fromkeys([*before.calls, *decision.calls]))
            decision = decision.model_copy(update={"calls": calls})
            plain = decision.model_dump(mode="json", exclude_defaults=True)
            self._do("decided", seat=seat, turn=turn, decision=plain, by=by, key=key)
            return decision

    def faults(self, seat: str, decision: Decision) -> list[Problem]:
        """What of a decision cannot be in this turn, each at its field; nothing if all can."""
        content = self.exercise.content
        allowed = dict.fromkeys(content.seats[seat].decides, True)
        if not content.turns[self.course.turn].calls:
            allowed["call"] = False
        others = [one for one in self.course.seats if one != seat]
        rows = self.exercise.rows_of(seat)
        return faults_of_decision(self.exercise.tables, rows, decision, allowed, others)

    def join(self, seat: str, name: str) -> None:
        """Say that somebody sits down at a seat; two may, or more."""
        with self._lock:
            self._refuse_no_seat(seat)
            names = self.course.people.get(seat, [])
            if name not in names:
                if len(names) >= MOST_PEOPLE:
                    raise Refused(f"{MOST_PEOPLE} people sat down at {seat} already")
                self._do("joined", seat=seat, name=_text(name, LONGEST_NAME))

    def extend(self, minutes: int, seat: str = ALL) -> None:
        """Give all more time for this turn, or a seat, of which the others are told nothing."""
        with self._lock:
            self._refuse_unless_playing()
            if seat != ALL:
                self._refuse_no_seat(seat)
            if not 1 <= minutes <= 60:
                raise Refused(f"{minutes} minutes: it takes 1 to 60")
            self._do("extended", minutes=minutes, seat=seat)

    def on_time(self, at: datetime) -> list[int]:
        """Send the injects whose moment has come, or hold those that cannot be; their numbers."""
        with self._lock:
            if self.course.paused:
                return []
            now, sent = self.course.now(at), []
            for inject in self.course.due():
                moment = self.course.told_at(inject)
                if moment is not None and moment <= now:
                    self._send_or_hold(inject)
                    sent.append(inject.number)
            return sent

    def hand_over(self, seat: str, to_standing: bool) -> None:
        """Hand a seat to standing policy, or back to people."""
        with self._lock:
            self._refuse_no_seat(seat)
            if to_standing == (seat in self.course.handed):
                now = "standing policy" if to_standing else "people"
                raise Refused(f"{seat} is decided by {now} already")
            self._do("handed", seat=seat, to_standing=to_standing)

    def send(self, number: int) -> None:
        """Send an inject now: its day is its own if that is in this turn, else the turn's first."""
        with self._lock:
            self._refuse_unless_playing()
            inject = next((one for one in self.course.injects() if one.number == number), None)
            if inject is None:
                raise Refused(f"there is no inject {number}")
            if self.course.branch.find(number) is not None:
                raise Refused(f"inject {number} was sent already")
            first, end = self.exercise.starts[self.course.turn : self.course.turn + 2]
            tick = first if inject.date is None else self.exercise.scenario.tick_of(inject.date)
            tick = tick if first <= tick < end else first
            self._refuse_what_cannot_happen(inject, tick)
            self._do("sent", number=number, turn=self.course.turn, tick=tick)

    def agree(self, number: int) -> None:
        """Say that the players agreed to what an inject asks: its effect holds."""
        with self._lock:
            sent = self.course.branch.find(number)
            if sent is None or not sent.inject.agreed or sent.agreed:
                raise Refused(f"inject {number} waits for no agreement")
            if sent.turn < self.course.turn:
                raise Refused(f"the turn of inject {number} was played")
            self._do("agreed", number=number)

    def take_back(self) -> None:
        """Take back the inject that was sent last, if its turn was not played yet; it is held."""
        with self._lock:
            now = [one for one in self.course.branch.sent if one.turn == self.course.turn]
            if not now:
                raise Refused("no inject was sent in this turn")
            self._do("taken_back", number=now[-1].inject.number)

    def hold(self, number: int, held: bool) -> None:
        """Let an inject not go out by itself, or let it; it can be sent by hand all the same."""
        with self._lock:
            if all(one.number != number for one in self.course.injects()):
                raise Refused(f"there is no inject {number}")
            if held != (number in self.course.held):
                self._do("held", number=number, held=held)

    def edit(self, number: int, given: Mapping[str, Any]) -> None:
        """Change an inject that was not sent, or add one."""
        with self._lock:
            self._refuse_no_inject(number, given)
            self._do("edited", number=number, inject=dict(given))

    def edit_all(self, listed: Sequence[Mapping[str, Any]]) -> list[int]:
        """Change or add several, as entries of `[[injects]]`: all, or none if one cannot be.

        Returns
        -------
        list of int
            The numbers of those that are otherwise now.
        """
        with self._lock:
            known = {one.number: one for one in self.course.injects()}
            changed: dict[int, Mapping[str, Any]] = {}
            for entry in listed:
                number = int(entry["number"])
                given = {key: value for key, value in entry.items() if key != "number"}
                sent = self.course.branch.find(number)
                if self._inject(number, given) == (sent.inject if sent else known.get(number)):
                    continue
                self._refuse_no_inject(number, given)
                changed[number] = given
            for number, fresh in changed.items():
                self._do("edited", number=number, inject=dict(fresh))
            return list(changed)

    def acknowledge(self, seat: str, number: int) -> None:
        """Say that a seat has read an inject."""
        with self._lock:
            if all(one.inject.number != number for one in self.course.told_to(seat)):
                raise Refused(f"inject {number} was not sent to {seat}")
            if (number, seat) not in self.course.read:
                self._do("acknowledged", seat=seat, number=number)

    def pause(self, paused: bool) -> None:
        """Stop deciding, or go on; nothing if it is so already."""
        with self._lock:
            if paused != self.course.paused:
                self._do("paused", paused=paused)

    def rewind(self, turn: int) -> None:
        """Go back to the beginning of a turn, and branch there; what was played stays logged."""
        with self._lock:
            if not 0 <= turn < min(self.course.turn + 1, self.exercise.turns):
                raise Refused(
                    f"turn {turn + 1} was not played; it is turn {self.course.turn + 1} now"
                )
            self._do("rewound", turn=turn)

    def note(self, text: str, objective: str | None = None) -> None:
        """Note something that was seen, against this moment and perhaps an objective."""
        with self._lock:
            self._refuse_no_objective(objective)
            self._do("noted", text=_text(text), objective=objective, turn=self.course.turn)

    def rate(self, objective: str, rating: str) -> None:
        """Rate an objective: P, S, M or U."""
        if rating not in RATINGS:
            raise Refused(f"{rating!r} is no rating; they are {', '.join(RATINGS)}")
        with self._lock:
            self._refuse_no_objective(objective)
            self._do("rated", objective=objective, rating=rating)

    def answer(self, seat: str, question: int, text: str) -> None:
        """Answer a question of the hot wash; the last answer counts."""
        with self._lock:
            self._refuse_no_seat(seat)
            if not 0 <= question < len(self.exercise.content.questions):
                raise Refused(f"there is no question {question + 1}")
            self._do("answered", seat=seat, question=question, text=_text(text))

    def promise(self, action: str, owner: str, due: str) -> None:
        """Put an action into the improvement plan."""
        with self._lock:
            said = {"action": _text(action), "owner": _text(owner), "due": _text(due)}
            self._do("promised", **said)

    # ------------------------------------------------------------------ inside

    def _do(self, kind: str, **data: Any) -> None:
        self.course.take_in(self._log.append(kind, **data))

    def _send_or_hold(self, inject: Inject) -> None:
        """Send an inject that is due; one whose effect cannot be any more waits for a person."""
        try:
            self.send(inject.number)
        except Refused:
            self.hold(inject.number, held=True)

    def _refuse_unless_playing(self) -> None:
        if self.course.turn < 0:
            raise Refused("the exercise has not begun")
        if not self.course.is_playing:
            raise Refused("all turns were played")

    def _refuse_no_seat(self, seat: str) -> None:
        if seat not in self.course.seats:
            raise Refused(f"{seat!r} is no seat; they are {', '.join(self.course.seats)}")

    def _refuse_no_objective(self, objective: str | None) -> None:
        if objective is not None and objective not in self.exercise.content.objectives:
            raise Refused(f"{objective!r} is no objective")

    def _inject(self, number: int, given: Mapping[str, Any]) -> Inject:
        try:
            return Inject.model_validate({**given, "number": number})
        except ValidationError as error:
            wrong = faults(error, f"inject {number}", Inject)
            raise Refused(_lines(wrong), wrong) from None

    def _refuse_no_inject(self, number: int, given: Mapping[str, Any]) -> None:
        if self.course.branch.find(number) is not None:
            raise Refused(f"inject {number} was sent already")
        inject = self._inject(number, given)
        for seat in inject.to:
            if seat != ALL and seat not in self.exercise.content.seats:
                raise Refused(f"inject {number}: to = {seat!r} is no seat")
        for fault in faults_of_expected(inject, self.exercise.content.seats, self.exercise.tables):
            problem = Problem(f"inject {number}", "expected", *fault)
            raise Refused(str(problem), [problem])
        scenario, starts = self.exercise.scenario, self.exercise.starts
        when = starts[0]
        if inject.date is not None:
            if wrong := fault_of_inject_day(scenario, starts, inject.date):
                problem = Problem(f"inject {number}", "date", inject.date, *wrong)
                raise Refused(str(problem), [problem])
            when = scenario.tick_of(inject.date)
        self._refuse_what_cannot_happen(inject, when)

    def _refuse_what_cannot_happen(self, inject: Inject, tick: int) -> None:
        for event in self.exercise.events_of(inject, tick):
            if wrong := effect_problems(self.exercise.scenario, event):
                told = "; ".join(f"{one.message}; {one.remedy}" for one in wrong)
                raise Refused(f"inject {inject.number}, effect: {told}")


def _lines(problems: Sequence[Problem]) -> str:
    return "\n".join(map(str, problems))


def _text(given: str, longest: int = LONGEST_NOTE) -> str:
    text = given.strip()
    if not text or len(text) > longest:
        raise Refused(f"a text has 1 to {longest:,} characters")
    return text
