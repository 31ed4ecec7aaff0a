"""Organisations that decide for themselves: the same tick, with their answers in three phases.

The phases run compiled as ever, then the organisations that decide for themselves are
asked what they order (request) and from whom (place), whom they ship to (ration) and what they lend
(lend), in row order; each answer is checked before it counts. An answer equal to what the rule
proposed changes nothing, to the last bit. `tick` stays the only list of phases: it is run as plain
Python in which these names (and `take_over`, by which places are lent) mean the methods below.
Whoever wants to see what happens within a tick is shown the state after phases that it names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import FunctionType, MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from crisis_abm.compiled import passed_by_reference
from crisis_abm.engine.phases import aid
from crisis_abm.engine.phases.orders import cut, place, request
from crisis_abm.engine.phases.ration import ration
from crisis_abm.engine.phases.record import room_needed
from crisis_abm.engine.run import with_more_room
from crisis_abm.engine.state import SLACK, State, Status
from crisis_abm.engine.tick import tick
from crisis_abm.tables.layout import Tables, World

PLACES = "places"  # what stands for the resource where people are taken over
LARGEST = 1e15  # units: above it float64 no longer tells single ones apart

Rows = Mapping[int, Callable[..., Any]]
Phases = Mapping[str, Callable[..., Any]]
"""By the name of a phase in `tick`: what is called in its place with tick, world and state."""
Watch = Mapping[str, Callable[[int, State], None]]
"""By the name of a phase in `tick`: is called after it with tick and state, and changes nothing."""


class Turn(NamedTuple):
    """One question to one organisation, the same every tick."""

    ask: Callable[..., Any]
    organisation: int  # row
    name: str  # its id
    row: int  # of its input, its output or (places) itself
    resource: str
    ties: list[int]  # rows of the links or of aid
    others: list[str]  # ids at their other ends


class Decisions:
    """Who decides for itself, and what about.

    Parameters
    ----------
    tables : Tables
        Of the scenario.
    request, ration, lend : mapping of int to callable
        By row of the organisation; called as the methods of `crisis_abm.organisations.Organisation`
        of these names are.
    place : mapping of int to callable, optional
        By row of the organisation: ``place(resource, order, parts)`` gives what it orders from
        whom, units by id that sum to the order; `parts` is what the rule would.
    """

    def __init__(
        self,
        tables: Tables,
        request: Rows,
        ration: Rows,
        lend: Rows,
        place: Rows = MappingProxyType({}),
    ) -> None:
        world, names = tables.world, tables.resources
        inputs, outputs, supply = world.inputs, world.outputs, world.supply
        input_start, output_start = (
            world.organisations.input_start,
            world.organisations.output_start,
        )
        self._ids = tables.ids
        self.requests = [
            self._turn(request, i, h, names[inputs.resource[h]], [], [])
            for i in sorted(request)
            for h in _span(input_start, i)
        ]
        self.splits = []
        for i in sorted(place):
            for h in _span(input_start, i):
                if links := _span(inputs.link_start, h):
                    suppliers = outputs.organisation[supply.supplier[links]]
                    resource = names[inputs.resource[h]]
                    self.splits.append(self._turn(place, i, h, resource, links, suppliers))
        self.rations = []
        for i in sorted(ration):
            for g in _span(output_start, i):
                links = supply.by_supplier[_span(outputs.link_start, g)].tolist()
                customers = inputs.organisation[supply.customer[links]]
                resource = names[outputs.resource[g]]
                self.rations.append(self._turn(ration, i, g, resource, links, customers))
        self.loans, self.places = [], []
        for i in sorted(lend):
            for h in _span(input_start, i):
                if ties := _span(world.aid.start, h):
                    partners = inputs.organisation[world.aid.partner[ties]]
                    resource = names[inputs.resource[h]]
                    self.loans.append(self._turn(lend, i, h, resource, ties, partners))
            if ties := _span(world.places.start, i):
                partners = world.places.partner[ties]
                self.places.append(self._turn(lend, i, i, PLACES, ties, partners))

    def _turn(
        self, asked: Rows, i: int, row: int, resource: str, ties: list[int], others: Any
    ) -> Turn:
        ids = self._ids
        return Turn(asked[i], i, ids[i], row, resource, ties, [ids[j] for j in others])


def _span(start: np.ndarray, row: int) -> list[int]:
    return list(range(int(start[row]), int(start[row + 1])))


def advance(
    world: World,
    state: State,
    first: int,
    end: int,
    decisions: Decisions,
    watch: Watch = MappingProxyType({}),
) -> State:
    """Run ticks as `run.advance` does, asking the organisations that decide for themselves.

    Parameters
    ----------
    world : World
    state : State
    first, end : int
        The first tick, and the first that is not run.
    decisions : Decisions
    watch : mapping of str to callable, optional
        What is called after which phase.

    Raises
    ------
    ValueError
        If an organisation answers with what cannot be; it names organisation, tick and resource.
        The tick is half done then, and the run cannot go on.
    """

    def phases(now: State) -> Phases:
        return _Asked(world, now, decisions).phases

    return advance_with(world, state, first, end, phases, watch)


def advance_with(
    world: World,
    state: State,
    first: int,
    end: int,
    phases: Callable[[State], Phases],
    watch: Watch = MappingProxyType({}),
) -> State:
    """Run ticks as `run.advance` does, with some phases otherwise.

    Parameters
    ----------
    world, state, first, end, watch
        As `advance` takes them.
    phases : callable
        Gives the phases that are otherwise, for a state.
    """
    packed, steps = passed_by_reference(world), world.parameters.steps
    losses, shorts = room_needed(packed)
    run, now = _tick_with(state, phases(state), watch), passed_by_reference(state)
    for t in range(first, min(end, steps)):
        record = state.record
        if len(record.loss) > 0 and (
            record.rows[0] + losses > len(record.loss)
            or record.rows[1] + shorts > len(record.short_amount)
        ):
            state = state._replace(record=with_more_room(world, record))
            run, now = _tick_with(state, phases(state), watch), passed_by_reference(state)
        run(t, packed, now)
    return state


def _tick_with(state: State, phases: Phases, watch: Watch) -> Callable[[int, Any, Any], None]:
    """The `tick` in which some phases mean something else, or are looked at."""
    plain = getattr(tick, "py_func", tick)
    names = {**plain.__globals__, **phases}
    names |= {name: _shown(names[name], to, state) for name, to in watch.items()}
    return FunctionType(plain.__code__, names)


def _shown(
    phase: Callable[..., Any], to: Callable[[int, State], None], state: State
) -> Callable[..., None]:
    """A phase after which somebody is shown the state."""

    def run(t: int, world: Any, packed: Any) -> None:
        phase(t, world, packed)
        to(t, state)

    return run


class _Asked:
    """The phases of `tick` in which somebody may have to be asked.

    They are called with packed records, for the kernels; `rows` and `now` are the same arrays,
    for Python.
    """

    def __init__(self, world: World, state: State, decisions: Decisions) -> None:
        self.rows, self.now, self.decisions = world, state, decisions
        self.phases: dict[str, Callable[..., None]] = {
            "request": self.request,
            "place": self.place,
            "ration": self.ration,
            "take_over": self.take_over,
            "lend": self.lend,
        }

    def is_open(self, turn: Turn) -> bool:
        return bool(self.now.organisations.status[turn.organisation] != Status.FAILED)

    def request(self, t: int, world: Any, state: Any) -> None:
        request(t, world, state)
        order, need = self.now.inputs.order, self.now.inputs.need
        answers = []
        for turn in filter(self.is_open, self.decisions.requests):
            proposed = float(order[turn.row])
            answer = turn.ask(turn.resource, proposed, float(need[turn.row]))
            answers.append((turn.row, _units(answer, _where("request", t, turn))))
        for row, units in answers:
            order[row] = units

    def place(self, t: int, world: Any, state: Any) -> None:
        place(t, world, state)
        order, carried = self.now.supply.order, self.now.supply.carried
        answers = []
        for turn in filter(self.is_open, self.decisions.splits):
            parts = dict(zip(turn.others, order[turn.ties].tolist(), strict=True))
            wanted = float(self.now.inputs.order[turn.row])
            answer = turn.ask(turn.resource, wanted, dict(parts))
            answers.append((turn, _split(answer, wanted, parts, _where("order", t, turn))))
        for turn, units in answers:
            order[turn.ties] = [units[other] for other in turn.others]
        if answers:
            cut(t, 0, len(order), order, carried, world, state)

    def ration(self, t: int, world: Any, state: Any) -> None:
        ration(t, world, state)
        carried, shipped = self.now.supply.carried, self.now.supply.shipped
        answers = []
        for turn in filter(self.is_open, self.decisions.rations):
            orders = dict(zip(turn.others, carried[turn.ties].tolist(), strict=True))
            if not any(orders.values()):
                continue
            proposed = dict(zip(turn.others, shipped[turn.ties].tolist(), strict=True))
            stock = float(self.now.outputs.stock[turn.row])
            answer = turn.ask(turn.resource, stock, dict(orders), dict(proposed))
            where = _where("ration", t, turn)
            answers.append((turn, _shared_out(answer, proposed, orders, stock, "orders", where)))
        for turn, units in answers:
            shipped[turn.ties] = [units[other] for other in turn.others]

    def take_over(self, t: int, world: Any, state: Any) -> None:
        turns = [turn for turn in self.decisions.places if self.is_open(turn)]
        if not turns:
            aid.take_over(t, world, state)
            return
        self.now.places_today[:] = 0.0
        aid.find_crowded(world, state)
        done, lever = 0, self.now.organisations.levers[:, aid.RECIPROCITY]
        for turn in turns:
            aid.take_over_rows(done, turn.row, world, state)
            room = float(aid.free_places(turn.row, state))
            lacking = self.now.organisations.deficit[self.rows.places.partner[turn.ties]]
            weights = [float(aid.weight_of_people(a, world, state)) for a in turn.ties]
            gifts = _by_rule(turn, float(lever[turn.row]) * room, weights)
            for a, people in _loan(t, turn, room, room, lacking, gifts):
                aid.take_in(a, people, world, state)
            done = turn.row + 1
        aid.take_over_rows(done, len(self.rows.organisations.kind), world, state)

    def lend(self, t: int, world: Any, state: Any) -> None:
        turns = [turn for turn in self.decisions.loans if self.is_open(turn)]
        if not turns:
            aid.lend(t, world, state)
            return
        self.now.aid_today[:] = 0.0
        self.now.inputs.received[:] = 0.0
        aid.find_deficits(world, state)
        done, keep = 0, self.rows.parameters.keep
        for turn in turns:
            aid.lend_rows(done, turn.row, world, state)
            stock = float(self.now.inputs.stock[turn.row])
            spare = max(0.0, stock - float(aid.reserve(turn.row, keep, world, state)))
            lacking = self.now.inputs.deficit[self.rows.aid.partner[turn.ties]]
            weights = [float(aid.weight(a, world, state)) for a in turn.ties]
            gifts = _by_rule(turn, float(aid.surplus(turn.row, world, state)), weights)
            for a, units in _loan(t, turn, spare, stock, lacking, gifts):
                aid.hand_over(a, units, world, state)
            done = turn.row + 1
        aid.lend_rows(done, len(self.rows.inputs.use), world, state)
        aid.settle(world, state)


def _by_rule(turn: Turn, surplus: float, weights: list[float]) -> dict[str, float]:
    """What the rule gives, by id: `surplus` in proportion to the weights, never more than those."""
    total = 0.0  # one after the other, as the kernels add them up
    for weight in weights:
        total += weight
    part = min(surplus, total) / total if surplus > 0.0 and total > 0.0 else 0.0
    return dict(zip(turn.others, [weight * part for weight in weights], strict=True))


def _loan(
    t: int, turn: Turn, spare: float, most: float, lacking: np.ndarray, gifts: dict[str, float]
) -> list[tuple[int, float]]:
    """Ask what an organisation lends; how much it gives on which row of aid."""
    deficits = dict(zip(turn.others, lacking.tolist(), strict=True))
    if not any(deficits.values()):
        return []
    answer = turn.ask(turn.resource, spare, dict(deficits), dict(gifts))
    given = _shared_out(answer, gifts, deficits, most, "lacks", _where("lend", t, turn))
    ties = zip(turn.ties, turn.others, strict=True)
    return [(a, given[other]) for a, other in ties if given[other] > 0.0]


def _where(what: str, t: int, turn: Turn) -> str:
    return f"{turn.name}, tick {t}, {what} of {turn.resource}"


def _units(answer: Any, where: str) -> float:
    """A number of units, checked."""
    try:
        units = math.nan if isinstance(answer, bool | str) else float(answer)
    except (TypeError, ValueError):
        units = math.nan
    if not 0.0 <= units <= LARGEST:
        raise ValueError(f"{where}: answered {answer!r}; it takes a number from 0 to {LARGEST:g}")
    return units


def _split(
    answer: Any, wanted: float, parts: Mapping[str, float], where: str
) -> Mapping[str, float]:
    """Units by id that sum to what is ordered; rounding is put right."""
    most = dict.fromkeys(parts, wanted)
    units = _shared_out(answer, parts, most, wanted, "orders", where)
    total = sum(units.values())
    if abs(total - wanted) > SLACK * max(1.0, wanted):
        raise ValueError(f"{where}: {total:g} in all, where {wanted:g} are ordered")
    if units == parts or total == 0.0:
        return units
    return {other: given * (wanted / total) for other, given in units.items()}


def _shared_out(
    answer: Any,
    proposed: Mapping[str, float],
    most_each: Mapping[str, float],
    most: float,
    claimed: str,
    where: str,
) -> Mapping[str, float]:
    """Units by id: nobody more than claimed, all together not more than there is.

    Rounding (to 1e-9 of the figures) is put right rather than complained about.
    """
    if not isinstance(answer, Mapping):
        raise ValueError(f"{where}: answered {answer!r}; it takes a dict of units by id")
    strangers = [repr(other) for other in answer if other not in most_each]
    if strangers:
        known = ", ".join(most_each)
        raise ValueError(f"{where}: names {', '.join(strangers)}; there are {known}")
    units = {other: _units(answer.get(other, 0.0), f"{where} to {other}") for other in most_each}
    if units == proposed:
        return proposed
    for other, claim in most_each.items():
        if units[other] > claim + SLACK * max(1.0, claim):
            raise ValueError(f"{where} to {other}: {units[other]:g}, but it {claimed} {claim:g}")
        units[other] = min(units[other], claim)
    total = sum(units.values())
    if total > most + SLACK * max(1.0, most):
        raise ValueError(f"{where}: {total:g} in all, where there are {most:g}")
    if total > most:
        units = {other: given * (most / total) for other, given in units.items()}
    return units
