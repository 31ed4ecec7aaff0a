"""What decisions did: the crisis as it was played, and the same crisis decided otherwise.

Otherwise means: by nobody, by everybody siloed or reciprocal, or with the decisions of one seat,
one turn, or one seat in one turn left to standing policy. What injects did happens all the same.
One crisis is one crisis, so all of it is played again in others, as `compare` draws them, and
differences are taken crisis by crisis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from crisis_abm import outcomes
from crisis_abm.engine import Detail, State, Status
from crisis_abm.engine.state import SLACK
from crisis_abm.exercise.decisions import Decision
from crisis_abm.exercise.exercise import Exercise
from crisis_abm.exercise.play import Move, Stage
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.runs.processes import Progress, in_order
from crisis_abm.runs.statistics import Difference, compare_pairs
from crisis_abm.scenario import Scenario
from crisis_abm.tables import Tables

Array = np.ndarray
ITSELF = -1  # the number of the crisis that was played, beside those of others
CRISES = 30
MATTERED = 3  # decisions that are named
POLICIES = ("siloed", "reciprocal")


@dataclass(frozen=True)
class Otherwise:
    """How a crisis is decided otherwise.

    Attributes
    ----------
    kind : str
        "policy": everybody follows one throughout; "standing": nobody decides; "seat", "turn",
        "decision": what they decided is left to standing policy.
    policy : str
    seat : str
    turn : int
        Counted from 0; -1 where it is about no turn.
    without : frozenset of (int, str)
        The decisions that are left out.
    """

    kind: Literal["policy", "standing", "seat", "turn", "decision"]
    policy: str = ""
    seat: str = ""
    turn: int = -1
    without: frozenset[Move] = frozenset()


@dataclass(frozen=True)
class Counterfactuals:
    """What a branch of an exercise came to, and would have come to. R crises, V ways to decide.

    Attributes
    ----------
    scenario : Scenario
    kinds : sequence of str
        Of organisations.
    ways : tuple of Otherwise
    seed : int
    numbers : tuple of int
        Of the crises; `ITSELF` is the first.
    figures : ndarray, shape (1 + R, 1 + V, outcomes)
        First the crisis that was played, first as it was played.
    by_kind : ndarray, shape (1 + R, 1 + V, kinds)
        Harm.
    daily : ndarray, shape (1 + policies, T)
        Harm of the crisis that was played by tick: as played, then under each of `POLICIES`.
    clipped : mapping of (int, str) to ndarray of bool, shape (1 + R,)
        Whether what a seat decided for a turn could not be done whole.
    """

    scenario: Scenario
    kinds: Sequence[str]
    ways: tuple[Otherwise, ...]
    seed: int
    numbers: tuple[int, ...]
    figures: Array
    by_kind: Array
    daily: Array
    clipped: Mapping[Move, Array]

    @property
    def crises(self) -> int:
        """How many there are besides the one that was played."""
        return len(self.numbers) - 1

    def of(self, kind: str, **about: Any) -> list[Otherwise]:
        """The ways of a kind, in the order of turns and seats."""
        ways = [one for one in self.ways if one.kind == kind]
        return [one for one in ways if all(getattr(one, k) == v for k, v in about.items())]

    def difference(
        self, way: Otherwise, outcome: str = "harm", against: Otherwise | None = None
    ) -> Difference:
        """An outcome as played minus the same decided otherwise, over the crises.

        Parameters
        ----------
        way : Otherwise
        outcome : str
        against : Otherwise, optional
            What stands in place of what was played.
        """
        column = list(OUTCOMES).index(outcome)
        first, second = (self.figures[1:, self._place(one), column] for one in (way, against))
        return compare_pairs(first, second, OUTCOMES[outcome].better, amounts=True)

    def mean(self, way: Otherwise | None = None, outcome: str = "harm") -> float:
        """The mean of an outcome over the crises, as played unless another way is named."""
        return float(self.figures[1:, self._place(way), list(OUTCOMES).index(outcome)].mean())

    def own(self, way: Otherwise | None = None, outcome: str = "harm") -> float:
        """The same of the one crisis that was played."""
        return float(self.figures[0, self._place(way), list(OUTCOMES).index(outcome)])

    def by_payer(self, way: Otherwise, against: Otherwise | None = None) -> dict[str, Difference]:
        """The same of harm, by kind of organisation."""
        other, played = (self.by_kind[1:, self._place(one)] for one in (way, against))
        return {
            name: compare_pairs(other[:, k], played[:, k], -1, amounts=True)
            for k, name in enumerate(self.kinds)
        }

    def mattered(self, most: int = MATTERED) -> list[tuple[Otherwise, Difference]]:
        """The decisions that changed harm most: those first of which that is shown.

        Those whose interval holds zero come only where there are too few others, and none that
        changed nothing.
        """
        found = [(one, self.difference(one)) for one in self.of("decision")]
        changed = [(one, found_) for one, found_ in found if found_.mean != 0.0]
        ranked = sorted(changed, key=lambda pair: (not pair[1].shown, -abs(pair[1].mean)))
        return ranked[:most]

    def times_clipped(self, move: Move) -> int:
        """In how many of the other crises a decision could not be done whole."""
        return int(self.clipped[move][1:].sum()) if move in self.clipped else 0

    def _place(self, way: Otherwise | None) -> int:
        return 0 if way is None else 1 + self.ways.index(way)


class _Question(NamedTuple):
    """What is played in every crisis; sent to processes."""

    exercise: Exercise
    decided: dict[Move, Decision]
    sent: list[dict[str, Any]]
    ways: tuple[Otherwise, ...]


class _Answer(NamedTuple):
    """What came of one crisis."""

    figures: Array  # 1 + V, outcomes
    by_kind: Array  # 1 + V, kinds
    daily: Array  # 1 + policies, T
    clipped: Array  # bool, in the order of what was decided


def counterfactuals(
    exercise: Exercise,
    decided: Mapping[Move, Decision],
    sent: Sequence[Mapping[str, Any]] = (),
    crises: int = CRISES,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Counterfactuals:
    """Play a crisis as it was decided and otherwise, and as many others.

    Parameters
    ----------
    exercise : Exercise
    decided, sent
        As `play` takes them; `Branch.closed` and `Branch.events` give them.
    crises : int
        Besides the one that was played: replicates of its scenario under the exercise's seed.
    workers : int, optional
        Processes; by default as many as there are cores, where that pays. Never changes a result.
    progress : callable, optional
        Called with (crises done, crises in all).
    """
    said = {move: one for move, one in sorted(decided.items()) if not one.is_standing}
    question = _Question(replace(exercise), said, [dict(one) for one in sent], _ways(said))
    numbers = (ITSELF, *range(crises))
    answers = in_order(_play_all, numbers, _same, question, workers, progress)
    clipped = np.stack([one.clipped for one in answers])
    return Counterfactuals(
        scenario=exercise.scenario,
        kinds=exercise.tables.kinds,
        ways=question.ways,
        seed=exercise.content.seed,
        numbers=numbers,
        figures=np.stack([one.figures for one in answers]),
        by_kind=np.stack([one.by_kind for one in answers]),
        daily=answers[0].daily,
        clipped={move: clipped[:, k] for k, move in enumerate(said)},
    )


def _ways(decided: Iterable[Move]) -> tuple[Otherwise, ...]:
    """Every other way that is tried, each once."""
    moves = sorted(decided)
    found = [Otherwise("policy", policy=name) for name in POLICIES]
    found.append(Otherwise("standing", without=frozenset(moves)))
    for seat in sorted({seat for _, seat in moves}):
        left = frozenset(move for move in moves if move[1] == seat)
        found.append(Otherwise("seat", seat=seat, without=left))
    for turn in sorted({turn for turn, _ in moves}):
        left = frozenset(move for move in moves if move[0] == turn)
        found.append(Otherwise("turn", turn=turn, without=left))
    found += [
        Otherwise("decision", seat=seat, turn=turn, without=frozenset([(turn, seat)]))
        for turn, seat in moves
    ]
    return tuple(found)


def _same(question: _Question) -> _Question:
    return question


def _play_all(question: _Question, number: int) -> _Answer:
    """One crisis as it was decided, and in every other way."""
    exercise, decided = question.exercise, question.decided
    replicate = None if number == ITSELF else number
    stage = Stage(exercise, decided, question.sent, replicate=replicate)
    played, begun, clipped = _as_decided(stage)
    ran: dict[frozenset[Move], State] = {frozenset(): played}
    under: dict[str, State] = {}
    states = [played]
    for way in question.ways:
        if way.kind == "policy":
            policy = stage.prepared.scenario.policy_named(way.policy)
            under[way.policy] = stage.prepared.run(policy, stage.crisis, Detail.GROUPS)
            states.append(under[way.policy])
            continue
        if way.without not in ran:
            ran[way.without] = _without(stage, begun, way.without)
        states.append(ran[way.without])
    return _Answer(
        figures=np.stack([outcomes.measure(stage.tables, state) for state in states]),
        by_kind=np.stack([_by_kind(stage.tables, state) for state in states]),
        daily=np.stack([_daily(one) for one in (played, *under.values())]),
        clipped=np.array([clipped[move] for move in decided], dtype=np.bool_),
    )


def _as_decided(stage: Stage) -> tuple[State, dict[int, State], dict[Move, bool]]:
    """The crisis as it was decided.

    Returns
    -------
    played : State
        At its end.
    begun : dict of int to State
        At the beginning of turns that something was decided for: what goes before is the same
        whatever is left out of them and later ones.
    clipped : dict of (int, str) to bool
        Whether what was decided could not be done whole.
    """
    starts, steps = stage.exercise.starts, stage.tables.world.parameters.steps
    state, at = stage.start(Detail.GROUPS), 0
    begun: dict[int, State] = {}
    clipped = dict.fromkeys(stage.decided, False)
    for turn in sorted({turn for turn, _ in stage.decided}):
        state = stage.advance(state, at, starts[turn])
        begun[turn] = _copied(state)
        for tick in range(starts[turn], starts[turn + 1]):
            closed = np.flatnonzero(state.organisations.status == Status.FAILED)
            state = stage.advance(state, tick, tick + 1)
            for move in stage.decided:
                if move[0] == turn and not clipped[move]:
                    clipped[move] = _is_clipped(stage, state, move, closed)
        at = starts[turn + 1]
    return stage.advance(state, at, steps), begun, clipped


def _is_clipped(stage: Stage, state: State, move: Move, closed: Array) -> bool:
    """Whether what was decided could not be done whole on a day.

    An organisation was closed that morning, or its links could not carry the units it ordered.
    """
    turn, seat = move
    rows = stage.rows[seat]
    if len(closed) and np.isin(closed, rows).any():
        return True
    if all(one.units is None for one in stage.decided[move].orders.values()):
        return False
    told, inputs = stage.told(turn), stage.tables.world.inputs
    assert told is not None
    for h in np.flatnonzero(np.isin(inputs.organisation, rows) & ~np.isnan(told.columns.units)):
        links = slice(inputs.link_start[h], inputs.link_start[h + 1])
        ordered = float(state.supply.order[links].sum())
        if state.supply.carried[links].sum() < ordered - SLACK * max(1.0, ordered):
            return True
    return False


def _without(stage: Stage, begun: Mapping[int, State], without: frozenset[Move]) -> State:
    """Play without some decisions, from the first turn on that is about."""
    first = min(turn for turn, _ in without)
    state = _copied(begun[first])._replace(policy=stage.levers(without))
    steps = stage.tables.world.parameters.steps
    return stage.advance(state, stage.exercise.starts[first], steps, without)


def _copied(part: Any) -> Any:
    """The same tables in arrays of their own."""
    if isinstance(part, np.ndarray):
        return part.copy()
    if isinstance(part, tuple):
        return type(part)(*map(_copied, part))
    return part


def _by_kind(tables: Tables, state: State) -> Array:
    return outcomes.by_kind(tables, outcomes.harm_by_organisation(state))


def _daily(state: State) -> Array:
    """Harm by tick."""
    record = state.record
    return np.asarray((record.group_harm + record.group_hazard_deaths).sum(axis=1))
