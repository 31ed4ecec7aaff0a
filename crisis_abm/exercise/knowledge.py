"""What a seat knows: all of its own, of partners what talking has told it, with its age.

What is known of a partner follows the truth as a customer's belief about its suppliers does in the
engine: every tick it moves by how well the two know each other (`communicate.reach`), so that what
is known is some ticks old on average; where nobody ever talked, nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crisis_abm.engine import State, Status
from crisis_abm.engine.phases.communicate import COMMUNICATION
from crisis_abm.engine.state import SLACK
from crisis_abm.exercise.exercise import Exercise
from crisis_abm.tables import Tables

LEAST_KNOWN = 0.05  # of a figure: below it nothing worth telling is known
LOW = 2.0  # ticks that stock lasts: below it an organisation has little


@dataclass(frozen=True)
class Holding:
    """What a seat holds of something that it uses, all its organisations together.

    Attributes
    ----------
    resource : str
    storable : bool
        Otherwise it is used the tick it arrives.
    stock, used : float
        Units; used a tick, as planned now.
    ordered, coming : float
        Units ordered yesterday, and under way.
    filled : float
        The part of what it ordered of late that was shipped, 0 to 1.
    low, organisations : int
        How many of those who hold it have less than for two ticks, and how many hold it.
    """

    resource: str
    storable: bool
    stock: float
    used: float
    ordered: float
    coming: float
    filled: float
    low: int
    organisations: int

    @property
    def lasts(self) -> float:
        """Ticks that it lasts; infinite if nothing is used."""
        return self.stock / self.used if self.used > SLACK else float("inf")


@dataclass(frozen=True)
class Supplied:
    """What a seat supplies.

    Attributes
    ----------
    resource : str
    stock : float
        Units that can be shipped.
    asked : dict of str to float
        Units that were ordered yesterday, by partner.
    shipped : dict of str to float
        Units that were shipped on that, by partner.
    """

    resource: str
    stock: float
    asked: dict[str, float]
    shipped: dict[str, float]


@dataclass(frozen=True)
class Sight:
    """What is known of a partner.

    Attributes
    ----------
    partner : str
        A seat, or a kind that has none.
    ties : tuple of str
        What they have to do with each other: ``"supplies ppe"``, ``"lends ppe"``, ….
    figures : dict of str to float
        Ticks that a stock lasts, by resource, and ``"served"``, the part of work that is served;
        empty where nothing is known.
    age : float or None
        Ticks that this is old, on average; None where nothing is known.
    """

    partner: str
    ties: tuple[str, ...]
    figures: dict[str, float]
    age: float | None


@dataclass(frozen=True)
class Outcome:
    """What came of some ticks at a seat.

    Attributes
    ----------
    harm, unserved : float
        In the scenario's unit of harm; units of service times ticks.
    served : float
        The part of work that was served, 0 to 1.
    statuses : dict of str to int
        How many organisations stand how at the end.
    """

    harm: float
    unserved: float
    served: float
    statuses: dict[str, int]


class Knowledge:
    """What every seat knows of its partners as a crisis goes on: watches a play.

    Parameters
    ----------
    exercise : Exercise
    seats : iterable of str
        Those that are taken.
    """

    def __init__(self, exercise: Exercise, seats: Iterable[str]) -> None:
        tables = exercise.tables
        self.exercise = exercise
        self.rows = {seat: np.array(exercise.rows_of(seat), dtype=int) for seat in seats}
        self.partners = {**self.rows, **_without_seat(tables, self.rows)}
        self._group = np.zeros(len(tables.ids), dtype=int)
        names = list(self.partners)
        for number, rows in enumerate(self.partners.values()):
            self._group[rows] = number
        self._ties: dict[tuple[str, str], tuple[np.ndarray, dict[str, None]]] = {}
        for what, one, other in _ties(tables):
            for pair in np.unique(np.stack([self._group[one], self._group[other]]), axis=1).T:
                seat, partner = (names[k] for k in pair)
                if seat == partner or seat not in self.rows:
                    continue
                mine = (self._group[one] == pair[0]) & (self._group[other] == pair[1])
                pairs, said = self._ties.get((seat, partner), (np.zeros((2, 0), dtype=int), {}))
                pairs = np.hstack([pairs, np.stack([one[mine], other[mine]])])
                self._ties[seat, partner] = pairs, said | {what: None}
        self._known: dict[tuple[str, str], dict[str, float]] = {pair: {} for pair in self._ties}
        self._weight = dict.fromkeys(self._ties, 0.0)
        self._age = dict.fromkeys(self._ties, 0.0)
        self._at: Tables | None = None
        self._columns: dict[str, _Columns] = {}

    def __call__(self, tick: int, tables: Tables, state: State) -> None:
        """Take in the end of a tick."""
        if self._at is not tables:
            self._at = tables
            self._columns = {
                name: _Columns.of(tables, rows) for name, rows in self.partners.items()
            }
        truth = {name: columns.figures(state) for name, columns in self._columns.items()}
        levers = state.organisations.levers[:, COMMUNICATION]
        coordinated = state.organisations.coordinated
        talks = {name: bool(levers[rows].any()) for name, rows in self.partners.items()}
        for pair, ((one, other), _) in self._ties.items():
            c = 0.0
            if talks[pair[0]] and talks[pair[1]]:
                both = levers[one] * levers[other]
                c = float(np.mean(both * np.minimum(coordinated[one], coordinated[other])))
            weight = self._weight[pair] = 1.0 - (1.0 - self._weight[pair]) * (1.0 - c)
            part = min(1.0, c / weight) if c > 0.0 else 0.0
            self._age[pair] = (1.0 - part) * (self._age[pair] + 1.0)
            known = self._known[pair]
            for name, value in truth[pair[1]].items() if part > 0.0 else ():
                before = known.get(name, value)
                known[name] = before + (value - before) * part

    def pairs(self) -> list[tuple[str, str]]:
        """Seats, each with a partner that it has to do with."""
        return list(self._ties)

    def sights(
        self, tables: Tables, state: State, seat: str, told: Iterable[str] = ()
    ) -> list[Sight]:
        """What a seat knows of each of its partners.

        Parameters
        ----------
        tables, state
            Where the crisis stands.
        seat : str
        told : iterable of str
            Seats that it talks with now: their figures are today's.
        """
        told = set(told)
        found = []
        for (mine, partner), (_, ties) in self._ties.items():
            if mine != seat:
                continue
            if partner in told:
                now = figures(tables, state, self.partners[partner])
                found.append(Sight(partner, tuple(ties), now, 0.0))
            elif self._weight[mine, partner] < LEAST_KNOWN:
                found.append(Sight(partner, tuple(ties), {}, None))
            else:
                known, age = dict(self._known[mine, partner]), self._age[mine, partner]
                found.append(Sight(partner, tuple(ties), known, age))
        return found

    def supplied(self, tables: Tables, state: State, seat: str) -> list[Supplied]:
        """What a seat supplies, and what its partners asked for."""
        world, names = tables.world, list(self.partners)
        supply = world.supply
        sums: dict[str, tuple[dict[str, float], dict[str, float]]] = {}
        seller = world.outputs.organisation[supply.supplier]
        mine = np.isin(seller, self.rows[seat])
        buyer = self._group[world.inputs.organisation[supply.customer]]
        for e in np.flatnonzero(mine):
            resource = tables.resources[int(world.inputs.resource[supply.customer[e]])]
            asked, shipped = sums.setdefault(resource, ({}, {}))
            partner = names[int(buyer[e])]
            for table, units in ((asked, state.supply.order), (shipped, state.supply.shipped)):
                table[partner] = table.get(partner, 0.0) + float(units[e])
        here = np.isin(world.outputs.organisation, self.rows[seat])
        found = []
        for resource, (asked, shipped) in sums.items():
            of_it = here & (world.outputs.resource == tables.resources.index(resource))
            found.append(
                Supplied(resource, float(state.outputs.stock[of_it].sum()), asked, shipped)
            )
        return found


def held(tables: Tables, state: State, rows: Sequence[int]) -> list[Holding]:
    """What organisations hold of what they use, by resource, in the order of the tables."""
    world, now = tables.world, state.inputs
    inputs = world.inputs
    mine = np.isin(inputs.organisation, rows)
    found = []
    for r, resource in enumerate(tables.resources):
        here = mine & (inputs.resource == r)
        if not here.any():
            continue
        used = inputs.use[here] * state.organisations.planned[inputs.organisation[here]]
        stock, ordered = now.stock[here], now.order[here]
        weights = used if used.sum() > SLACK else np.ones(len(used))
        found.append(
            Holding(
                resource,
                bool(world.resources.storable[r]),
                float(stock.sum()),
                float(used.sum()),
                float(ordered.sum()),
                float(now.pipeline[here].sum()),
                float(np.average(now.supply_fill[here], weights=weights)),
                int((stock < LOW * used - SLACK).sum()),
                int(here.sum()),
            )
        )
    return found


def figures(tables: Tables, state: State, rows: Sequence[int] | np.ndarray) -> dict[str, float]:
    """The true figures of some organisations, as they would tell them on the telephone.

    Ticks that their stock lasts by resource, of what they use and what they supply, and
    ``"served"``: the part of their work that they serve.
    """
    return _Columns.of(tables, rows).figures(state)


@dataclass(frozen=True)
class _Columns:
    """Where in the columns the figures of some organisations stand; the same at every tick."""

    rows: Sequence[int] | np.ndarray
    uses: list[tuple[str, np.ndarray, np.ndarray, np.ndarray]]  # inputs, their use, whose they are
    supplies: list[tuple[str, np.ndarray]]  # outputs

    @classmethod
    def of(cls, tables: Tables, rows: Sequence[int] | np.ndarray) -> _Columns:
        world = tables.world
        inputs, outputs = world.inputs, world.outputs
        uses, supplies = [], []
        mine, made = (np.isin(one.organisation, rows) for one in (inputs, outputs))
        for r in np.flatnonzero(world.resources.storable):
            here = np.flatnonzero(mine & (inputs.resource == r))
            if len(here):
                owner = inputs.organisation[here]
                uses.append((tables.resources[int(r)], here, inputs.use[here], owner))
            here = np.flatnonzero(made & (outputs.resource == r))
            if len(here):
                supplies.append((tables.resources[int(r)], here))
        return cls(rows, uses, supplies)

    def figures(self, state: State) -> dict[str, float]:
        """What `figures` tells."""
        told: dict[str, float] = {}
        planned = state.organisations.planned
        for name, here, use, owner in self.uses:
            used = float((use * planned[owner]).sum())
            if used > SLACK:
                told[name] = float(state.inputs.stock[here].sum()) / used
        for name, here in self.supplies:
            orders = float(state.outputs.orders[here].sum())
            if orders > SLACK:
                told[name] = float(state.outputs.stock[here].sum()) / orders
        work = state.organisations.workload[self.rows]
        total = float(work.sum())
        service = float(state.organisations.service[self.rows].sum())
        return told | {"served": service / total if total > SLACK else 1.0}


def outcome(tables: Tables, state: State, rows: Sequence[int], first: int, end: int) -> Outcome:
    """What came of the ticks from `first` up to but not including `end`."""
    record, rows = state.record, list(rows)
    work = float(record.workload[first:end, rows].sum())
    service = float(record.service[first:end, rows].sum())
    stands = record.status[end - 1, rows] if end > first else state.organisations.status[rows]
    count = {one.name.lower(): int((stands == one).sum()) for one in Status}
    served = service / work if work > SLACK else 1.0
    return Outcome(float(record.tick_harm[first:end, rows].sum()), work - service, served, count)


def _without_seat(tables: Tables, seats: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Rows of organisations that have no seat, by kind."""
    taken = np.zeros(len(tables.ids), dtype=bool)
    for rows in seats.values():
        taken[rows] = True
    kind = tables.world.organisations.kind
    found = {name: np.flatnonzero((kind == k) & ~taken) for k, name in enumerate(tables.kinds)}
    return {f"kind:{name}": rows for name, rows in found.items() if len(rows)}


def _ties(tables: Tables) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """All ties by what they are, from one's view, with the rows of both ends."""
    world = tables.world
    inputs, supply, aid = world.inputs, world.supply, world.aid
    found = []
    buyer = inputs.organisation[supply.customer]
    seller = world.outputs.organisation[supply.supplier]
    moved = inputs.resource[supply.customer]
    for r, name in enumerate(tables.resources):
        of_it = moved == r
        if of_it.any():
            found += [
                (f"supplies you with {name}", buyer[of_it], seller[of_it]),
                (f"orders {name} from you", seller[of_it], buyer[of_it]),
            ]
        lent = inputs.resource[aid.donor] == r
        if lent.any():
            donor, partner = inputs.organisation[aid.donor], inputs.organisation[aid.partner]
            found.append((f"may lend you {name}, and you them", donor[lent], partner[lent]))
    places, moves = world.places, world.referrals
    if len(places.donor):
        found.append(("may take over people, and you theirs", places.donor, places.partner))
    if len(moves.origin):
        found += [
            ("takes those whom you discharge", moves.origin, moves.target),
            ("discharges people to you", moves.target, moves.origin),
        ]
    return found
