"""Looks at a crisis within its ticks, and holds what seats did against the rules of the phases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from crisis_abm.engine import State, Status
from crisis_abm.engine.decisions import Watch
from crisis_abm.engine.phases import aid
from crisis_abm.engine.phases.ration import AGENDA, PARITY, ration
from crisis_abm.engine.state import SLACK
from crisis_abm.exercise.evaluation.shadow import Shadow
from crisis_abm.exercise.evaluation.shown import GRID, TOLD_APART, Lent, Observed, Shipped
from crisis_abm.exercise.play import Move
from crisis_abm.exercise.schema import DECISIONS
from crisis_abm.tables import Tables

Array = np.ndarray


class Lender(NamedTuple):
    """Who may lend something, or take people over."""

    row: int  # of its inputs; of people its own
    organisation: int
    seat: int  # that decides for it, or -1
    unit: float  # an ordinary tick of it
    ties: list[int]  # rows of aid or places
    partners: Array  # rows of inputs or organisations


class Watcher:
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
        nominal = world.organisations.nominal_workload
        self.ordinary = inputs.use * nominal[inputs.organisation]
        seat_of_inputs = self.seats["order"][inputs.organisation]
        self.ordering = np.flatnonzero((seat_of_inputs >= 0) & (self.ordinary > 0.0))
        self.seat_ordering = seat_of_inputs[self.ordering]
        self.lenders = list(
            _lenders(
                world.aid.start,
                world.aid.partner,
                inputs.organisation,
                self.seats["lend"],
                self.ordinary,
            )
        )
        self.takers = list(
            _lenders(
                world.places.start,
                world.places.partner,
                np.arange(len(nominal)),
                self.seats["places"],
                nominal,
            )
        )

    def watch(self) -> Watch:
        """What is looked at after which phase."""
        found: dict[str, Callable[[int, State], None]] = {}
        if len(self.buying):
            found["request"] = self.see_orders
        if len(self.selling):
            found["ration"] = self.see_shipments
        if any(taker.seat >= 0 for taker in self.takers):
            found |= {"ship": self.remember, "take_over": self.see_places}
        if any(lender.seat >= 0 for lender in self.lenders):
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
        self._see_excess(t, state)
        for seat in np.unique(self.seats["order"][i]):
            mine = is_open & (at_stake > TOLD_APART * covered) & (self.seats["order"][i] == seat)
            if mine.any():
                apart = np.abs(ruled[mine] - now.order[h[mine], None]) / covered[mine, None]
                count = int(mine.sum())
                self.seen.add(self._move(t, seat), "orders", apart.sum(axis=0), count, count)

    def _see_excess(self, t: int, state: State) -> None:
        """Orders beyond need, as phase 11 books them."""
        h, now = self.ordering, state.inputs
        beyond = (now.order[h] - now.need[h]) / self.ordinary[h]
        for seat, total in enumerate(np.bincount(self.seat_ordering, beyond).tolist()):
            if total != 0.0:
                move = self._move(t, seat)
                self.seen.excess[move] = self.seen.excess.get(move, 0.0) + total

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
        shadow, given = self.shadow, state.aid_today
        aid.find_deficits(shadow.world, shadow.packed)
        deficit = shadow.state.inputs.deficit
        for lender in self.lenders:

            def surplus(setting: float, lender: Lender = lender) -> float:
                shadow.levers[lender.organisation, aid.RECIPROCITY] = setting
                return float(aid.surplus(lender.row, shadow.world, shadow.packed))

            self._see(t, lender, surplus, aid.weight, given, deficit)
            for a in lender.ties:
                if given[a] > 0.0:
                    aid.hand_over(a, float(given[a]), shadow.world, shadow.packed)

    def see_places(self, t: int, state: State) -> None:
        """People taken over beside those of phase 7 at every setting of reciprocity."""
        shadow, taken = self.shadow, state.places_today
        aid.find_crowded(shadow.world, shadow.packed)
        now = shadow.state.organisations
        for taker in self.takers:
            is_open = now.status[taker.organisation] != Status.FAILED
            room = float(aid.free_places(taker.row, shadow.packed)) if is_open else 0.0

            def surplus(setting: float, room: float = room) -> float:
                return setting * room

            self._see(t, taker, surplus, aid.weight_of_people, taken, now.deficit)
            for a in taker.ties:
                if taken[a] > 0.0:
                    aid.take_in(a, float(taken[a]), shadow.world, shadow.packed)

    def _see(
        self,
        t: int,
        lender: Lender,
        surplus: Callable[[float], float],
        weight: Callable[[int, Any, Any], float],
        given: Array,
        deficit: Array,
    ) -> None:
        """Hold what one lender lent on a tick against what it would have at every setting."""
        if lender.seat < 0 or lender.unit <= 0.0:
            return
        lacking = float(deficit[lender.partners].sum())
        possible = min(surplus(1.0), lacking) if lacking > SLACK else 0.0
        if possible <= SLACK:
            return
        lent = float(given[lender.ties].sum())
        move = self._move(t, lender.seat)
        record = self.seen.lent.setdefault(move, Lent())
        record.lent += min(lent, possible) / lender.unit
        record.possible += possible / lender.unit
        wanted = sum(weight(a, self.shadow.world, self.shadow.packed) for a in lender.ties)
        ruled = np.array([min(surplus(setting), wanted) for setting in GRID.tolist()])
        if ruled.max() - ruled.min() > TOLD_APART * possible:
            apart, stake = np.abs(ruled - lent) / lender.unit, possible / lender.unit
            self.seen.add(move, "loans", apart, stake, 1)


def _deciding(seen: Observed, organisations: int, what: str) -> Array:
    """Which seat may decide it for each organisation: its place among the seats, or -1."""
    found = np.full(organisations, -1, dtype=np.int64)
    for place, seat in enumerate(seen.seats):
        if what in seen.exercise.content.seats[seat].decides:
            found[list(seen.exercise.rows_of(seat))] = place
    return found


def _lenders(
    start: Array, partner: Array, organisation: Array, seat_of: Array, unit: Array
) -> Iterator[Lender]:
    """All with somebody to lend to, in row order: as the engine has them lend."""
    for row in np.flatnonzero(np.diff(start) > 0).tolist():
        ties, i = _span(start, row), int(organisation[row])
        unit_, seat = float(unit[row]), int(seat_of[i])
        yield Lender(row, i, seat, unit_, list(range(ties.start, ties.stop)), partner[ties])


def _span(start: Array, row: int) -> slice:
    return slice(int(start[row]), int(start[row + 1]))
