"""A crisis as it is played: the state at any tick is the replay of what was decided and sent.

The same engine runs that every other run has. A turn in which nobody says anything is, to the last
bit, the run of the standing policy.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from crisis_abm import engine
from crisis_abm.engine import Detail, State
from crisis_abm.engine.decisions import Watch
from crisis_abm.engine.instructions import (
    Instructions,
    add_told,
    advance_as_told,
    nothing_told,
    something_told,
)
from crisis_abm.exercise.check import with_event
from crisis_abm.exercise.decisions import Decision, levers_of, tell
from crisis_abm.exercise.exercise import Exercise
from crisis_abm.runs import Prepared, replicate_seed
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.scenario.schema.policy import LeverSettings, PolicyChange
from crisis_abm.tables import Tables
from crisis_abm.tables.layout import Policy as PolicyArrays
from crisis_abm.tables.schedule import lever_values, stacked

Move = tuple[int, str]
"""A turn, counted from 0, and a seat."""

NOTHING_SEEN: Watch = MappingProxyType({})


@dataclass(frozen=True)
class Play:
    """A crisis as far as it was played.

    Attributes
    ----------
    scenario : Scenario
        With what injects did.
    tables : Tables
    policy : Policy
        The standing policy, and what decisions set of it.
    state : State
    ticks : int
        So many were run.
    """

    scenario: Scenario
    tables: Tables
    policy: Policy
    state: State
    ticks: int


def play(
    exercise: Exercise,
    decided: Mapping[Move, Decision],
    sent: Sequence[Mapping[str, Any]] = (),
    ticks: int | None = None,
    seed: int | None = None,
    replicate: int | None = None,
    detail: Detail = Detail.ORGANISATIONS,
    watch: Callable[[int, Tables, State], None] | None = None,
    within: Callable[[Tables, State], Watch] | None = None,
) -> Play:
    """Run the crisis from its first tick with the decisions and events of an exercise.

    Parameters
    ----------
    exercise : Exercise
    decided : mapping of (int, str) to Decision
        By turn and seat; a seat that is missing leaves everything to standing policy.
    sent : sequence of mapping
        What injects did, as events of the scenario (`Exercise.events_of`).
    ticks : int, optional
        How many to run; the whole crisis unless said.
    seed : int, optional
        The exercise's, unless said.
    replicate : int, optional
        Another crisis, as in `compare`, with what is uncertain drawn for it.
    detail : Detail
    watch : callable, optional
        Called at the end of every tick with the tick, the tables and the state, only to look at it.
    within : callable, optional
        Given the tables and the state, says what is to be called after which phase of the turns'
        ticks (`crisis_abm.engine.decisions.Watch`), likewise only to look.

    Raises
    ------
    ScenarioError
        If an event cannot be.
    """
    stage = Stage(exercise, decided, sent, seed, replicate)
    tables = stage.tables
    end = tables.world.parameters.steps if ticks is None else ticks
    state = stage.start(detail)
    seen = within(tables, state) if within else None
    if watch is None:
        state = stage.advance(state, 0, end, seen=seen)
    else:
        for tick in range(end):
            state = stage.advance(state, tick, tick + 1, seen=seen)
            watch(tick, tables, state)
    return Play(stage.scenario, tables, stage.policy(), state, end)


def make_ready(exercise: Exercise) -> None:
    """Have compiled whatever a turn may need, so that nobody waits for it at the first one."""
    stage = Stage(exercise, {})
    state = stage.start(Detail.ORGANISATIONS)
    world = stage.tables.world
    state = engine.advance(world, state, 0, 1)
    advance_as_told(world, state, 1, 2, something_told(world))


class Told(NamedTuple):
    """What organisations are told in a turn."""

    columns: Instructions
    exact: Mapping[int, Sequence[float]]  # by row of the input, tick by tick


class Stage:
    """One crisis of an exercise, ready to be played as it was decided, and otherwise.

    What is compiled of it is compiled once, so that it can be played hundreds of times: with some
    of what was decided left to standing policy instead.

    Parameters
    ----------
    exercise, decided, sent, seed, replicate
        As `play` takes them.

    Attributes
    ----------
    scenario : Scenario
        With what injects did; as the replicate draws it.
    tables : Tables
    prepared : Prepared
    crisis : int
        The seed of its chance.
    rows : dict of str to sequence of int
        Of the organisations of every seat, in these tables.
    """

    def __init__(
        self,
        exercise: Exercise,
        decided: Mapping[Move, Decision],
        sent: Sequence[Mapping[str, Any]] = (),
        seed: int | None = None,
        replicate: int | None = None,
    ) -> None:
        scenario = exercise.scenario
        for event in sent:
            scenario = with_event(scenario, event)
        seed = exercise.content.seed if seed is None else seed
        self.exercise, self.decided, self.scenario = exercise, decided, scenario
        self.prepared = Prepared.of(scenario, seed, replicate)
        self.tables = self.prepared.tables
        self.crisis = seed if replicate is None else replicate_seed(seed, replicate)
        self._standing = self.prepared.scenario.as_drawn(exercise.policy)
        self.rows = _rows_by_seat(exercise, self.tables)
        self._set = list(_levers(decided))  # by decisions, in the order of their turns
        self._told: dict[frozenset[Move], Told] = {}
        self._of_one: dict[Move, Told] = {}

    def start(self, detail: Detail, without: Collection[Move] = ()) -> State:
        """Return the state before the first tick.

        Parameters
        ----------
        detail : Detail
        without : collection of (int, str)
            Turns and seats whose decisions are left to standing policy.
        """
        return engine.start(self.tables.world, self.levers(without), self.crisis, detail)

    def advance(
        self,
        state: State,
        first: int,
        end: int,
        without: Collection[Move] = (),
        seen: Watch | None = None,
    ) -> State:
        """Run the ticks from `first` up to but not including `end`.

        Parameters
        ----------
        state : State
            Of `start`, or of an `advance` that ended at `first`.
        first, end : int
        without
            As `start` takes it.
        seen : mapping, optional
            What is called after which phase of the turns' ticks.
        """
        world, starts = self.tables.world, self.exercise.starts
        edges = sorted({first, end, *(tick for tick in starts if first < tick < end)})
        for begin, until in pairwise(edges):
            turn = self.exercise.turn_at(begin)
            told = None if turn is None else self.told(turn, without)
            if turn is None or (told is None and seen is None):
                state = engine.advance(world, state, begin, until)
                continue
            columns, exact = told or Told(nothing_told(world), {})
            for tick, stop in _steps(begin, until, bool(exact)):
                now = _with_exact(columns, exact, tick - starts[turn])
                state = advance_as_told(world, state, tick, stop, now, seen or NOTHING_SEEN)
        return state

    def levers(self, without: Collection[Move] = ()) -> PolicyArrays:
        """The standing policy with the levers that decisions set, turn by turn, as arrays.

        They have the same shape whatever is left out, so that a state that was begun with all
        decisions can go on without some of those that are still to come.
        """
        compiled = self.prepared.policy(self._standing)
        if not self._set:
            return compiled
        set_now = dict(_levers(self._left(without)))
        starts = self.exercise.starts
        targets = [self.rows[seat] for (_, seat), _ in self._set]
        values = [
            lever_values(set_now.get(move, LeverSettings.model_construct()))
            for move, _ in self._set
        ]
        target_start, target = stacked([np.array(rows) for rows in targets])
        return PolicyArrays(
            levers=compiled.levers,
            start=np.append(compiled.start, [starts[turn] for (turn, _), _ in self._set]),
            end=np.append(compiled.end, [starts[turn + 1] for (turn, _), _ in self._set]),
            value=np.concatenate([compiled.value, values]),
            target_start=np.append(
                compiled.target_start[:-1], target_start + compiled.target_start[-1]
            ),
            target=np.append(compiled.target, target),
        )

    def policy(self) -> Policy:
        """The same as a policy of the scenario."""
        if not self._set:
            return self.exercise.policy
        changes = [
            PolicyChange(
                organisations=[self.tables.ids[row] for row in self.rows[seat]],
                start=self.exercise.starts[turn],
                end=self.exercise.starts[turn + 1],
                **dict[str, Any](settings.settings()),
            )
            for (turn, seat), settings in self._set
        ]
        whole = [*self._standing.changes, *changes]
        return self._standing.model_copy(update={"changes": whole}).named("as played")

    def _left(self, without: Collection[Move]) -> dict[Move, Decision]:
        return {move: one for move, one in self.decided.items() if move not in without}

    def told(self, turn: int, without: Collection[Move] = ()) -> Told | None:
        """What organisations are told in a turn; None where levers say it all."""
        moves = frozenset(
            move
            for move, one in self.decided.items()
            if move[0] == turn and move not in without and one.answers
        )
        if not moves:
            return None
        if moves not in self._told:
            self._told[moves] = self._all_told(sorted(moves))
        return self._told[moves]

    def _all_told(self, moves: Sequence[Move]) -> Told:
        """What several seats tell; of more than one put together from what each tells."""
        columns, exact = nothing_told(self.tables.world), dict[int, Sequence[float]]()
        if len(moves) == 1:
            turn, seat = moves[0]
            exact |= tell(columns, self.tables, self.rows[seat], self.decided[turn, seat])
            return Told(columns, exact)
        for turn, seat in moves:
            alone = self._of_one.get((turn, seat))
            if alone is None:
                alone = self._of_one[turn, seat] = self._all_told([(turn, seat)])
            exact |= alone.exact
            add_told(columns, alone.columns)
        return Told(columns, exact)


def _rows_by_seat(exercise: Exercise, tables: Tables) -> dict[str, Sequence[int]]:
    """Rows of every seat; a crisis may have drawn how many organisations there are."""
    rows: dict[str, Sequence[int]] = {one: exercise.rows_of(one) for one in exercise.content.seats}
    known = exercise.tables.ids
    if tables.ids == known:
        return rows
    here = {identity: row for row, identity in enumerate(tables.ids)}
    return {
        seat: [here[known[row]] for row in own if known[row] in here] for seat, own in rows.items()
    }


def _levers(decided: Mapping[Move, Decision]) -> Iterator[tuple[Move, LeverSettings]]:
    """The levers that are set by what was decided, by turn and seat."""
    called = {(turn, seat) for (turn, _), one in decided.items() for seat in one.calls}
    for move in sorted({*decided, *called}):
        levers = levers_of(decided.get(move, Decision()), move in called)
        if levers:
            yield move, LeverSettings(**levers)


def _steps(first: int, end: int, one_by_one: bool) -> Iterator[tuple[int, int]]:
    """The ticks from first to end: together, or each by itself."""
    if not one_by_one:
        yield first, end
        return
    for tick in range(first, end):
        yield tick, tick + 1


def _with_exact(
    told: Instructions, exact: Mapping[int, Sequence[float]], tick: int
) -> Instructions:
    """What is told at a tick of the turn, with what is told for it alone."""
    if not exact:
        return told
    units = told.units.copy()
    for row, by_tick in exact.items():
        if tick < len(by_tick):
            units[row] = by_tick[tick]
    return told._replace(units=units)
