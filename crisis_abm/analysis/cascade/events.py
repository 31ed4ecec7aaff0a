"""What each tick of a finished run shows: its shortfalls, the events in force, and on whom.

The engine does not write events down; they follow from the plan (docs/model.md 7.1) and, for events
with a trigger, from the prevalence that it does write down.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from crisis_abm.engine import State
from crisis_abm.engine.state import SLACK, Record
from crisis_abm.tables.layout import Effect, Events, World
from crisis_abm.tables.schedule import BY_CODE

Array = np.ndarray


@dataclass(frozen=True)
class Ties:
    """Rows, each tied to one of the scenario's events with a weight.

    Attributes
    ----------
    row, event : ndarray of int, shape (n,)
        Sorted by `row`.
    weight : ndarray, shape (n,)
    """

    row: Array
    event: Array
    weight: Array

    def of(self, rows: Array) -> tuple[Array, Array, Array]:
        """Which of `rows` (by its place among them), event and weight, for every tie of each."""
        first = np.searchsorted(self.row, rows, "left")
        count = np.searchsorted(self.row, rows, "right") - first
        place = np.repeat(np.arange(len(rows)), count)
        at = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count) + first[place]
        return place, self.event[at], self.weight[at]

    def has(self, rows: Array) -> Array:
        """Whether each of `rows` has a tie."""
        first = np.searchsorted(self.row, rows, "left")
        return np.asarray(np.searchsorted(self.row, rows, "right") > first)

    def heaviest(self, rows: Array) -> Array:
        """The event with the greatest weight on each of `rows`; -1 for none."""
        found, most = np.full(len(rows), -1), np.zeros(len(rows))
        if not len(self.row):
            return found
        for place, event, weight in zip(*self.of(rows), strict=True):
            if weight > most[place]:
                found[place], most[place] = event, weight
        return found


def active_events(world: World, record: Record) -> Array:
    """Whether each row of the plan is in force, tick by tick.

    Returns
    -------
    ndarray of bool, shape (T, V)
    """
    plan, steps = world.events, world.parameters.steps
    tick = np.arange(steps)[:, None]
    active = (plan.start <= tick) & (tick < plan.end) & np.isnan(plan.trigger)
    for v in np.flatnonzero(~np.isnan(plan.trigger)).tolist():
        above = _prevalence(v, world, record) > plan.trigger[v] + SLACK
        until, on = 0, False
        for t in range(1, steps):
            on = on and t < until
            if not on and above[t - 1]:
                on, until = True, t + int(plan.end[v])
            active[t, v] = on
    return np.asarray(active)


def _prevalence(v: int, world: World, record: Record) -> Array:
    """Share infectious of the communities that event `v` watches, at the end of every tick."""
    plan, start = world.events, world.hazard.community_start
    people = world.organisations.population[world.hazard.community]
    by_area = np.array([people[a:b].sum() for a, b in pairwise(start.tolist())])
    areas = plan.area[plan.area_start[v] : plan.area_start[v + 1]]
    if not len(areas):
        areas = np.arange(len(by_area))
    watched = by_area[areas].sum() if len(by_area) else 0.0
    if watched <= 0.0:
        return np.zeros(len(record.prevalence))
    return np.asarray(record.prevalence[:, areas] @ by_area[areas] / watched)


def struck(plan: Events, rows: Array, effects: tuple[Effect, ...], lowering: bool) -> Ties:
    """Tie what some rows of the plan strike to their events.

    Parameters
    ----------
    plan : Events
    rows : ndarray of bool, shape (V,)
        Those in force, or starting.
    effects : tuple of Effect
    lowering : bool
        Only factors below 1, weighted by what they take away; else those above 1, by what they add.
        What has no factor has weight 1.
    """
    row, event, weight = [], [], []
    for v in np.flatnonzero(rows & np.isin(plan.effect, effects)):
        size = 1.0
        if BY_CODE[int(plan.effect[v])].combine == "times":
            size = 1.0 - plan.value[v] if lowering else plan.value[v] - 1.0
        target = plan.target[plan.target_start[v] : plan.target_start[v + 1]]
        if size > 0.0:
            row.append(target)
            event.append(np.full(len(target), plan.number[v]))
            weight.append(np.full(len(target), size))
    if not row:
        return Ties(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    joined = np.concatenate(row)
    order = np.argsort(joined, kind="stable")
    return Ties(
        joined[order], np.concatenate(event).astype(np.int64)[order], np.concatenate(weight)[order]
    )


def passing(plan: Events, active: Array, links: int) -> Array:
    """What events let through on every supply link (φ), given those in force."""
    found = np.ones(links)
    for v in np.flatnonzero(active & (plan.effect == Effect.LINK)):
        found[plan.target[plan.target_start[v] : plan.target_start[v + 1]]] *= plan.value[v]
    return found


class Moment:
    """What a tick shows: its rows of the shortfall table, and the events in force."""

    def __init__(self, t: int, world: World, state: State, active: Array, bounds: Array) -> None:
        record, plan = state.record, world.events
        rows, shorts = slice(*bounds[0][t : t + 2]), slice(*bounds[1][t : t + 2])
        self.t = t
        self.organisation = record.loss_organisation[rows].astype(np.int64)
        self.cause, self.loss = record.loss_cause[rows], record.loss[rows]
        self.input = record.loss_input[rows].astype(np.int64)
        self.link = record.short_link[shorts].astype(np.int64)
        self.lapsed = record.short_amount[shorts]
        now, before = active[t], active[t - 1] if t else np.zeros_like(active[t])
        starting = now & ~before
        self.active = now
        self.capacity = struck(plan, now, (Effect.CAPACITY,), lowering=True)
        self.demand = struck(plan, now, (Effect.DEMAND,), lowering=False)
        self.link_cut = struck(plan, now, (Effect.LINK,), lowering=True)
        self.delayed = struck(plan, now, (Effect.LEAD_TIME,), lowering=False)
        self.input_lost = struck(plan, starting, (Effect.STOCK_INPUTS,), lowering=True)
        self.output_lost = struck(plan, starting, (Effect.STOCK_OUTPUTS,), lowering=True)
