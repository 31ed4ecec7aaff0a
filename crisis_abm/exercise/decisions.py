"""What a seat decides for a turn, whether it can be, and what the engine is told because of it.

What the engine has a rule for is decided by that rule, with the seat's own levers: whom to serve
(agenda, parity), whether to order more than is needed (measures), whom to call (communication).
What it has none for is told organisation by organisation: so many units a tick, these
suppliers, these customers first, this part of what can be spared.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from crisis_abm.engine.instructions import Instructions
from crisis_abm.scenario.problems import NOTHING, Problem, nearest
from crisis_abm.scenario.schema.fields import Fraction, Key, Number, Section, Text
from crisis_abm.scenario.schema.policy import LeverSettings
from crisis_abm.tables import Tables
from crisis_abm.tables.layout import World

SERVED: dict[str, dict[str, float]] = {
    "rank": {"agenda": 0.0, "parity": 0.0},
    "orders": {"agenda": 0.0, "parity": 1.0},
    "need": {"agenda": 1.0, "parity": 1.0},
}
"""Whom to serve where there is not enough: levers by what is chosen."""

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


def tell(
    told: Instructions, tables: Tables, rows: Sequence[int], decision: Decision
) -> dict[int, Sequence[float]]:
    """Write what a seat decides into the columns of what organisations are told.

    Parameters
    ----------
    told : Instructions
        Is changed; `nothing_told` makes one.
    tables : Tables
    rows : sequence of int
        Of the seat's organisations.
    decision : Decision

    Returns
    -------
    dict of int to sequence of float
        By row of the input, units tick by tick of the turn, which come before those a tick.
    """
    world, exact = tables.world, dict[int, Sequence[float]]()
    if not decision.answers:
        return exact
    names, weights = _Names(tables), dict(order_weights(tables, rows))
    for row in rows:
        for h in _span(world.organisations.input_start, row):
            resource = tables.resources[int(world.inputs.resource[h])]
            if (rule := decision.orders.get(resource)) is not None:
                if rule.units is not None:
                    told.units[h] = rule.units * weights[row].get(resource, 0.0)
                told.need[h] = rule.need
                if rule.suppliers:
                    _tell_parts(told, world, h, rule.suppliers, names)
                if tables.ids[row] in rule.exact:
                    exact[h] = rule.exact[tables.ids[row]]
            if world.aid.start[h + 1] > world.aid.start[h]:
                told.lent[h] = decision.lend.get(resource, math.nan)
        for g in _span(world.organisations.output_start, row):
            first = decision.first.get(tables.resources[int(world.outputs.resource[g])])
            if first:
                told.ranked[g] = True
                for e in world.supply.by_supplier[_span(world.outputs.link_start, g)]:
                    customer = int(world.inputs.organisation[world.supply.customer[e]])
                    told.rank[e] = names.place(customer, first)
        if decision.places is not None:
            told.places[row] = decision.places
    return exact


def _tell_parts(
    told: Instructions, world: World, h: int, parts: Mapping[str, float], names: _Names
) -> None:
    told.named[h] = True
    known = list(parts)
    for e in _span(world.inputs.link_start, h):
        supplier = int(world.outputs.organisation[world.supply.supplier[e]])
        name = names.of(supplier, parts)
        if name is not None:
            told.name[e], told.part[e] = known.index(name), parts[name]


class _Names:
    """By which names organisations go: their ids, and their kinds where no id is the same."""

    def __init__(self, tables: Tables) -> None:
        self._tables, self._ids = tables, set(tables.ids)

    def of(self, row: int, names: Container[str]) -> str | None:
        """The name that means an organisation: its id, else its kind."""
        if self._tables.ids[row] in names:
            return self._tables.ids[row]
        kind = self._tables.kinds[int(self._tables.world.organisations.kind[row])]
        return kind if kind in names and kind not in self._ids else None

    def place(self, row: int, names: Sequence[str]) -> int:
        """The place of the first name that means an organisation; behind all if none does."""
        found = (k for k, name in enumerate(names) if self.of(row, [name]) is not None)
        return next(found, len(names))


def _span(start: np.ndarray, row: int) -> list[int]:
    return list(range(int(start[row]), int(start[row + 1])))


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
