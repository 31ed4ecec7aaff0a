"""An exercise: a scenario, and who decides what in it when; all faults of its file at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import ValidationError

from crisis_abm.exercise.expected_action import faults_of_expected
from crisis_abm.exercise.inject_table import InjectTable, read_table
from crisis_abm.exercise.schema import DECISIONS, Content, Inject, Seat
from crisis_abm.runs import Prepared
from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.scenario.io.imports import inside
from crisis_abm.scenario.io.load import parse_text, read_text, scenario_beside, shipped
from crisis_abm.scenario.paths import with_lines
from crisis_abm.scenario.problems import NOTHING, nearest
from crisis_abm.scenario.pydantic_errors import faults, without
from crisis_abm.scenario.schema.policy import Policy
from crisis_abm.tables import Tables
from crisis_abm.tables.schedule import columns_of

ALL = "all"  # seats, in an inject's `to`
LARGEST_FILE = 5_000_000  # bytes
LESS_IS_BETTER = ("excess", "shares")  # measures


class ExerciseError(ScenarioError):
    """An exercise cannot be used; `problems` says why, every reason at once."""


def ready_made_exercises() -> dict[str, Path]:
    """The files of the ready-made exercises by name."""
    return shipped("scenarios/exercises")


@dataclass(frozen=True, eq=False)
class Exercise:
    """A checked exercise. Make one with `load` or `from_text`.

    Attributes
    ----------
    content : Content
        The file as it stands.
    scenario : Scenario
    policy : Policy
        What those decide by who have no seat.
    source : str
        The file, or what the text was called.
    text : str
        As TOML, with the injects in it if they were read from a table.
    starts : tuple of int
        First tick of each turn, and the tick after the last.
    """

    content: Content
    scenario: Scenario
    policy: Policy
    source: str
    text: str
    starts: tuple[int, ...]
    _rows: dict[str, tuple[int, ...]] = field(repr=False)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read and check an exercise file, or a ready-made one by its name.

        Raises
        ------
        ExerciseError
            With every problem found, if it cannot be used.
        """
        file = _file(path)
        text = read_text(file, LARGEST_FILE)
        return cls.from_text(text, str(file), file.parent)

    @classmethod
    def from_text(
        cls,
        text: str,
        source: str = "<text>",
        folder: Path | None = None,
        scenario: Scenario | None = None,
    ) -> Self:
        """As `load`, of TOML text.

        Parameters
        ----------
        text : str
        source : str
            What it is called in messages.
        folder : Path, optional
            Where its scenario is looked for, and its injects if they are in a table.
        scenario : Scenario, optional
            Is taken rather than the one it names.
        """
        data = parse_text(text, source)
        problems: list[Problem] = []
        table = _injects(data, folder, source, problems)
        said = table.written_into(text, data) if table else text
        content = _content(data, source, problems)
        made: Self | None = None
        if content is not None:
            try:
                found = scenario or Scenario.load(
                    scenario_beside(content.scenario, folder, source, "exercise")
                )
                policy = found.policy_named(content.policy)
            except ScenarioError as error:
                problems += error.problems
            else:
                check = _Check(content, found, source)
                problems += check.problems()
                if not problems:
                    made = cls(content, found, policy, source, said, check.starts, check.rows)
        if problems or made is None:
            if table is not None:
                problems = [table.told(one) for one in problems]
            raise ExerciseError(with_lines(problems, source, text, ()))
        return made

    def __repr__(self) -> str:
        return f"<Exercise {self.content.title!r}: {len(self.starts) - 1} turns>"

    @property
    def turns(self) -> int:
        """How many there are."""
        return len(self.starts) - 1

    @cached_property
    def tables(self) -> Tables:
        """Those of the scenario."""
        return Prepared.of(self.scenario).tables

    def turn_at(self, tick: int) -> int | None:
        """The turn that a tick is in, counted from 0; None before and after play."""
        turn = int(np.searchsorted(self.starts, tick, side="right")) - 1
        return turn if 0 <= turn < self.turns else None

    def seats(self, players: int) -> dict[str, Seat]:
        """The seats that are taken by so many players, by name."""
        return _seats(self.content, players)

    def rows_of(self, seat: str) -> tuple[int, ...]:
        """Rows of the organisations that a seat decides for."""
        return self._rows[seat]

    def injects_of(self, turn: int) -> list[Inject]:
        """The injects whose day is in a turn, in the order of the file."""
        tick_of, injects = self.scenario.tick_of, self.content.injects
        return [
            one
            for one in injects
            if one.date is not None and self.turn_at(tick_of(one.date)) == turn
        ]

    def events_of(self, inject: Inject, tick: int) -> list[dict[str, Any]]:
        """What an inject does, as events of the scenario, if it is sent at a tick."""
        return _events(inject, tick)


def _file(named: str | Path) -> Path:
    path, known = Path(named), ready_made_exercises()
    for tried in (path, path.with_name(path.name + ".toml") if path.name else path):
        with contextlib.suppress(OSError):  # a name too long for the system is no file's
            if tried.is_file():
                return tried
    if (name := str(named).removesuffix(".toml")) in known:
        return known[name]
    remedy = nearest(str(named), known, "ready-made exercises")
    raise ExerciseError(Problem(str(named), "", message="there is no such file", remedy=remedy))


def _injects(
    data: dict[str, Any], folder: Path | None, source: str, problems: list[Problem]
) -> InjectTable | None:
    """The table that an exercise names for its injects, which are put in their place in `data`."""
    name = data.get("injects")
    if not isinstance(name, str):
        return None
    data["injects"] = []
    try:
        table = read_table(inside(folder, name, source, "injects", "exercise"), name)
    except ScenarioError as error:
        problems += error.problems
        return None
    data["injects"] = table.injects
    return table


def _content(data: dict[str, Any], source: str, problems: list[Problem]) -> Content | None:
    tried = data
    for _ in range(4):
        try:
            return Content.model_validate(tried)
        except ValidationError as error:
            if not problems:
                problems += faults(error, source, Content)
            tried, _left_out = without(tried, error)
    return None


def _seats(content: Content, players: int) -> dict[str, Seat]:
    taken = content.seats.items()
    return {name: one for name, one in taken if one.from_players <= players <= one.to_players}


def _events(inject: Inject, tick: int) -> list[dict[str, Any]]:
    listed = inject.effect if isinstance(inject.effect, list) else [inject.effect or {}]
    title = f"Inject {inject.number}"
    return [{"title": title, "start": tick, **event} for event in listed if event]


class _Check:
    """Holds the sections of a file against the scenario they are about."""

    def __init__(self, content: Content, scenario: Scenario, source: str) -> None:
        self.content, self.scenario, self.source = content, scenario, source
        self.tables = Prepared.of(scenario).tables
        self.starts: tuple[int, ...] = ()
        self.rows: dict[str, tuple[int, ...]] = {}

    def problems(self) -> list[Problem]:
        """Every fault, in the order of the file."""
        return [
            *self._turns(),
            *self._seats(),
            *self._objectives(),
            *self._injects(),
            *self._effects(),
        ]

    def _problem(self, place: str, value: Any, message: str, remedy: str) -> Problem:
        return Problem(self.source, place, value, message, remedy)

    def _tick(self, place: str, when: Any) -> tuple[int | None, list[Problem]]:
        """The tick of a day or number; a fault if it is none, or outside the run."""
        time = self.scenario.time
        if not isinstance(when, int) and time.start is None:
            message, remedy = "is a date, but the scenario has no calendar", "write a tick"
            return None, [self._problem(place, when, message, remedy)]
        if not isinstance(when, int) and time.unit not in ("day", "week"):
            message, remedy = f"is a date, but a tick is a {time.unit}", "write a tick"
            return None, [self._problem(place, when, message, remedy)]
        tick = self.scenario.tick_of(when)
        if not 0 <= tick <= time.steps:
            message = f"is tick {tick}, outside the scenario's run of {time.steps}"
            return None, [self._problem(place, when, message, "move it into the run")]
        return tick, []

    def _turns(self) -> Iterator[Problem]:
        ticks: list[int | None] = []
        places = [f"turns[{k}].start" for k in range(len(self.content.turns))]
        whens = [turn.start for turn in self.content.turns]
        for place, when in zip([*places, "end"], [*whens, self.content.end], strict=True):
            tick, found = self._tick(place, when)
            yield from found
            before = next((one for one in reversed(ticks) if one is not None), None)
            if tick is not None and before is not None and tick <= before:
                message = "is not after the start of the turn before it"
                yield self._problem(place, when, message, "put turns in the order of their days")
            ticks.append(tick)
        self.starts = tuple(tick for tick in ticks if tick is not None)

    def _seats(self) -> Iterator[Problem]:
        columns = columns_of(self.tables)
        for name, seat in self.content.seats.items():
            place = f"seats.{name}"
            known = {"organisations": None, "kinds": columns.kinds, "areas": columns.areas}
            sound = True
            for key, names in known.items():
                for row, given in enumerate(getattr(seat, key) or ()):
                    if names is None and columns.find(given) is not None:
                        continue
                    if names is not None and given in names:
                        continue
                    remedy = nearest(given, columns.ids[:1000] if names is None else names)
                    message = f"is none of the scenario's {key}"
                    yield self._problem(f"{place}.{key}[{row}]", given, message, remedy)
                    sound = False
            if name == ALL:
                message, remedy = "stands for every seat", "give it another name"
                yield self._problem(place, NOTHING, message, remedy)
            if seat.from_players > seat.to_players:
                message = f"is more than to_players, {seat.to_players}"
                remedy = "put the smaller number first"
                yield self._problem(f"{place}.from_players", seat.from_players, message, remedy)
            for row, what in enumerate(seat.decides):
                if what not in DECISIONS:
                    message, remedy = "is nothing to decide", nearest(what, DECISIONS)
                    yield self._problem(f"{place}.decides[{row}]", what, message, remedy)
            if sound:
                rows = tuple(np.flatnonzero(columns.meeting(seat)).tolist())
                self.rows[name] = rows
                if not rows:
                    message = "has no organisation: none meets all its conditions"
                    remedy = "name kinds, areas or organisations of the scenario"
                    yield self._problem(place, NOTHING, message, remedy)
        yield from self._seats_together(columns.ids)

    def _seats_together(self, ids: Sequence[str]) -> Iterator[Problem]:
        """Whether two seats decide for the same organisation, whatever number of players."""
        told: set[tuple[str, str]] = set()
        for players in range(1, 31):
            owner: dict[int, str] = {}
            for name in _seats(self.content, players):
                for row in self.rows.get(name, ()):
                    other = owner.setdefault(row, name)
                    if other != name and (other, name) not in told:
                        told.add((other, name))
                        message = f"decides for {ids[row]}, and so does seats.{other}"
                        remedy = "give it other organisations, or another number of players"
                        yield self._problem(f"seats.{name}", NOTHING, message, remedy)

    def _objectives(self) -> Iterator[Problem]:
        for name, one in self.content.objectives.items():
            levels = (one.performed, one.some, one.major)
            down = one.measure in LESS_IS_BETTER
            if list(levels) != sorted(levels, reverse=not down):
                better = "less" if down else "more"
                message = f"has its levels in the wrong order: of {one.measure}, {better} is better"
                remedy = f"performed, some, major from the {'least' if down else 'most'} on"
                yield self._problem(f"objectives.{name}", NOTHING, message, remedy)

    def _injects(self) -> Iterator[Problem]:
        numbers: dict[int, int] = {}
        for row, one in enumerate(self.content.injects):
            place = f"injects[{row}]"
            if one.number in numbers:
                message = f"is the number of injects[{numbers[one.number]}], too"
                remedy = "give each a number of its own"
                yield self._problem(f"{place}.number", one.number, message, remedy)
            numbers.setdefault(one.number, row)
            if one.date is not None:
                tick, found = self._tick(f"{place}.date", one.date)
                yield from found
                if tick is not None and self.starts and not self._in_play(tick):
                    message = "is outside the turns"
                    remedy = "move it into a turn, or leave the date out: then it is sent by hand"
                    yield self._problem(f"{place}.date", one.date, message, remedy)
            for k, seat in enumerate(one.to):
                if seat != ALL and seat not in self.content.seats:
                    message = "is no seat"
                    remedy = nearest(seat, [*self.content.seats, ALL], "seats")
                    yield self._problem(f"{place}.to[{k}]", seat, message, remedy)
            if one.objective is not None and one.objective not in self.content.objectives:
                message = "is no objective"
                remedy = nearest(one.objective, self.content.objectives, "objectives")
                yield self._problem(f"{place}.objective", one.objective, message, remedy)
            for wrong in faults_of_expected(one, self.content.seats, self.tables):
                yield self._problem(f"{place}.expected", *wrong)
            if one.agreed and not one.effect:
                message, remedy = "has no effect to agree to", "add effect = { … }, or take it away"
                yield self._problem(f"{place}.agreed", True, message, remedy)
        yield from self._references(numbers)

    def _in_play(self, tick: int) -> bool:
        return self.starts[0] <= tick < self.starts[-1]

    def _references(self, numbers: Mapping[int, int]) -> Iterator[Problem]:
        known = [str(number) for number in numbers]
        after = {one.number: one.after for one in self.content.injects}
        for row, one in enumerate(self.content.injects):
            place = f"injects[{row}]"
            if one.if_not.isdigit() and int(one.if_not) not in numbers:
                message = "is no number of an inject"
                remedy = nearest(one.if_not, known, "numbers")
                yield self._problem(f"{place}.if_not", one.if_not, message, remedy)
            if one.after is None:
                continue
            if one.after not in numbers:
                message = "is no number of an inject"
                remedy = nearest(str(one.after), known, "numbers")
                yield self._problem(f"{place}.after", one.after, message, remedy)
                continue
            seen = {one.number}
            at: int | None = one.after
            while at is not None and at not in seen:
                seen.add(at)
                at = after.get(at)
            if at == one.number:
                message, remedy = "waits for itself in the end", "let one of them wait for none"
                yield self._problem(f"{place}.after", one.after, message, remedy)

    def _effects(self) -> Iterator[Problem]:
        """Whether each effect is an event that can be: on its day, or on the first of play."""
        for row, one in enumerate(self.content.injects):
            when = self.starts[0] if self.starts else 0
            if one.date is not None:
                tick, wrong = self._tick("", one.date)
                when = when if wrong or tick is None else tick
            for k, event in enumerate(_events(one, when)):
                many = isinstance(one.effect, list)
                place = f"injects[{row}].effect" + (f"[{k}]" if many else "")
                for problem in effect_problems(self.scenario, event):
                    inside = problem.place.partition("]")[2]
                    yield self._problem(
                        place + inside, problem.value, problem.message, problem.remedy
                    )


def effect_problems(scenario: Scenario, event: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with an event that would be added to a scenario; nothing if it can be."""
    try:
        with_event(scenario, event)
    except ScenarioError as error:
        return error.problems
    return []


def with_event(scenario: Scenario, event: Mapping[str, Any]) -> Scenario:
    """The scenario with an event more.

    Raises
    ------
    ScenarioError
    """
    return scenario.with_({"events[+]": dict(event)})
