"""The same play with every organisation asked, tick by tick: written plainly, and slow."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

from crisis_abm import engine
from crisis_abm.engine import Detail, State
from crisis_abm.engine.decisions import PLACES, Decisions, advance
from crisis_abm.exercise.decisions import Decision, Order, order_weights
from crisis_abm.exercise.exercise import Exercise
from crisis_abm.exercise.play import Stage
from crisis_abm.tables import Tables

Units = Mapping[str, float]


def asked(exercise: Exercise, decided: dict, ticks: int, sent: Sequence[dict] = ()) -> State:
    """Play with the levers of `Stage`, and all else answered organisation by organisation."""
    stage = Stage(exercise, decided, sent)
    tables = stage.tables
    seat_of = {row: seat for _, seat in decided for row in exercise.rows_of(seat)}
    weights: dict[int, Mapping[str, float]] = {}
    for seat in {seat for _, seat in decided}:
        weights |= dict(order_weights(tables, exercise.rows_of(seat)))

    def holds(row: int, tick: int) -> tuple[Decision, int] | None:
        turn = exercise.turn_at(tick)
        if turn is None or (turn, seat_of[row]) not in decided:
            return None
        return decided[turn, seat_of[row]], exercise.starts[turn]

    answers = Answers(tables, holds, weights)
    who = Decisions(
        tables,
        request={row: answers.request(row) for row in seat_of},
        ration={row: answers.ration(row) for row in seat_of},
        lend={row: answers.lend(row) for row in seat_of},
        place={row: answers.place(row) for row in seat_of},
    )
    state = engine.start(tables.world, stage.levers(), stage.crisis, Detail.ORGANISATIONS)
    for tick in range(ticks):
        answers.tick = tick
        state = advance(tables.world, state, tick, tick + 1, who)
    return state


@dataclass
class Answers:
    """What the engine is answered for the organisations of all seats, tick by tick.

    Parameters
    ----------
    tables : Tables
    decided : callable
        Gives the decision that holds for an organisation's row at a tick and the turn's first tick,
        or None.
    weights : mapping of int to float
        By row: its part in what its seat orders.
    """

    tables: Tables
    decided: Callable[[int, int], tuple[Decision, int] | None]
    weights: Mapping[int, Mapping[str, float]]
    tick: int = 0

    def __post_init__(self) -> None:
        self._rows = {identity: row for row, identity in enumerate(self.tables.ids)}

    def request(self, row: int) -> Callable[[str, float, float], float]:
        """What this organisation answers when it is asked how much to order."""

        def ask(resource: str, order: float, need: float) -> float:
            rule, first = self._order(row, resource)
            if rule is None:
                return order
            exact = rule.exact.get(self.tables.ids[row])
            if exact is not None and self.tick - first < len(exact):
                return exact[self.tick - first]
            if rule.units is not None:
                return rule.units * self.weights[row].get(resource, 0.0)
            return need if rule.need else order

        return ask

    def place(self, row: int) -> Callable[[str, float, Units], Units]:
        """What it answers when it is asked from whom to order."""

        def ask(resource: str, order: float, parts: Units) -> Units:
            rule, _ = self._order(row, resource)
            if rule is None or not rule.suppliers:
                return parts
            claims = {other: self._named(other, rule.suppliers) for other in parts}
            # a kind's part goes to those of it as the rule has them
            whole: dict[str, float] = {}
            for other, name in claims.items():
                if name is not None:
                    whole[name] = whole.get(name, 0.0) + parts[other]
            total = sum(rule.suppliers[name] for name in whole)
            if total <= 0.0:
                return parts
            count = {name: sum(1 for one in claims.values() if one == name) for name in whole}
            found = {}
            for other, name in claims.items():
                if name is None:
                    continue
                within = parts[other] / whole[name] if whole[name] > 0.0 else 1.0 / count[name]
                found[other] = order * rule.suppliers[name] / total * within
            return found

        return ask

    def ration(self, row: int) -> Callable[[str, float, Units, Units], Units]:
        """What it answers when it is asked whom to ship to."""

        def ask(resource: str, available: float, orders: Units, shipments: Units) -> Units:
            found = self.decided(row, self.tick)
            first = found[0].first.get(resource) if found is not None else None
            if not first:
                return shipments
            groups: list[list[str]] = []
            left = dict(orders)
            for name in first:
                groups.append([one for one in left if self._named(one, [name]) is not None])
                for one in groups[-1]:
                    del left[one]
            groups.append(list(left))
            rest, given = available, dict.fromkeys(orders, 0.0)
            for group in groups:
                asked = sum(orders[one] for one in group)
                part = min(1.0, rest / asked) if asked > 0.0 else 0.0
                for one in group:
                    given[one] = orders[one] * part
                rest = max(0.0, rest - asked)
            return given

        return ask

    def lend(self, row: int) -> Callable[[str, float, Units, Units], Units]:
        """What it answers when it is asked what to lend."""

        def ask(resource: str, surplus: float, deficits: Units, gifts: Units) -> Units:
            found = self.decided(row, self.tick)
            if found is None:
                return gifts
            decision = found[0]
            part = decision.places if resource == PLACES else decision.lend.get(resource)
            if part is None:
                return gifts
            lacking = sum(deficits.values())
            share = min(part * surplus, lacking) / lacking if lacking > 0.0 else 0.0
            return {one: lack * share for one, lack in deficits.items()}

        return ask

    def _order(self, row: int, resource: str) -> tuple[Order | None, int]:
        found = self.decided(row, self.tick)
        return (None, 0) if found is None else (found[0].orders.get(resource), found[1])

    def _named(self, identity: str, names: Container[str]) -> str | None:
        """The name that means an organisation: its id, else its kind."""
        if identity in names:
            return identity
        kind = self._kind(identity)
        return kind if kind in names and kind not in self._rows else None

    def _kind(self, identity: str) -> str:
        row = self._rows[identity]
        return self.tables.kinds[int(self.tables.world.organisations.kind[row])]
