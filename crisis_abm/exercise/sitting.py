"""One exercise as it is held: what its log amounts to, and what may be done next.

A sitting is a fold over the entries of its log: nothing else is kept, so a server that was killed
has the same sitting again. What would break a rule of the exercise is refused before it is logged.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from crisis_abm.exercise.decisions import Decision, faults_of_decision
from crisis_abm.exercise.exercise import ALL, Exercise, effect_problems
from crisis_abm.exercise.log import Entry, Log, LogError
from crisis_abm.exercise.play import Move, Play, play
from crisis_abm.exercise.schema import RATINGS, Inject
from crisis_abm.scenario import Problem, Scenario
from crisis_abm.scenario.pydantic_errors import faults

LOG = "exercise.log"
LONGEST_NOTE = 5_000  # characters
MOST_PLAYS = 8  # that are kept: two branches, and turns that are looked back at


class Refused(Exception):
    """Something that cannot be done now; says why, to whoever asked for it."""


@dataclass(frozen=True)
class Sent:
    """An inject that was sent.

    Attributes
    ----------
    inject : Inject
        As it was sent, edits included.
    turn : int
    tick : int
        Its day in the crisis.
    at : datetime
    agreed : bool
        Whether its effect holds, where that waits for an agreement.
    """

    inject: Inject
    turn: int
    tick: int
    at: datetime
    agreed: bool = False

    @property
    def takes_effect(self) -> bool:
        """Whether it changes what happens."""
        return bool(self.inject.effect) and (self.agreed or not self.inject.agreed)


@dataclass
class Branch:
    """One way that the exercise went; another begins where it was rewound.

    Attributes
    ----------
    number : int
        Counted from 0.
    parent, forked_at : int or None
        The branch that it left, and before which turn.
    turn : int
        The turn that is being decided about, -1 before play began; as many as there are turns when
        all were played.
    decided : dict of (int, str) to Decision
        What holds, by turn and seat: the last that was confirmed.
    standing : set of (int, str)
        Turns and seats that the standing policy decided: nobody had answered in time.
    sent : list of Sent
    """

    number: int = 0
    parent: int | None = None
    forked_at: int | None = None
    turn: int = -1
    decided: dict[Move, Decision] = field(default_factory=dict)
    standing: set[Move] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)

    def before(self, turn: int, number: int) -> Branch:
        """A branch that shares what was before a turn, and goes its own way from there."""
        return Branch(
            number,
            self.number,
            turn,
            turn,
            {move: one for move, one in self.decided.items() if move[0] < turn},
            {move for move in self.standing if move[0] < turn},
            [one for one in self.sent if one.turn < turn],
        )

    def find(self, number: int) -> Sent | None:
        """The inject of a number, if it was sent."""
        return next((one for one in self.sent if one.inject.number == number), None)


class Sitting:
    """An exercise that is being held; several threads may ask it.

    Parameters
    ----------
    log : Log
        Of this sitting; `begin` makes one, `open` opens one.

    Attributes
    ----------
    exercise : Exercise
    players : int
    branches : list of Branch
        The last one is being played.
    paused : bool
    handed : set of str
        Seats that the standing policy decides for.
    read : set of (int, str)
        Injects that seats said they have read.
    notes : list of Entry
    ratings : dict of str to str
        By objective, the last that was given.
    answers : dict of (str, int) to str
        Of the hot wash, by seat and question.
    actions : list of mapping
        The improvement plan: action, owner and due.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = threading.RLock()
        first = log.entries()[0]
        if first.kind != "opened":
            raise LogError(f"{log.path}: begins with {first.kind!r}, not with an exercise")
        scenario = Scenario.from_text(first.data["scenario"], first.data["scenario_source"])
        text, source = first.data["exercise"], first.data["source"]
        self.exercise = Exercise.from_text(text, source, scenario=scenario)
        self.players: int = first.data["players"]
        self.branches = [Branch()]
        self.paused = False
        self.handed: set[str] = set()
        self.read: set[tuple[int, str]] = set()
        self.notes: list[Entry] = []
        self.ratings: dict[str, str] = {}
        self.answers: dict[tuple[str, int], str] = {}
        self.actions: list[Mapping[str, Any]] = []
        self._edits: dict[int, Inject | None] = {}
        self._plays: dict[Any, Play] = {}
        for entry in log.entries()[1:]:
            self._take_in(entry)

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
    def branch(self) -> Branch:
        """The one that is being played."""
        return self.branches[-1]

    @property
    def turn(self) -> int:
        """The turn that is being decided about."""
        return self.branch.turn

    @property
    def is_playing(self) -> bool:
        """Whether a turn is open."""
        return 0 <= self.turn < self.exercise.turns

    @property
    def seats(self) -> list[str]:
        """The names of the seats that are taken."""
        return list(self.exercise.seats(self.players))

    def waiting_for(self) -> list[str]:
        """Seats of people that have confirmed nothing in this turn."""
        with self._lock:
            if not self.is_playing:
                return []
            done = {seat for turn, seat in self.branch.decided if turn == self.turn}
            return [seat for seat in self.seats if seat not in done | self.handed]

    def injects(self) -> list[Inject]:
        """All that may be sent, as they were edited; not those that are held back."""
        with self._lock:
            own = {one.number: one for one in self.exercise.content.injects}
            return [one for one in {**own, **self._edits}.values() if one is not None]

    def due(self) -> list[Inject]:
        """Injects of this turn that were neither sent nor held, in the order of their days."""
        with self._lock:
            if not self.is_playing:
                return []
            first, end = self.exercise.starts[self.turn : self.turn + 2]
            found = []
            for inject in self.injects():
                waits = inject.after is not None and self.branch.find(inject.after) is None
                if inject.date is None or waits or self.branch.find(inject.number) is not None:
                    continue
                tick = self.exercise.scenario.tick_of(inject.date)
                if first <= tick < end:
                    found.append((tick, inject.number, inject))
            return [inject for *_, inject in sorted(found, key=lambda one: one[:2])]

    def told_to(self, seat: str) -> list[Sent]:
        """What a seat was told so far."""
        with self._lock:
            return [one for one in self.branch.sent if {ALL, seat} & set(one.inject.to)]

    def played(self, ticks: int | None = None, branch: Branch | None = None) -> Play:
        """The crisis as far as it was played, or to a tick.

        Parameters
        ----------
        ticks : int, optional
            By default up to the turn that is being decided about; when all were played, to the end
            of the crisis.
        branch : Branch, optional
            The one that is being played, unless said.
        """
        with self._lock:
            branch = branch or self.branch
            turn = max(branch.turn, 0)
            if ticks is None:
                steps = self.exercise.scenario.time.steps
                ticks = steps if turn >= self.exercise.turns else self.exercise.starts[turn]
            closed = {move: one for move, one in branch.decided.items() if move[0] < turn}
            events = [
                event
                for one in branch.sent
                if one.takes_effect
                for event in self.exercise.events_of(one.inject, one.tick)
            ]
            key = (ticks, branch.number, turn, repr(events))
            if key not in self._plays:
                if len(self._plays) >= MOST_PLAYS:
                    self._plays.clear()
                self._plays[key] = play(self.exercise, closed, events, ticks)
            return self._plays[key]

    # ------------------------------------------------------------------ what is done

    def start(self) -> None:
        """Begin with the first turn.

        Raises
        ------
        Refused, LogError
        """
        with self._lock:
            if self.turn >= 0:
                raise Refused("the exercise has begun already")
            self._do("advanced", turn=0, standing=[])

    def advance(self) -> None:
        """Close this turn and begin the next; for who has not answered, standing policy decides.

        Injects of its days that were not held are sent first.

        Raises
        ------
        Refused, LogError
        """
        with self._lock:
            self._refuse_unless_playing()
            while due := self.due():  # one that depends on another comes after it
                self.send(due[0].number)
            standing = sorted({*self.waiting_for(), *self.handed})
            self._do("advanced", turn=self.turn + 1, standing=standing)

    def decide(self, seat: str, turn: int, given: Mapping[str, Any]) -> Decision:
        """Confirm what a seat decides for the turn that is open.

        Parameters
        ----------
        seat : str
        turn : int
            The turn that whoever decided saw: one that was closed meanwhile is refused.
        given : mapping
            As a `Decision` has it.

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
            if turn != self.turn:
                raise Refused(f"turn {turn + 1} is closed; it is turn {self.turn + 1} now")
            if self.paused:
                raise Refused("the exercise is paused")
            try:
                decision = Decision.model_validate(dict(given))
            except ValidationError as error:
                raise Refused(_lines(faults(error, "your decision", Decision))) from None
            if wrong := self.faults(seat, decision):
                raise Refused(_lines(wrong))
            plain = decision.model_dump(mode="json", exclude_defaults=True)
            self._do("decided", seat=seat, turn=turn, decision=plain)
            return decision

    def faults(self, seat: str, decision: Decision) -> list[Problem]:
        """What of a decision cannot be in this turn, each at its field; nothing if all can."""
        content = self.exercise.content
        allowed = dict.fromkeys(content.seats[seat].decides, True)
        if not content.turns[self.turn].calls:
            allowed["call"] = False
        others = [one for one in self.seats if one != seat]
        rows = self.exercise.rows_of(seat)
        return faults_of_decision(self.exercise.tables, rows, decision, allowed, others)

    def hand_over(self, seat: str, to_standing: bool) -> None:
        """Hand a seat to standing policy, or back to people.

        Raises
        ------
        Refused, LogError
        """
        with self._lock:
            self._refuse_no_seat(seat)
            if to_standing == (seat in self.handed):
                now = "standing policy" if to_standing else "people"
                raise Refused(f"{seat} is decided by {now} already")
            self._do("handed", seat=seat, to_standing=to_standing)

    def send(self, number: int) -> None:
        """Send an inject now: its day is its own if that is in this turn, else the turn's first.

        Raises
        ------
        Refused, LogError
        """
        with self._lock:
            self._refuse_unless_playing()
            inject = next((one for one in self.injects() if one.number == number), None)
            if inject is None:
                raise Refused(f"there is no inject {number}, or it is held")
            if self.branch.find(number) is not None:
                raise Refused(f"inject {number} was sent already")
            first, end = self.exercise.starts[self.turn : self.turn + 2]
            tick = first if inject.date is None else self.exercise.scenario.tick_of(inject.date)
            tick = tick if first <= tick < end else first
            self._refuse_what_cannot_happen(inject, tick)
            self._do("sent", number=number, turn=self.turn, tick=tick)

    def agree(self, number: int) -> None:
        """Say that the players agreed to what an inject asks: its effect holds.

        Raises
        ------
        Refused, LogError
        """
        with self._lock:
            sent = self.branch.find(number)
            if sent is None or not sent.inject.agreed or sent.agreed:
                raise Refused(f"inject {number} waits for no agreement")
            if sent.turn < self.turn:
                raise Refused(f"the turn of inject {number} was played")
            self._do("agreed", number=number)

    def take_back(self) -> None:
        """Take back the inject that was sent last, if its turn was not played yet.

        Raises
        ------
        Refused, LogError
        """
        with self._lock:
            now = [one for one in self.branch.sent if one.turn == self.turn]
            if not now:
                raise Refused("no inject was sent in this turn")
            self._do("taken_back", number=now[-1].inject.number)

    def edit(self, number: int, given: Mapping[str, Any] | None) -> None:
        """Change an inject that was not sent, add one, or with None hold it back.

        Raises
        ------
        Refused, LogError
        """
        with self._lock:
            if self.branch.find(number) is not None:
                raise Refused(f"inject {number} was sent already")
            if given is None:
                self._do("edited", number=number, inject=None)
                return
            try:
                inject = Inject.model_validate({**given, "number": number})
            except ValidationError as error:
                raise Refused(_lines(faults(error, f"inject {number}", Inject))) from None
            for seat in inject.to:
                if seat != ALL and seat not in self.exercise.content.seats:
                    raise Refused(f"inject {number}: to = {seat!r} is no seat")
            when = self.exercise.starts[0]
            if inject.date is not None:
                when = self.exercise.scenario.tick_of(inject.date)
            self._refuse_what_cannot_happen(inject, when)
            self._do("edited", number=number, inject=dict(given))

    def acknowledge(self, seat: str, number: int) -> None:
        """Say that a seat has read an inject.

        Raises
        ------
        Refused, LogError
        """
        with self._lock:
            if all(one.inject.number != number for one in self.told_to(seat)):
                raise Refused(f"inject {number} was not sent to {seat}")
            if (number, seat) not in self.read:
                self._do("acknowledged", seat=seat, number=number)

    def pause(self, paused: bool) -> None:
        """Stop deciding, or go on; nothing if it is so already.

        Raises
        ------
        LogError
        """
        with self._lock:
            if paused != self.paused:
                self._do("paused", paused=paused)

    def rewind(self, turn: int) -> None:
        """Go back to the beginning of a turn, and branch there; what was played stays in the log.

        Raises
        ------
        Refused, LogError
        """
        with self._lock:
            if not 0 <= turn < min(self.turn + 1, self.exercise.turns):
                raise Refused(f"turn {turn + 1} was not played; it is turn {self.turn + 1} now")
            self._do("rewound", turn=turn)

    def note(self, text: str, objective: str | None = None) -> None:
        """Note something that was seen, against this moment and perhaps an objective.

        Raises
        ------
        Refused, LogError
        """
        with self._lock:
            self._refuse_no_objective(objective)
            self._do("noted", text=_text(text), objective=objective, turn=self.turn)

    def rate(self, objective: str, rating: str) -> None:
        """Rate an objective: P, S, M or U.

        Raises
        ------
        Refused, LogError
        """
        if rating not in RATINGS:
            raise Refused(f"{rating!r} is no rating; they are {', '.join(RATINGS)}")
        with self._lock:
            self._refuse_no_objective(objective)
            self._do("rated", objective=objective, rating=rating)

    def answer(self, seat: str, question: int, text: str) -> None:
        """Answer a question of the hot wash; the last answer counts.

        Raises
        ------
        Refused, LogError
        """
        with self._lock:
            self._refuse_no_seat(seat)
            if not 0 <= question < len(self.exercise.content.questions):
                raise Refused(f"there is no question {question + 1}")
            self._do("answered", seat=seat, question=question, text=_text(text))

    def promise(self, action: str, owner: str, due: str) -> None:
        """Put an action into the improvement plan.

        Raises
        ------
        Refused, LogError
        """
        with self._lock:
            said = {"action": _text(action), "owner": _text(owner), "due": _text(due)}
            self._do("promised", **said)

    # ------------------------------------------------------------------ inside

    def _do(self, kind: str, **data: Any) -> None:
        self._take_in(self._log.append(kind, **data))

    def _refuse_unless_playing(self) -> None:
        if self.turn < 0:
            raise Refused("the exercise has not begun")
        if not self.is_playing:
            raise Refused("all turns were played")

    def _refuse_no_seat(self, seat: str) -> None:
        if seat not in self.seats:
            raise Refused(f"{seat!r} is no seat; they are {', '.join(self.seats)}")

    def _refuse_no_objective(self, objective: str | None) -> None:
        if objective is not None and objective not in self.exercise.content.objectives:
            raise Refused(f"{objective!r} is no objective")

    def _refuse_what_cannot_happen(self, inject: Inject, tick: int) -> None:
        for event in self.exercise.events_of(inject, tick):
            if wrong := effect_problems(self.exercise.scenario, event):
                told = "; ".join(f"{one.message}; {one.remedy}" for one in wrong)
                raise Refused(f"inject {inject.number}, effect: {told}")

    def _take_in(self, entry: Entry) -> None:
        """What an entry changes; it was checked before it was written."""
        data, branch = entry.data, self.branch
        match entry.kind:
            case "advanced":
                left = {(branch.turn, seat) for seat in data["standing"]}
                branch.standing |= left
                for move in left:
                    branch.decided.pop(move, None)
                branch.turn = data["turn"]
            case "decided":
                move = data["turn"], data["seat"]
                branch.decided[move] = Decision.model_validate(data["decision"])
            case "sent":
                inject = next(one for one in self.injects() if one.number == data["number"])
                branch.sent.append(Sent(inject, data["turn"], data["tick"], entry.at))
            case "agreed" | "taken_back":
                place = [one.inject.number for one in branch.sent].index(data["number"])
                gone = branch.sent.pop(place)
                if entry.kind == "agreed":
                    branch.sent.insert(place, replace(gone, agreed=True))
            case "edited":
                number, given = data["number"], data["inject"]
                made = given and Inject.model_validate({**given, "number": number})
                self._edits[number] = made
            case "rewound":
                self.branches.append(branch.before(data["turn"], len(self.branches)))
            case "handed":
                (self.handed.add if data["to_standing"] else self.handed.discard)(data["seat"])
            case "acknowledged":
                self.read.add((data["number"], data["seat"]))
            case "paused":
                self.paused = data["paused"]
            case "noted":
                self.notes.append(entry)
            case "rated":
                self.ratings[data["objective"]] = data["rating"]
            case "answered":
                self.answers[data["seat"], data["question"]] = data["text"]
            case "promised":
                self.actions.append(data)
            case _:
                raise LogError(f"{self._log.path}: entry {entry.number} is of no kind known here")


def _lines(problems: Sequence[Problem]) -> str:
    return "\n".join(map(str, problems))


def _text(given: str) -> str:
    text = given.strip()
    if not text or len(text) > LONGEST_NOTE:
        raise Refused(f"a text has 1 to {LONGEST_NOTE:,} characters")
    return text
