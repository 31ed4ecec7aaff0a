"""How an exercise went so far: what the entries of its log amount to.

A fold over the log, and nothing besides: the same entries give the same course, whoever reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from crisis_abm.exercise.decisions import Decision
from crisis_abm.exercise.exercise import ALL, Exercise
from crisis_abm.exercise.log import Entry, LogError
from crisis_abm.exercise.play import Move
from crisis_abm.exercise.schema import Inject


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

    def copied(self) -> Branch:
        """Another branch of the same, which does not change when this one does."""
        decided, standing, sent = dict(self.decided), set(self.standing), list(self.sent)
        return replace(self, decided=decided, standing=standing, sent=sent)

    def closed(self, turns: int) -> dict[Move, Decision]:
        """What was decided in the first turns."""
        return {move: decision for move, decision in self.decided.items() if move[0] < turns}

    def events(self, exercise: Exercise) -> list[dict[str, Any]]:
        """What its injects do, as events of the scenario."""
        return [
            event
            for sent in self.sent
            if sent.takes_effect
            for event in exercise.events_of(sent.inject, sent.tick)
        ]

    def find(self, number: int) -> Sent | None:
        """The inject of a number, if it was sent."""
        return next((one for one in self.sent if one.inject.number == number), None)


class Course:
    """What holds after some entries of a log.

    Parameters
    ----------
    exercise : Exercise
    players : int
    entries : iterable of Entry
        Those after the first, which is the exercise itself.

    Attributes
    ----------
    branches : list of Branch
        The last one is being played.
    paused : bool
    opened : datetime or None
        When the turn that is open was begun.
    confirmed : list of Entry
        Every decision of this turn, of several people at a seat, too, in the order of its coming.
    people : dict of str to list of str
        By seat: the names that people gave who sat down at it.
    handed : set of str
        Seats that the standing policy decides for.
    read : set of (int, str)
        Injects that seats said they have read.
    edits : dict of int to Inject
        By number: as they were edited or added.
    held : set of int
        Injects that do not go out by themselves.
    notes : list of Entry
    ratings : dict of str to str
        By objective, the last that was given.
    answers : dict of (str, int) to str
        Of the hot wash, by seat and question.
    actions : list of mapping
        The improvement plan: action, owner and due.
    """

    def __init__(self, exercise: Exercise, players: int, entries: Iterable[Entry]) -> None:
        self.exercise, self.players = exercise, players
        self.branches = [Branch()]
        self.paused = False
        self.opened: datetime | None = None
        self._stopped: datetime | None = None  # since when it is paused
        self._idle = timedelta()  # it was paused in this turn, besides
        self._extra: dict[str, timedelta] = {}  # by seat, or all
        self.confirmed: list[Entry] = []
        self.people: dict[str, list[str]] = {}
        self.keys: set[str] = set()  # of decisions: whoever sends one twice has decided once
        self.handed: set[str] = set()
        self.read: set[tuple[int, str]] = set()
        self.edits: dict[int, Inject] = {}
        self.held: set[int] = set()
        self.notes: list[Entry] = []
        self.ratings: dict[str, str] = {}
        self.answers: dict[tuple[str, int], str] = {}
        self.actions: list[Mapping[str, Any]] = []
        for entry in entries:
            self.take_in(entry)

    def copied(self) -> Course:
        """Another course of the same entries, which does not change when this one does."""
        made = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, list | dict | set):
                setattr(made, name, copy(value))
        made.branches = [one.copied() for one in self.branches]
        made.people = {seat: list(names) for seat, names in self.people.items()}
        return made

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

    def now(self, at: datetime) -> datetime:
        """The turn's own clock: it stands still while the exercise is paused."""
        return (self._stopped or at) - self._idle

    def ends(self, seat: str = ALL) -> datetime | None:
        """When the turn is to end by its own clock; None if none is open.

        Parameters
        ----------
        seat : str, optional
            One that may have more time than the others.
        """
        if not self.is_playing or self.opened is None:
            return None
        minutes = timedelta(minutes=self.exercise.content.turns[self.turn].minutes)
        more = [self._extra.get(name, timedelta()) for name in {ALL, seat}]
        return self.opened + minutes + sum(more, timedelta())

    def told_at(self, inject: Inject) -> datetime | None:
        """When an inject of this turn is due by the turn's own clock: in its first half.

        Its day is as far into the days of the turn as the moment is into half of its minutes, so
        that everybody has the other half to decide.
        """
        ends = self.ends()
        if ends is None or self.opened is None or inject.date is None:
            return None
        first, end = self.exercise.starts[self.turn : self.turn + 2]
        part = (self.exercise.scenario.tick_of(inject.date) - first) / (end - first)
        return self.opened + (ends - self.opened) * part / 2

    def waiting_for(self) -> list[str]:
        """Seats of people that have confirmed nothing in this turn."""
        if not self.is_playing:
            return []
        done = {seat for turn, seat in self.branch.decided if turn == self.turn}
        return [seat for seat in self.seats if seat not in done | self.handed]

    def injects(self) -> list[Inject]:
        """All that may be sent, as they were edited."""
        own = {one.number: one for one in self.exercise.content.injects}
        return list({**own, **self.edits}.values())

    def due(self) -> list[Inject]:
        """Injects of this turn that were neither sent nor held, in the order of their days."""
        if not self.is_playing:
            return []
        first, end = self.exercise.starts[self.turn : self.turn + 2]
        found = []
        for inject in self.injects():
            waits = inject.after is not None and self.branch.find(inject.after) is None
            sent = self.branch.find(inject.number) is not None
            if inject.date is None or waits or sent or inject.number in self.held:
                continue
            tick = self.exercise.scenario.tick_of(inject.date)
            if first <= tick < end:
                found.append((tick, inject.number, inject))
        return [inject for *_, inject in sorted(found, key=lambda one: one[:2])]

    def told_to(self, seat: str) -> list[Sent]:
        """What a seat was told so far."""
        return [one for one in self.branch.sent if {ALL, seat} & set(one.inject.to)]

    def take_in(self, entry: Entry) -> None:
        """Change what an entry changes; it was checked before it was written."""
        data, branch = entry.data, self.branch
        match entry.kind:
            case "advanced":
                left = {(branch.turn, seat) for seat in data["standing"]}
                branch.standing |= left
                for move in left:
                    branch.decided.pop(move, None)
                branch.turn = data["turn"]
                self._open(entry.at)
            case "decided":
                move = data["turn"], data["seat"]
                branch.decided[move] = Decision.model_validate(data["decision"])
                self.confirmed.append(entry)
                self.keys |= {data.get("key", "")} - {""}
            case "joined":
                names = self.people.setdefault(data["seat"], [])
                if data["name"] not in names:
                    names.append(data["name"])
            case "extended":
                more = timedelta(minutes=data["minutes"])
                self._extra[data["seat"]] = self._extra.get(data["seat"], timedelta()) + more
            case "sent":
                inject = next(one for one in self.injects() if one.number == data["number"])
                branch.sent.append(Sent(inject, data["turn"], data["tick"], entry.at))
            case "agreed" | "taken_back":
                place = [one.inject.number for one in branch.sent].index(data["number"])
                gone = branch.sent.pop(place)
                if entry.kind == "agreed":
                    branch.sent.insert(place, replace(gone, agreed=True))
                else:  # or it would be sent again at once
                    self.held.add(data["number"])
            case "edited":
                number = data["number"]
                self.edits[number] = Inject.model_validate({**data["inject"], "number": number})
            case "held":
                (self.held.add if data["held"] else self.held.discard)(data["number"])
            case "rewound":
                self.branches.append(branch.before(data["turn"], len(self.branches)))
                self._open(entry.at)
            case "handed":
                (self.handed.add if data["to_standing"] else self.handed.discard)(data["seat"])
            case "acknowledged":
                self.read.add((data["number"], data["seat"]))
            case "paused":
                self.paused = data["paused"]
                if self._stopped is not None:
                    self._idle += entry.at - self._stopped
                self._stopped = entry.at if self.paused else None
            case "noted":
                self.notes.append(entry)
            case "rated":
                self.ratings[data["objective"]] = data["rating"]
            case "answered":
                self.answers[data["seat"], data["question"]] = data["text"]
            case "promised":
                self.actions.append(data)
            case _:
                raise LogError(f"entry {entry.number} is of no kind known here: {entry.kind}")

    def _open(self, at: datetime) -> None:
        """Begin the clock of a turn anew."""
        self.opened, self._idle, self._extra = at, timedelta(), {}
        self._stopped = at if self.paused else None
        self.confirmed = []
