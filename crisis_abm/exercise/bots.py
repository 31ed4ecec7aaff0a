"""Seats played by the program: for rehearsals, and for whoever has no players for a seat.

A bot is a policy of its own. `standing` says nothing: the standing policy decides. `siloed`,
`reciprocal`, any policy of the scenario and levers (``agenda=1,measures=.5``) set the levers of the
seat's organisations and call as many of the seats that they deal with; `varied` decides all that
people can, differently by seat and turn, the same for the same seed. Whatever a bot decides has a
reason, and is logged as a bot's.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.exercise.decisions import SERVED, Decision, Order, Reach
from crisis_abm.exercise.evaluation.principles import partners_of
from crisis_abm.exercise.exercise import Exercise
from crisis_abm.exercise.sitting import Sitting
from crisis_abm.scenario import Policy
from crisis_abm.scenario.schema.policy import LEVERS, LeverSettings
from crisis_abm.streams import entity_key, stream_id, uniform

STANDING, VARIED = "standing", "varied"
SILENT = 0.1  # of the turns of a seat: a varied bot is late
BOTS = stream_id("bots of an exercise")
QUESTION = "What do you need, and what can you spare?"


@dataclass(frozen=True)
class View:
    """What a bot looks at: its seat, the turn, and what it may decide about.

    Attributes
    ----------
    exercise : Exercise
    seat : str
    turn : int
    may : set of str
        What it may decide in this turn (`schema.DECISIONS`).
    partners : list of str
        The other seats that it deals with.
    reach : Reach
        Whom its organisations have to do with.
    """

    exercise: Exercise
    seat: str
    turn: int
    may: frozenset[str]
    partners: list[str]
    reach: Reach

    @classmethod
    def of(cls, sitting: Sitting, seat: str) -> View:
        """That of a seat on the turn that is open."""
        exercise, turn = sitting.exercise, sitting.course.turn
        may = set(exercise.content.seats[seat].decides)
        if not exercise.content.turns[turn].calls:
            may.discard("call")
        reach = Reach(exercise.tables, exercise.rows_of(seat))
        partners = partners_of(exercise, seat, sitting.course.seats)
        return cls(exercise, seat, turn, frozenset(may), partners, reach)

    def kinds_among(self, names: set[str]) -> list[str]:
        """Those of some names that are kinds, in the order of their names."""
        return sorted(names & set(self.exercise.tables.kinds))


@dataclass(frozen=True)
class Bot:
    """How a seat is played by the program.

    Attributes
    ----------
    name : str
        As `bot` takes it.
    think : callable
        Gives its decision on what it looks at; None where it says nothing.
    """

    name: str
    think: Callable[[View], Decision | None]

    def decide(self, sitting: Sitting, seat: str) -> Decision | None:
        """Decide for a seat on the turn that is open, and confirm it; None if it says nothing.

        Raises
        ------
        Refused, LogError
        """
        decision = self.think(View.of(sitting, seat))
        if decision is None:
            return None
        given = decision.model_dump(mode="json", exclude_defaults=True)
        return sitting.decide(seat, sitting.course.turn, given, by=f"bot: {self.name}")


def bot(named: str, exercise: Exercise, seed: int = 0) -> Bot:
    """A bot by its name.

    Parameters
    ----------
    named : str
        ``standing``, ``varied``, or a policy: ``siloed``, ``reciprocal``, one of the scenario, or
        levers as in ``agenda=1,measures=.5``.
    exercise : Exercise
    seed : int
        Of what a varied one decides.

    Raises
    ------
    ScenarioError
        If there is no such policy.
    """
    if named == STANDING:
        return Bot(named, lambda view: None)
    if named == VARIED:
        return Bot(named, lambda view: _varied(view, _chances(view, seed)))
    policy = exercise.scenario.policy_named(named)
    return Bot(named, lambda view: _by_policy(view, policy))


def decide_all(sitting: Sitting, bots: Mapping[str, Bot]) -> None:
    """Let bots decide for their seats on the turn that is open, where nothing was decided yet.

    Parameters
    ----------
    sitting : Sitting
    bots : mapping of str to Bot
        By seat; seats without one are left alone.

    Raises
    ------
    Refused, LogError
    """
    for seat in sitting.course.waiting_for():
        if seat in bots:
            bots[seat].decide(sitting, seat)


def play_through(sitting: Sitting, bots: Mapping[str, Bot]) -> None:
    """Play all turns that are left with bots, from the first to the hot wash, which they answer.

    Parameters
    ----------
    sitting : Sitting
    bots : mapping of str to Bot
        By seat; for seats without one the standing policy decides.

    Raises
    ------
    Refused, LogError
    """
    if sitting.course.turn < 0:
        sitting.start()
    while sitting.course.is_playing:
        decide_all(sitting, bots)
        sitting.advance()
    for seat in sitting.course.seats:
        for question in range(len(sitting.exercise.content.questions)):
            if seat in bots and (seat, question) not in sitting.course.answers:
                sitting.answer(seat, question, _answer(sitting, seat, bots[seat], question))


def _by_policy(view: View, policy: Policy) -> Decision:
    """Set the levers, and call as large a part of the partners as it communicates."""
    levers = {name: float(getattr(policy, name)) for name in LEVERS}
    calls: list[str] = []
    if "call" in view.may:
        many = int(levers.get("communication", 0.0) * len(view.partners) + 0.5)
        calls = [view.partners[(view.turn + k) % len(view.partners)] for k in range(many)]
    elif "communication" in levers:
        levers["communication"] = 0.0
    return Decision(
        levers=LeverSettings(**levers),
        calls=calls,
        say=QUESTION if calls else "",
        reason=_why(levers),
    )


def _why(levers: Mapping[str, float]) -> str:
    values = set(levers.values())
    if values <= {0.0}:
        return "Each of us answers for its own figures."
    if values <= {0.0, 1.0} and list(levers.values()).count(0.0) <= 1:
        return "What serves all of us serves us, too."
    told = [f"{LEVERS[name].title.lower()} {value:g}" for name, value in levers.items() if value]
    return f"We keep to {', '.join(told)}."


def _answer(sitting: Sitting, seat: str, played_by: Bot, question: int) -> str:
    """What a bot says in the hot wash: why it decided as it did, turn after turn."""
    decided = sitting.course.branch.decided
    reasons = [decided[turn, name].reason for turn, name in sorted(decided) if name == seat]
    why = reasons[question % len(reasons)] if reasons else "We left it to the standing policy."
    return f"A bot ({played_by.name}) sat here. {why}"


# ------------------------------------------------------------------ what a varied bot decides


def _chances(view: View, seed: int) -> Iterator[float]:
    """Numbers from 0 to 1, always the same for a seed, seat and turn."""
    key = entity_key(view.seat)
    return (float(uniform(seed, BOTS, key, view.turn, k)) for k in itertools.count())


def _varied(view: View, chances: Iterator[float]) -> Decision | None:
    if next(chances) < SILENT:
        return None
    fields: dict[str, Any] = {}
    reasons: list[str] = []
    for decides in (_ordering, _lending, _taking_over, _serving, _calling):
        decides(view, chances, fields, reasons)
    fields["reason"] = " ".join(reasons) or "Nothing has changed for us, so we go on as usual."
    return Decision(**fields)


Said = dict[str, Any]


def _ordering(view: View, chances: Iterator[float], fields: Said, reasons: list[str]) -> None:
    """Need, more than need, or from all suppliers alike."""
    if "order" not in view.may:
        return
    orders: dict[str, Order] = {}
    for resource in sorted(view.reach.needs & set(view.reach.suppliers)):
        usual = _usual(view, resource)
        suppliers = view.kinds_among(view.reach.suppliers[resource])
        chance = next(chances)
        if usual <= 0.0 or chance > 0.7:
            continue
        if chance < 0.35:
            orders[resource] = Order(need=True)
            reasons.append(f"We order no more {_words(resource)} than we need: others need some.")
        elif chance < 0.5 or len(suppliers) < 2:
            orders[resource] = Order(units=round(1.5 * usual, 1))
            reasons.append(f"We order more {_words(resource)} than we use, to be safe.")
        else:
            parts = dict.fromkeys(suppliers, 1.0 / len(suppliers))
            orders[resource] = Order(suppliers=parts)
            reasons.append(f"We order {_words(resource)} from all, in case a supplier fails.")
    fields["orders"] = orders


def _usual(view: View, resource: str) -> float:
    """Units of something storable that the seat uses on an ordinary day; 0 of what is not kept."""
    tables = view.exercise.tables
    inputs, number = tables.world.inputs, tables.resources.index(resource)
    if not tables.world.resources.storable[number]:
        return 0.0
    mine = np.isin(inputs.organisation, view.exercise.rows_of(view.seat))
    rows = np.flatnonzero(mine & (inputs.resource == number)).tolist()
    nominal = tables.world.organisations.nominal_workload
    return float(sum(inputs.use[h] * nominal[inputs.organisation[h]] for h in rows))


def _lending(view: View, chances: Iterator[float], fields: Said, reasons: list[str]) -> None:
    """Half of what can be spared, all of it, or nothing."""
    if "lend" not in view.may:
        return
    parts: dict[str, float] = {}
    for resource in sorted(view.reach.partners):
        chance = next(chances)
        if chance < 0.5:
            parts[resource] = 0.5
            reasons.append(f"We lend half of the {_words(resource)} that we can spare.")
        elif chance < 0.6:
            parts[resource] = 1.0
            reasons.append(f"Whoever lacks {_words(resource)} may have all that we can spare.")
        elif chance < 0.75:
            parts[resource] = 0.0
            reasons.append(f"We keep our {_words(resource)}: we may need it ourselves.")
    fields["lend"] = parts


def _taking_over(view: View, chances: Iterator[float], fields: Said, reasons: list[str]) -> None:
    if "places" in view.may and view.reach.takes_over and next(chances) < 0.5:
        fields["places"] = 0.5
        reasons.append("Half of our free places are for people of others.")


def _serving(view: View, chances: Iterator[float], fields: Said, reasons: list[str]) -> None:
    """One of the three rules, or some customers first."""
    if "ration" not in view.may or not view.reach.customers:
        return
    chance, which = next(chances), next(chances)
    if chance < 0.5:
        fields["serve"] = _picked(sorted(SERVED), which)
        reasons.append(f"Where there is not enough we serve by {fields['serve']}.")
        return
    for resource in sorted(view.reach.customers):
        kinds = view.kinds_among(view.reach.customers[resource])
        if len(kinds) > 1 and chance < 0.8:
            first = _picked(kinds, which)
            fields["first"] = {resource: [first]}
            reasons.append(f"Every {_words(first)} is served with {_words(resource)} first.")
            return


def _calling(view: View, chances: Iterator[float], fields: Said, reasons: list[str]) -> None:
    """One or two of those that it deals with."""
    if "call" not in view.may or not view.partners or next(chances) > 0.6:
        return
    first, second = (_picked(view.partners, next(chances)) for _ in range(2))
    fields["calls"] = list(dict.fromkeys([first, second]))
    fields["say"] = QUESTION
    reasons.append("We ask before we decide.")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _picked(names: Sequence[str], chance: float) -> str:
    return names[min(int(chance * len(names)), len(names) - 1)]
