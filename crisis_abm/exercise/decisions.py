"""What a seat decides for a turn, whether it can be, and what the engine is answered because of it.

What the engine has a rule for is decided by that rule, with the seat's own levers: whom to serve
(agenda, parity), whether to order more than is needed (measures), whom to call (communication).
What it has none for is answered organisation by organisation: so many units a tick, these
suppliers, these customers first, this part of what can be spared.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from crisis_abm.engine.decisions import PLACES
from crisis_abm.scenario.problems import NOTHING, Problem, nearest
from crisis_abm.scenario.schema.fields import Fraction, Key, Number, Section, Text
from crisis_abm.scenario.schema.policy import LeverSettings
from crisis_abm.tables import Tables

SERVED: dict[str, dict[str, float]] = {
    "rank": {"agenda": 0.0, "parity": 0.0},
    "orders": {"agenda": 0.0, "parity": 1.0},
    "need": {"agenda": 1.0, "parity": 1.0},
}
"""Whom to serve where there is not enough: levers by what is chosen."""

Units = Mapping[str, float]
ROUNDING = 1e-6  # of parts that sum to 1


class Order(Section):
    """What is ordered of one resource; as the standing policy has it, where nothing is said."""

    units: Number | None = None
    """Units a tick, all organisations of the seat together."""
    need: bool = False
    """Just what is needed, however short supplies are."""
    suppliers: dict[Key, Fraction] = {}
    """Parts by supplier, its id or kind, that sum to 1; those not named get nothing."""
    exact: dict[Key, list[Number]] = {}
    """Units by organisation and tick of the turn, before all else."""


class Decision(Section):
    """What one seat decides for one turn; nothing of it leaves everything to standing policy."""

    orders: dict[Key, Order] = {}
    """By resource."""
    serve: Literal["", "rank", "orders", "need"] = ""
    """Whom to serve where there is not enough: by standing, by order or by need and worth."""
    first: dict[Key, list[Key]] = {}
    """By resource: customers, ids or kinds, that are served before the others, in this order."""
    lend: dict[Key, Fraction] = {}
    """By resource: the part of what is beyond own reserve that is lent to partners who lack it."""
    places: Fraction | None = None
    """The part of free places that is given to people of partners."""
    calls: list[Key] = []
    """Seats that are called: all who call or are called know of each other what there is."""
    say: Annotated[Text, Field(max_length=500)] = ""
    """What the seats that are called are told."""
    levers: LeverSettings = LeverSettings()
    """Levers of its organisations, where they are set outright."""
    reason: Annotated[Text, Field(max_length=2_000)] = ""
    """Why, in its own words."""

    @property
    def answers(self) -> bool:
        """Whether it says something that no lever says."""
        return bool(self.orders or self.first or self.lend or self.places is not None)

    @property
    def is_standing(self) -> bool:
        """Whether it leaves everything to standing policy."""
        return self.model_copy(update={"reason": "", "say": ""}) == Decision()


def levers_of(decision: Decision, is_called: bool) -> dict[str, float]:
    """The levers that a decision sets.

    Parameters
    ----------
    decision : Decision
    is_called : bool
        Whether another seat calls this one.
    """
    found = dict(SERVED.get(decision.serve, {}))
    if decision.calls or is_called:
        found["communication"] = 1.0
    return found | decision.levers.settings()


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

    def __post_init__(self) -> None:
        self._rows = {identity: row for row, identity in enumerate(self.tables.ids)}


def order_weights(tables: Tables, rows: Sequence[int]) -> Iterator[tuple[int, dict[str, float]]]:
    """How what a seat orders is split over its organisations: by what they use on ordinary days."""
    world = tables.world
    use: dict[str, dict[int, float]] = {}
    for row in rows:
        first, last = (int(world.organisations.input_start[row + k]) for k in (0, 1))
        for h in range(first, last):
            name = tables.resources[int(world.inputs.resource[h])]
            ordinary = float(world.inputs.use[h] * world.organisations.nominal_workload[row])
            use.setdefault(name, {})[row] = ordinary
    for row in rows:
        found = {}
        for name, by_row in use.items():
            if row in by_row:
                total = float(np.sum(list(by_row.values())))
                found[name] = by_row[row] / total if total > 0.0 else 1.0 / len(by_row)
        yield row, found


FIELDS = {
    "order": "orders",
    "ration": "serve",
    "lend": "lend",
    "places": "places",
    "call": "calls",
}
"""The field of a `Decision`, by what is decided in it."""


def faults_of_decision(
    tables: Tables,
    rows: Sequence[int],
    decision: Decision,
    allowed: Mapping[str, bool],
    others: Sequence[str],
) -> list[Problem]:
    """What of a decision cannot be, each at its field; nothing if all can.

    Parameters
    ----------
    tables : Tables
    rows : sequence of int
        Of the organisations that are decided for.
    decision : Decision
    allowed : mapping of str to bool
        By what may be decided (`schema.DECISIONS`): whether it may here and now.
    others : sequence of str
        Seats that can be called.
    """
    return list(Reach(tables, rows).faults(decision, allowed, others))


class Reach:
    """Whom the organisations of a seat have to do with, by resource: ids and kinds.

    Parameters
    ----------
    tables : Tables
    rows : sequence of int
        Of the organisations.

    Attributes
    ----------
    ids : list of str
        Their own.
    needs : set of str
        What they use.
    suppliers, customers, partners : dict of str to set of str
        By resource: who supplies them, whom they supply, whom they may lend to.
    takes_over : bool
        Whether they may take over people of others.
    """

    def __init__(self, tables: Tables, rows: Sequence[int]) -> None:
        world, self.tables = tables.world, tables
        here = np.zeros(len(tables.ids), dtype=bool)
        here[list(rows)] = True
        self.ids = [tables.ids[row] for row in rows]
        inputs, outputs, supply, aid = world.inputs, world.outputs, world.supply, world.aid
        self.needs = {tables.resources[r] for r in inputs.resource[here[inputs.organisation]]}
        buyer, seller = inputs.organisation[supply.customer], outputs.organisation[supply.supplier]
        bought, lent = inputs.resource[supply.customer], inputs.resource[aid.donor]
        self.suppliers = self._ends(bought, seller, here[buyer])
        self.customers = self._ends(bought, buyer, here[seller])
        donor, partner = inputs.organisation[aid.donor], inputs.organisation[aid.partner]
        self.partners = self._ends(lent, partner, here[donor])
        self.takes_over = bool(here[world.places.donor].any())

    def _ends(self, resource: Any, ends: Any, mine: Any) -> dict[str, set[str]]:
        kind = self.tables.world.organisations.kind
        found: dict[str, set[str]] = {}
        for r, row in set(zip(resource[mine].tolist(), ends[mine].tolist(), strict=True)):
            names = {self.tables.ids[row], self.tables.kinds[int(kind[row])]}
            found.setdefault(self.tables.resources[r], set()).update(names)
        return found

    def faults(
        self, decision: Decision, allowed: Mapping[str, bool], others: Sequence[str]
    ) -> Iterator[Problem]:
        """As `faults_of_decision`."""
        said = {
            "order": bool(decision.orders),
            "ration": bool(decision.serve or decision.first),
            "lend": bool(decision.lend),
            "places": decision.places is not None,
            "call": bool(decision.calls),
        }
        for what, is_said in said.items():
            if is_said and not allowed.get(what, False):
                yield _wrong(FIELDS[what], NOTHING, "is not this seat's to decide in this turn")
        for resource, order in decision.orders.items():
            yield from self._order(f"orders.{resource}", resource, order)
        if decision.serve and not self.customers:
            yield _wrong("serve", decision.serve, "means nothing: it supplies nobody")
        for resource, names in decision.first.items():
            known = self.customers.get(resource, set())
            if not known:
                yield _wrong(
                    f"first.{resource}", NOTHING, "is not what it supplies", self.customers
                )
                continue
            for row, name in enumerate(names):
                if name not in known:
                    yield _wrong(f"first.{resource}[{row}]", name, "orders none of it here", known)
        for resource in decision.lend:
            if resource not in self.partners:
                message = "is not lent between it and anybody"
                yield _wrong(f"lend.{resource}", NOTHING, message, self.partners)
        if decision.places is not None and not self.takes_over:
            yield _wrong("places", decision.places, "means nothing: it takes over nobody's people")
        for row, name in enumerate(decision.calls):
            if name not in others:
                yield _wrong(f"calls[{row}]", name, "is no seat that can be called", others)

    def _order(self, place: str, resource: str, order: Order) -> Iterator[Problem]:
        if resource not in self.needs:
            yield _wrong(place, NOTHING, "is not what it needs", self.needs)
            return
        if order.units is not None and order.need:
            yield _wrong(f"{place}.need", True, "is said beside units; keep one of them")
        known = self.suppliers.get(resource, set())
        for name in order.suppliers:
            if name not in known:
                message = "supplies it with none of it"
                yield _wrong(f"{place}.suppliers.{name}", NOTHING, message, known)
        total = sum(order.suppliers.values())
        if order.suppliers and abs(total - 1.0) > ROUNDING:
            message = "is what the parts of suppliers sum to; they sum to 1"
            yield _wrong(f"{place}.suppliers", total, message)
        for name in order.exact:
            if name not in self.ids:
                yield _wrong(f"{place}.exact.{name}", NOTHING, "is not this seat's", self.ids)


def _wrong(place: str, value: Any, message: str, known: Iterable[str] = ()) -> Problem:
    names, meant = list(known), place.rpartition(".")[2] if value is NOTHING else str(value)
    return Problem("your decision", place, value, message, nearest(meant, names) if names else "")
