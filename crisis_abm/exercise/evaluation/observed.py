"""What seats did in a crisis as it was played, held against the engine's own rules tick by tick.

A lever says how a rule of the engine decides. So whatever somebody did can be set beside what that
rule would have done just then at every setting of the lever, all else as it was: the orders of
phase 5 (measures), the shipments of phase 6 (agenda and parity), the loans of phase 7
(reciprocity). What comes of it is a `Curve` a turn, seat and subject: how far what was done lies
from what the rule would have done, by setting. Nothing here asks what a decision said, only what
then was ordered, shipped and lent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from crisis_abm.engine import State, Status
from crisis_abm.engine.decisions import Watch
from crisis_abm.engine.phases import aid
from crisis_abm.engine.phases.ration import AGENDA, PARITY, ration
from crisis_abm.engine.state import SLACK
from crisis_abm.exercise.course import Branch, Course
from crisis_abm.exercise.decisions import Decision
from crisis_abm.exercise.evaluation.shadow import Shadow
from crisis_abm.exercise.exercise import Exercise
from crisis_abm.exercise.play import Move, play
from crisis_abm.exercise.schema import DECISIONS
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
    """

    exercise: Exercise
    seats: Sequence[str]
    decided: Mapping[Move, Decision]
    turns: int
    curves: dict[tuple[int, str, str], Curve] = field(default_factory=dict)
    shipped: dict[Move, Shipped] = field(default_factory=dict)
    lent: dict[Move, Lent] = field(default_factory=dict)

    def add(self, move: Move, subject: str, distance: Array, stake: float, occasions: int) -> None:
        """Add what was seen on a tick."""
        curve = self.curves.setdefault((*move, subject), Curve(np.zeros_like(distance)))
        curve.distance += distance
        curve.stake += stake
        curve.occasions += occasions


def closed(branch: Branch, turns: int) -> dict[Move, Decision]:
    """What was decided in the first turns of a branch."""
    return {move: decision for move, decision in branch.decided.items() if move[0] < turns}


def events_sent(exercise: Exercise, branch: Branch) -> list[dict[str, Any]]:
    """What the injects of a branch do, as events of the scenario."""
    return [
        event
        for sent in branch.sent
        if sent.takes_effect
        for event in exercise.events_of(sent.inject, sent.tick)
    ]


def observed(course: Course, branch: Branch | None = None) -> Observed:
    """Play the turns of a branch that are closed, and look at what its seats did.

    Parameters
    ----------
    course : Course
    branch : Branch, optional
        The one that is being played, unless said.
    """
    branch = branch or course.branch
    turns = min(max(branch.turn, 0), course.exercise.turns)
    events = events_sent(course.exercise, branch)
    return observe(course.exercise, course.seats, closed(branch, turns), events, turns)


def observe(
    exercise: Exercise,
    seats: Sequence[str],
    decided: Mapping[Move, Decision],
    sent: Sequence[Mapping[str, Any]] = (),
    turns: int | None = None,
) -> Observed:
    """Play some turns of an exercise, and look at what its seats did.

    Parameters
    ----------
    exercise : Exercise
    seats : sequence of str
        Those that are taken.
    decided : mapping of (int, str) to Decision
    sent : sequence of mapping
        What injects did, as events of the scenario.
    turns : int, optional
        How many; all of them, unless said.

    Raises
    ------
    ScenarioError
        If an event cannot be.
    """
    turns = exercise.turns if turns is None else turns
    seen = Observed(exercise, list(seats), decided, turns)
    if turns > 0:
        ticks = exercise.starts[turns]
        play(exercise, decided, sent, ticks, within=lambda *run: _Watcher(seen, *run).watch())
    return seen


class _Watcher:
    """Looks at a run within its ticks, and adds what it sees to what was observed."""

    def __init__(self, seen: Observed, tables: Tables, state: State) -> None:
        self.seen, self.tables, self.world = seen, tables, tables.world
        self.shadow = Shadow(tables.world, state)
        world = tables.world
        self.seats = {what: _deciding(seen, len(tables.ids), what) for what in DECISIONS}
        inputs, outputs, resources = world.inputs, world.outputs, world.resources
        self.buying = np.flatnonzero(
            (self.seats["order"][inputs.organisation] >= 0) & resources.storable[inputs.resource]
        )
        self.selling = np.flatnonzero(
            (self.seats["ration"][outputs.organisation] >= 0)
            & ~resources.by_contract[outputs.resource]
            & (np.diff(outputs.link_start) > 0)
        )
        lenders = self.seats["lend"][inputs.organisation] >= 0
        self.lending: list[int] = np.flatnonzero(np.diff(world.aid.start) > 0).tolist()
        self.taking: list[int] = np.flatnonzero(np.diff(world.places.start) > 0).tolist()
        self.has_lender = bool(lenders[self.lending].any())
        self.has_taker = bool((self.seats["places"][self.taking] >= 0).any())

    def watch(self) -> Watch:
        """What is looked at after which phase."""
        found: dict[str, Callable[[int, State], None]] = {}
        if len(self.buying):
            found["request"] = self.see_orders
        if len(self.selling):
            found["ration"] = self.see_shipments
        if self.has_taker:
            found |= {"ship": self.remember, "take_over": self.see_places}
        if self.has_lender:
            found |= {"workload": self.remember, "lend": self.see_loans}
        return found

    def remember(self, t: int, state: State) -> None:
        """Keep the state as it is before something is lent."""
        self.shadow.follow(state)

    def _move(self, t: int, seat: int) -> Move:
        turn = self.seen.exercise.turn_at(t)
        return (0 if turn is None else turn), self.seen.seats[seat]

    def see_orders(self, t: int, state: State) -> None:
        """Orders beside those of phase 5 at every setting of measures."""
        rows, now, h = self.world.inputs, state.inputs, self.buying
        i = rows.organisation[h]
        covered = rows.cover[h] * rows.use[h] * state.organisations.planned[i]
        fear = self.world.parameters.hoarding * (1.0 - now.supply_fill[h])
        wanted = covered[:, None] * (1.0 + fear[:, None] * (1.0 - GRID)) + rows.safety[h, None]
        ruled = np.maximum(0.0, wanted - (now.stock[h] + now.pipeline[h])[:, None])
        at_stake = ruled[:, 0] - ruled[:, -1]
        is_open = state.organisations.status[i] != Status.FAILED
        for seat in np.unique(self.seats["order"][i]):
            mine = is_open & (at_stake > TOLD_APART * covered) & (self.seats["order"][i] == seat)
            if mine.any():
                apart = np.abs(ruled[mine] - now.order[h[mine], None]) / covered[mine, None]
                count = int(mine.sum())
                self.seen.add(self._move(t, seat), "orders", apart.sum(axis=0), count, count)

    def see_shipments(self, t: int, state: State) -> None:
        """Shipments beside those of phase 6 at every setting of agenda and parity."""
        world, now, shadow = self.world, state.supply, self.shadow
        sellers = world.outputs.organisation[self.selling]
        stock, orders = state.outputs.stock[self.selling], state.outputs.orders[self.selling]
        is_open = state.organisations.status[sellers] != Status.FAILED
        scarce = self.selling[is_open & (stock > SLACK) & (orders > stock + SLACK)]
        if len(scarce) == 0:
            return
        shadow.follow(state)
        spans = [_span(world.outputs.link_start, g) for g in scarce]
        links = np.concatenate([world.supply.by_supplier[span] for span in spans])
        first = np.cumsum([0, *[span.stop - span.start for span in spans][:-1]])
        done, among = now.shipped[links], np.unique(world.outputs.organisation[scarce])
        whole = np.add.reduceat(done, first)
        apart = np.zeros((len(GRID), len(GRID), len(scarce)))
        differs = np.zeros(len(scarce))
        for row, agenda in enumerate(GRID):
            for column, parity in enumerate(GRID):
                shadow.levers[among, AGENDA], shadow.levers[among, PARITY] = agenda, parity
                ration(t, shadow.world, shadow.packed)
                ruled = shadow.state.supply.shipped[links]
                if row == column == 0:
                    lowest = ruled
                apart[row, column] = np.add.reduceat(np.abs(ruled - done), first)
                differs = np.maximum(differs, np.add.reduceat(np.abs(ruled - lowest), first))
        for k, g in enumerate(scarce):
            if whole[k] <= SLACK:
                continue
            move = self._move(t, int(self.seats["ration"][world.outputs.organisation[g]]))
            matters = differs[k] > TOLD_APART * whole[k]
            gap = float(apart[-1, -1, k] / whole[k]) / 2.0  # what one has more another has less
            if matters or gap > TOLD_APART:
                shipped = self.seen.shipped.setdefault(move, Shipped())
                shipped.scarce += 1
                shipped.gap += gap
            if matters:
                self.seen.add(move, "shipments", apart[:, :, k] / whole[k], 1.0, 1)

    def see_loans(self, t: int, state: State) -> None:
        """Stock and staff lent beside that of phase 7 at every setting of reciprocity."""
        world, shadow, rows = self.world, self.shadow, self.world.inputs
        aid.find_deficits(shadow.world, shadow.packed)
        now, given = shadow.state.inputs, state.aid_today
        for h in self.lending:
            ties = _span(world.aid.start, h)
            i = int(rows.organisation[h])
            seat = int(self.seats["lend"][i])
            unit = float(aid.ordinary_use(h, shadow.world))
            lacking = float(now.deficit[world.aid.partner[ties]].sum())
            if seat >= 0 and unit > 0.0 and lacking > SLACK:
                weights = [aid.weight(a, shadow.world, shadow.packed) for a in _rows(ties)]

                def surplus(h: int = h) -> float:
                    return float(aid.surplus(h, shadow.world, shadow.packed))

                lent = float(given[ties].sum())
                self._see(self._move(t, seat), i, surplus, lent, sum(weights), lacking, unit)
            for a in _rows(ties):
                if given[a] > 0.0:
                    aid.hand_over(a, float(given[a]), shadow.world, shadow.packed)

    def see_places(self, t: int, state: State) -> None:
        """People taken over beside those of phase 7 at every setting of reciprocity."""
        world, shadow = self.world, self.shadow
        aid.find_crowded(shadow.world, shadow.packed)
        now, taken = shadow.state.organisations, state.places_today
        for i in self.taking:
            ties = _span(world.places.start, i)
            seat = int(self.seats["places"][i])
            unit = float(world.organisations.nominal_workload[i])
            lacking = float(now.deficit[world.places.partner[ties]].sum())
            if seat >= 0 and unit > 0.0 and lacking > SLACK and now.status[i] != Status.FAILED:
                weights = [
                    aid.weight_of_people(a, shadow.world, shadow.packed) for a in _rows(ties)
                ]
                room = float(aid.free_places(i, shadow.packed))

                def surplus(i: int = i, room: float = room) -> float:
                    return float(shadow.levers[i, aid.RECIPROCITY]) * room

                gone = float(taken[ties].sum())
                self._see(self._move(t, seat), i, surplus, gone, sum(weights), lacking, unit)
            for a in _rows(ties):
                if taken[a] > 0.0:
                    aid.take_in(a, float(taken[a]), shadow.world, shadow.packed)

    def _see(
        self,
        move: Move,
        i: int,
        surplus: Callable[[], float],
        lent: float,
        weights: float,
        lacking: float,
        unit: float,
    ) -> None:
        """Hold what one lender lent on a tick against what it would have at every setting."""
        levers, ruled = self.shadow.levers, np.empty(len(GRID))
        for k, setting in enumerate(GRID):
            levers[i, aid.RECIPROCITY] = setting
            ruled[k] = min(surplus(), weights)
        spare = surplus()  # all that lies above what it keeps: the last setting is 1
        possible = min(spare, lacking)
        if possible <= SLACK:
            return
        record = self.seen.lent.setdefault(move, Lent())
        record.lent += min(lent, possible) / unit
        record.possible += possible / unit
        if np.ptp(ruled) > TOLD_APART * possible:
            self.seen.add(move, "loans", np.abs(ruled - lent) / unit, possible / unit, 1)


def _deciding(seen: Observed, organisations: int, what: str) -> Array:
    """Which seat may decide it for each organisation: its place among the seats, or -1."""
    found = np.full(organisations, -1, dtype=np.int64)
    for place, seat in enumerate(seen.seats):
        if what in seen.exercise.content.seats[seat].decides:
            found[list(seen.exercise.rows_of(seat))] = place
    return found


def _span(start: Array, row: int) -> slice:
    return slice(int(start[row]), int(start[row + 1]))


def _rows(span: slice) -> range:
    return range(span.start, span.stop)
