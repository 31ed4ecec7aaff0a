"""An exercise: a scenario, and who decides what in it when; all faults of its file at once."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import ValidationError

from crisis_abm.exercise.check import Check, events_of, seats_among
from crisis_abm.exercise.expected_action import EVERYBODY
from crisis_abm.exercise.inject_table import InjectTable, read_table
from crisis_abm.exercise.schema import MOST_PLAYERS, Content, Inject, Seat
from crisis_abm.runs import Prepared
from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.scenario.io.imports import inside
from crisis_abm.scenario.io.load import parse_text, read_text, scenario_beside, shipped
from crisis_abm.scenario.paths import with_lines
from crisis_abm.scenario.problems import nearest
from crisis_abm.scenario.pydantic_errors import faults, without
from crisis_abm.scenario.schema.policy import Policy
from crisis_abm.tables import Tables

ALL = EVERYBODY  # seats, in an inject's `to`
LARGEST_FILE = 5_000_000  # bytes


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
                check = Check(content, found, source)
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
        return seats_among(self.content, players)

    def fitting(self) -> list[int]:
        """Numbers of players that give each one seat, and each seat one player."""
        counts = {players: len(self.seats(players)) for players in range(1, MOST_PLAYERS + 1)}
        return [players for players, seats in counts.items() if players == seats]

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
        return events_of(inject, tick)


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
