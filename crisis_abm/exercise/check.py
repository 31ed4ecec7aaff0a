"""What can be wrong with an exercise: its sections, held against the scenario they are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from crisis_abm.exercise.expected_action import EVERYBODY, faults_of_expected
from crisis_abm.exercise.schema import DECISIONS, LESS_IS_BETTER, Content, Inject, Seat
from crisis_abm.runs import Prepared
from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.scenario.problems import NOTHING, nearest
from crisis_abm.tables.schedule import columns_of


def seats_among(content: Content, players: int) -> dict[str, Seat]:
    """The seats that are taken by so many players, by name."""
    taken = content.seats.items()
    return {name: one for name, one in taken if one.from_players <= players <= one.to_players}


def events_of(inject: Inject, tick: int) -> list[dict[str, Any]]:
    """What an inject does, as events of a scenario, if it is sent at a tick."""
    listed = inject.effect if isinstance(inject.effect, list) else [inject.effect or {}]
    title = f"Inject {inject.number}"
    return [{"title": title, "start": tick, **event} for event in listed if event]


class Check:
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
        if wrong := fault_of_day(self.scenario, when):
            return None, [self._problem(place, when, *wrong)]
        return self.scenario.tick_of(when), []

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
            if name == EVERYBODY:
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
            for name in seats_among(self.content, players):
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
                if tick is not None and self.starts and not _in_play(self.starts, tick):
                    yield self._problem(f"{place}.date", one.date, *OUTSIDE)
            for k, seat in enumerate(one.to):
                if seat != EVERYBODY and seat not in self.content.seats:
                    message = "is no seat"
                    remedy = nearest(seat, [*self.content.seats, EVERYBODY], "seats")
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
            for k, event in enumerate(events_of(one, when)):
                many = isinstance(one.effect, list)
                place = f"injects[{row}].effect" + (f"[{k}]" if many else "")
                for problem in effect_problems(self.scenario, event):
                    inside = problem.place.partition("]")[2]
                    yield self._problem(
                        place + inside, problem.value, problem.message, problem.remedy
                    )


OUTSIDE = (
    "is outside the turns",
    "move it into a turn, or leave the date out: then it is sent by hand",
)


def _in_play(starts: Sequence[int], tick: int) -> bool:
    return starts[0] <= tick < starts[-1]


def fault_of_day(scenario: Scenario, when: Any) -> tuple[str, str] | None:
    """What is wrong with a day or tick, and what to do about it; None if it is in the run."""
    time = scenario.time
    if not isinstance(when, int) and time.start is None:
        return "is a date, but the scenario has no calendar", "write a tick"
    if not isinstance(when, int) and time.unit not in ("day", "week"):
        return f"is a date, but a tick is a {time.unit}", "write a tick"
    tick = scenario.tick_of(when)
    if not 0 <= tick <= time.steps:
        return f"is tick {tick}, outside the scenario's run of {time.steps}", "move it into the run"
    return None


def fault_of_inject_day(
    scenario: Scenario, starts: Sequence[int], when: Any
) -> tuple[str, str] | None:
    """The same of an inject's day, which has to be in one of the turns."""
    wrong = fault_of_day(scenario, when)
    if wrong is None and not _in_play(starts, scenario.tick_of(when)):
        return OUTSIDE
    return wrong


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
