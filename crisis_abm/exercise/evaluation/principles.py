"""The five principles as a seat lived them, turn by turn: "you played like measures .8".

What a seat did is held against the engine's own rules (`crisis_abm.exercise.evaluation.observed`):
the value of a principle is the setting of its lever at which the rule would have come closest to
what was done. Where several settings would have come to the same, the principle could not show, and
there is no value: nothing scarce to share out, all orders filled, no partner that lacked what
somebody had to spare, or no more lacking than the least generous would have given.

| principle | what is looked at | rule of docs/model.md |
|---|---|---|
| agenda, parity | what was shipped of each scarce output | 7.6 |
| measures | what was ordered of each storable that arrives short | 7.5 |
| reciprocity | stock, staff and places lent | 7.7 |
| communication | the part of the seats that one deals with that were talked to | 7.4 |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crisis_abm.exercise.evaluation.shown import GRID, Curve, Observed, added
from crisis_abm.exercise.exercise import Exercise
from crisis_abm.exercise.play import Move
from crisis_abm.scenario.schema.policy import LEVERS

WIDEST = 0.2
"""Between the lowest and the highest setting that look like what was done; wider is no value."""

ALL_TURNS = -1
"""In the place of a turn."""

SUBJECT = {
    "agenda": ("shipments", 0),
    "measures": ("orders", 0),
    "parity": ("shipments", 1),
    "reciprocity": ("loans", 0),
}
"""What shows a principle, and which axis of its curve the lever is."""


@dataclass(frozen=True)
class Principle:
    """How one seat played by one principle in one turn.

    Attributes
    ----------
    turn : int
        Counted from 0; `ALL_TURNS` for all together.
    seat : str
        "" for several seats together.
    principle : str
        As levers are named.
    value : float or None
        0 siloed to 1 reciprocal; None where there was no occasion to tell.
    low, high : float or None
        Settings between these look like what was done; None where the lever made no difference.
    occasions : int
        Organisations and ticks in which it made a difference; of communication, seats that it
        deals with.
    apart : float
        How far what was done lies from what the closest setting would have done, as a part of what
        was at stake: 0 is just that.
    """

    turn: int
    seat: str
    principle: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    occasions: int = 0
    apart: float = 0.0

    @property
    def told(self) -> str:
        """In words: "0.5", "at least 0.45", "between 0.1 and 0.5" or "no occasion".

        Examples
        --------
        >>> Principle(0, "depot", "parity", 0.5, 0.5, 0.5, 8).told
        '0.5'
        >>> Principle(0, "homes", "reciprocity", None, 0.45, 1.0, 7).told
        'at least 0.45'
        >>> Principle(0, "homes", "reciprocity").told
        'no occasion'
        """
        if self.value is not None:
            return f"{self.value:.2g}"
        if self.low is None or self.high is None or self.high - self.low >= 1.0:
            return "no occasion"
        if self.high >= 1.0:
            return f"at least {self.low:.2g}"
        if self.low <= 0.0:
            return f"at most {self.high:.2g}"
        return f"between {self.low:.2g} and {self.high:.2g}"


def principles(seen: Observed) -> list[Principle]:
    """Every principle, of every seat, in every turn that was played; in the order of the levers.

    Parameters
    ----------
    seen : Observed
        From `observe` or `observed`.
    """
    partners = {seat: partners_of(seen.exercise, seat, seen.seats) for seat in seen.seats}
    found = []
    for turn in range(seen.turns):
        for seat in seen.seats:
            for name in LEVERS:
                if name == "communication":
                    found.append(_communication(seen, turn, seat, partners[seat]))
                elif name in SUBJECT:
                    curve = seen.curves.get((turn, seat, SUBJECT[name][0]))
                    found.append(_closest(turn, seat, name, curve))
    return found


def together(seen: Observed, seats: Sequence[str] | None = None) -> list[Principle]:
    """Every principle over all turns that were played, of some seats together.

    Parameters
    ----------
    seen : Observed
        From `observe` or `observed`.
    seats : sequence of str, optional
        All of them, unless said.
    """
    seats = seen.seats if seats is None else seats
    seat = seats[0] if len(seats) == 1 else ""
    found = []
    for name in LEVERS:
        if name in SUBJECT:
            of_subject = [(*move, SUBJECT[name][0]) for move in _moves(seen, seats)]
            curves = [seen.curves[key] for key in of_subject if key in seen.curves]
            found.append(_closest(ALL_TURNS, seat, name, added(curves)))
        elif name == "communication":
            rows = [
                _communication(seen, turn, one, partners_of(seen.exercise, one, seen.seats))
                for turn, one in _moves(seen, seats)
            ]
            count = sum(row.occasions for row in rows)
            talked = sum((row.value or 0.0) * row.occasions for row in rows)
            part = talked / count if count else None
            found.append(Principle(ALL_TURNS, seat, name, part, part, part, count))
    return found


def _moves(seen: Observed, seats: Sequence[str]) -> list[Move]:
    return [(turn, seat) for turn in range(seen.turns) for seat in seats]


def _closest(turn: int, seat: str, name: str, curve: Curve | None) -> Principle:
    """The setting that comes closest to what was done."""
    if curve is None:
        return Principle(turn, seat, name)
    axis = SUBJECT[name][1]
    near = curve.near.any(axis=1 - axis) if curve.near.ndim > 1 else curve.near
    alike = GRID[near]
    low, high = float(alike.min()), float(alike.max())
    value = round((low + high) / 2, 3) if high - low <= WIDEST + 1e-9 else None
    apart = float(curve.distance.min() / curve.stake)
    return Principle(turn, seat, name, value, low, high, curve.occasions, apart)


def _communication(seen: Observed, turn: int, seat: str, partners: Sequence[str]) -> Principle:
    """The part of the seats it deals with that it called, or that called it."""
    content = seen.exercise.content
    may = content.turns[turn].calls and "call" in content.seats[seat].decides
    if not may or not partners:
        return Principle(turn, seat, "communication")
    part = len(talked_to(seen, turn, seat) & set(partners)) / len(partners)
    return Principle(turn, seat, "communication", part, part, part, len(partners))


def talked_to(seen: Observed, turn: int, seat: str) -> set[str]:
    """The seats that a seat called in a turn, or that called it."""
    return {
        other if caller == seat else caller
        for (when, caller), decision in seen.decided.items()
        if when == turn and caller in seen.seats
        for other in decision.calls
        if seat in (caller, other)
    } & set(seen.seats)


def partners_of(exercise: Exercise, seat: str, seats: Sequence[str]) -> list[str]:
    """The other seats that a seat deals with: one supplies the other, lends to it or sends people.

    Parameters
    ----------
    exercise : Exercise
    seat : str
    seats : sequence of str
        Those that are taken.
    """
    world = exercise.tables.world
    inputs, outputs = world.inputs.organisation, world.outputs.organisation
    owner = np.full(len(exercise.tables.ids), -1)
    for place, name in enumerate(seats):
        owner[list(exercise.rows_of(name))] = place
    ties = (
        (outputs[world.supply.supplier], inputs[world.supply.customer]),
        (inputs[world.aid.donor], inputs[world.aid.partner]),
        (world.places.donor, world.places.partner),
        (world.referrals.origin, world.referrals.target),
    )
    mine, found = list(seats).index(seat), set()
    for one_end, other_end in ties:
        found |= set(owner[other_end[owner[one_end] == mine]].tolist())
        found |= set(owner[one_end[owner[other_end] == mine]].tolist())
    return [name for place, name in enumerate(seats) if place in found - {mine}]
