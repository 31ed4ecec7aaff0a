"""What seats showed in a crisis as it was played: how far from each rule, tick by tick added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from crisis_abm.engine import State
from crisis_abm.exercise.decisions import Decision
from crisis_abm.exercise.exercise import Exercise
from crisis_abm.exercise.play import Move
from crisis_abm.tables import Tables

GRID = np.linspace(0.0, 1.0, 21)
"""Settings of a lever that are tried."""

TOLD_APART = 1e-4
"""Of what was done: two settings whose results differ by less look the same."""

Array = np.ndarray


@dataclass
class Curve:
    """How far what was done lies from what a rule would have done, by the setting of its levers.

    Attributes
    ----------
    distance : ndarray
        Shape (21,), for shipments (21, 21): agenda, then parity. Sum over all occasions, each a
        part of what was at stake in it.
    stake : float
        What was at stake in all: an occasion counts 1, loans by what could have been lent.
    occasions : int
        Organisations and ticks in which the setting made a difference.
    """

    distance: Array
    stake: float = 0.0
    occasions: int = 0

    @property
    def near(self) -> Array:
        """Which settings come as close to what was done as any: bool, as `distance`."""
        part = self.distance / self.stake
        return np.asarray(part <= part.min() + TOLD_APART)


def added(curves: Iterable[Curve]) -> Curve | None:
    """Several curves as one, each with the weight of what was at stake; None of none."""
    whole: Curve | None = None
    for curve in curves:
        whole = whole or Curve(np.zeros_like(curve.distance))
        whole.distance += curve.distance
        whole.stake += curve.stake
        whole.occasions += curve.occasions
    return whole


@dataclass
class Shipped:
    """How far shipments of scarce things lay from those by need and worth (agenda and parity 1).

    Attributes
    ----------
    gap : float
        Sum over scarce ticks: the part of what was shipped that would have gone to others.
    scarce : int
        Ticks and outputs in which not all orders could be filled, and it mattered by which rule.
    """

    gap: float = 0.0
    scarce: int = 0


@dataclass
class Lent:
    """What was lent, and what could have been.

    Attributes
    ----------
    lent, possible : float
        Stock and staff in ticks of the lender's ordinary use, people in ticks of its own work.
        Possible is what lay above what a lender keeps, at most what its partners lacked.
    """

    lent: float = 0.0
    possible: float = 0.0


@dataclass
class Books:
    """What was ordered, needed and lent, tick by tick.

    Attributes
    ----------
    tables : Tables or None
        Whose rows these are; None before the first tick.
    order, need, lent : dict of int to ndarray
        By tick: units by row of inputs, and by row of aid.
    """

    tables: Tables | None = None
    order: dict[int, Array] = field(default_factory=dict)
    need: dict[int, Array] = field(default_factory=dict)
    lent: dict[int, Array] = field(default_factory=dict)

    def note(self, tick: int, tables: Tables, state: State) -> None:
        """Add a tick, at its end."""
        self.tables = tables
        self.order[tick] = state.inputs.order.copy()
        self.need[tick] = state.inputs.need.copy()
        self.lent[tick] = state.aid_today.copy()


@dataclass
class Observed:
    """What seats did in the turns that were played.

    Attributes
    ----------
    exercise : Exercise
    seats : sequence of str
    decided : mapping of (int, str) to Decision
    turns : int
        So many were played.
    curves : dict of (int, str, str) to Curve
        By turn, seat and subject; only where there was an occasion.
    shipped : dict of (int, str) to Shipped
    lent : dict of (int, str) to Lent
    excess : dict of (int, str) to float
        Orders beyond need, in ticks of ordinary use: the outcome `excess_orders` of these turns.
    books : Books
    """

    exercise: Exercise
    seats: Sequence[str]
    decided: Mapping[Move, Decision]
    turns: int
    curves: dict[tuple[int, str, str], Curve] = field(default_factory=dict)
    shipped: dict[Move, Shipped] = field(default_factory=dict)
    lent: dict[Move, Lent] = field(default_factory=dict)
    excess: dict[Move, float] = field(default_factory=dict)
    books: Books = field(default_factory=Books)

    def add(self, move: Move, subject: str, distance: Array, stake: float, occasions: int) -> None:
        """Add what was seen on a tick."""
        curve = self.curves.setdefault((*move, subject), Curve(np.zeros_like(distance)))
        curve.distance += distance
        curve.stake += stake
        curve.occasions += occasions
