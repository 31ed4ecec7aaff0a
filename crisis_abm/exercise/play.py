"""A crisis as it is played: the state at any tick is the replay of what was decided and sent.

The same engine runs that every other run has. A turn in which nobody says anything is, to the last
bit, the run of the standing policy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crisis_abm import engine
from crisis_abm.engine import Detail, State
from crisis_abm.engine.decisions import Decisions, Watch, advance
from crisis_abm.exercise.decisions import Answers, Decision, levers_of, order_weights
from crisis_abm.exercise.exercise import Exercise, with_event
from crisis_abm.runs import Prepared, replicate_seed
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.scenario.schema.policy import PolicyChange
from crisis_abm.tables import Tables

Move = tuple[int, str]
"""A turn, counted from 0, and a seat."""


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
    scenario = exercise.scenario
    for event in sent:
        scenario = with_event(scenario, event)
    seed = exercise.content.seed if seed is None else seed
    prepared = Prepared.of(scenario, seed, replicate)
    tables, crisis = prepared.tables, seed
    if replicate is not None:
        crisis = replicate_seed(seed, replicate)
    policy = _policy(exercise, tables, decided)
    end = tables.world.parameters.steps if ticks is None else ticks
    answers = _answers(exercise, tables, decided)
    world = tables.world
    state = engine.start(world, prepared.policy(policy), crisis, detail)
    seen = within(tables, state) if within else {}
    asked = _asked(exercise, tables, decided, answers) if answers or within else None
    first = exercise.starts[0] if asked else end
    tick = 0
    while tick < end:
        if asked and exercise.turn_at(tick) is not None:
            until = tick + 1
            if answers:
                answers.tick = tick
            state = advance(world, state, tick, until, asked, seen)
        else:
            until = tick + 1 if watch else min(end, first) if tick < first else end
            state = engine.advance(world, state, tick, until)
        if watch:
            watch(tick, tables, state)
        tick = until
    return Play(scenario, tables, policy, state, end)


def _policy(exercise: Exercise, tables: Tables, decided: Mapping[Move, Decision]) -> Policy:
    """The standing policy with the levers that decisions set, turn by turn."""
    changes = list(exercise.policy.changes)
    called = {(turn, seat) for (turn, _), one in decided.items() for seat in one.calls}
    for turn, seat in sorted({*decided, *called}):
        levers: dict[str, Any] = levers_of(
            decided.get((turn, seat), Decision()), (turn, seat) in called
        )
        if levers:
            changes.append(
                PolicyChange(
                    organisations=[tables.ids[row] for row in exercise.rows_of(seat)],
                    start=exercise.starts[turn],
                    end=exercise.starts[turn + 1],
                    **levers,
                )
            )
    if len(changes) == len(exercise.policy.changes):
        return exercise.policy
    return exercise.policy.model_copy(update={"changes": changes}).named("as played")


def _answers(
    exercise: Exercise, tables: Tables, decided: Mapping[Move, Decision]
) -> Answers | None:
    """What organisations of seats answer; None where levers say it all."""
    if not any(one.answers for one in decided.values()):
        return None
    seat_of = {row: seat for _, seat in decided for row in exercise.rows_of(seat)}

    def holds(row: int, tick: int) -> tuple[Decision, int] | None:
        turn = exercise.turn_at(tick)
        if turn is None or (turn, seat_of[row]) not in decided:
            return None
        return decided[turn, seat_of[row]], exercise.starts[turn]

    weights: dict[int, Mapping[str, float]] = {}
    for seat in {seat for _, seat in decided}:
        weights |= dict(order_weights(tables, exercise.rows_of(seat)))
    return Answers(tables, holds, weights)


def _asked(
    exercise: Exercise, tables: Tables, decided: Mapping[Move, Decision], answers: Answers | None
) -> Decisions:
    """Who is asked what: only whoever decided something of it in any turn."""
    if answers is None:
        return Decisions(tables, {}, {}, {})

    def rows(says: Any) -> list[int]:
        seats = {seat for (_, seat), one in decided.items() if says(one)}
        return [row for seat in seats for row in exercise.rows_of(seat)]

    orders = rows(lambda one: one.orders)
    return Decisions(
        tables,
        request={row: answers.request(row) for row in orders},
        ration={row: answers.ration(row) for row in rows(lambda one: one.first)},
        lend={
            row: answers.lend(row) for row in rows(lambda one: one.lend or one.places is not None)
        },
        place={row: answers.place(row) for row in orders},
    )
