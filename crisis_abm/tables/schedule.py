"""What changes when: events and policies as arrays, with the rows that they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.scenario.schema.policy import LEVERS
from crisis_abm.scenario.schema.shocks import EFFECTS, EventEffect
from crisis_abm.tables import layout
from crisis_abm.tables.layout import Effect, Events, Supply
from crisis_abm.tables.rows import Columns, Setup

if TYPE_CHECKING:
    from crisis_abm.scenario import Scenario
    from crisis_abm.scenario.schema.policy import Policy


SIDES = ("inputs", "outputs")  # where stock is held
UNTOUCHED = np.full(len(LEVERS), np.nan)


def _codes(name: str) -> list[Effect]:
    """Return the codes of an effect: of what strikes stock one for each side."""
    if EFFECTS[name].strikes == "stock":
        return [Effect[f"{name}_{side}".upper()] for side in SIDES]
    return [Effect[name.upper()]]


BY_CODE: dict[int, EventEffect] = {
    int(code): effect for name, effect in EFFECTS.items() for code in _codes(name)
}
"""What is said of an effect, by its number in `Events.effect`."""


def compile_events(setup: Setup, supply: Supply) -> Events:
    """Set out the events of a scenario in its order.

    A stock event that strikes both what organisations use and what they make becomes two rows. An
    event without an end lasts to the end of the run; one that a trigger starts has start −1, its
    duration as `end`, and the areas whose prevalence it watches (those it names, else those of the
    organisations it names, else all).
    """
    scenario, columns, findings = setup.scenario, setup.columns, setup.findings
    rows: list[tuple[int, int, int, int, float, np.ndarray, float]] = []
    watched: list[np.ndarray] = []
    targets: list[np.ndarray] = []
    steps = scenario.time.steps
    for number, event in enumerate(scenario.events):
        levers = UNTOUCHED if event.levers is None else lever_values(event.levers)
        if event.when is not None:
            start, end = -1, steps if event.duration is None else event.duration
            trigger = event.when.prevalence_above
        else:
            start, trigger = scenario.tick_of(event.start or 0), np.nan
            end = steps if event.end is None else scenario.tick_of(event.end)
            if event.end is None and event.duration is not None:
                end = start + event.duration
        areas = _watched_areas(event, columns) if event.when is not None else np.empty(0)
        struck = _struck(event, number, setup, supply)
        for effect, value, target in struck:
            rows.append((number, effect, start, end, value, levers, trigger))
            watched.append(areas)
            targets.append(target)
        if EFFECTS[event.effect].strikes and not any(len(target) for _, _, target in struck):
            findings.warn(f"events[{number}]", f"its {event.effect} strikes nothing")
    number_, effect_, start_, end_, value_, levers_, trigger_ = (
        zip(*rows, strict=True) if rows else [()] * 7
    )
    area_start, area = stacked(watched)
    target_start, target = stacked(targets)
    return Events(
        number=np.array(number_, dtype=np.int32),
        effect=np.array(effect_, dtype=np.int64),
        start=np.array(start_, dtype=np.int64),
        end=np.array(end_, dtype=np.int64),
        value=np.array(value_, dtype=np.float64),
        levers=np.array(levers_, dtype=np.float64).reshape(-1, len(LEVERS)),
        trigger=np.array(trigger_, dtype=np.float64),
        area_start=area_start,
        area=area.astype(np.int32),
        target_start=target_start,
        target=target,
    )


def _watched_areas(event: Any, columns: Columns) -> np.ndarray:
    if event.areas is not None:
        return np.array(sorted(columns.areas.index(a) for a in event.areas), dtype=np.int64)
    if event.organisations is not None:
        return np.unique(columns.area[columns.rows_of(event.organisations)])
    return np.arange(len(columns.areas))


def _struck(
    event: Any, number: int, setup: Setup, supply: Supply
) -> list[tuple[int, float, np.ndarray]]:
    """Return effect, value and target rows: one entry, or two for a stock event on both sides."""
    strikes, (code, *_) = EFFECTS[event.effect].strikes, _codes(event.effect)
    if not strikes:
        return [(int(code), 0.0, np.empty(0, dtype=np.int64))]
    chosen = setup.columns.some(event, f"events[{number}]")
    given = getattr(event, event.effect)
    value = float(given) if isinstance(given, int | float) else 0.0
    if strikes == "communities":
        return [(int(code), value, chosen[_is_community(setup.scenario, setup.columns)[chosen]])]
    if strikes == "organisations":
        return [(int(code), value, chosen)]
    member = np.zeros(len(setup.columns.ids), dtype=np.bool_)
    member[chosen] = True
    if strikes == "links":
        return [(int(code), value, _links(event, member, setup, supply))]
    resource = setup.resources.index(event.resource)
    result = []
    for side, holdings, effect in zip(
        SIDES, (setup.inputs, setup.outputs), _codes(event.effect), strict=True
    ):
        if event.holding in (side, "both"):
            rows = holdings.of(resource)
            result.append((int(effect), value, rows[member[holdings.organisation[rows]]]))
    return result


def _links(event: Any, supplier: np.ndarray, setup: Setup, supply: Supply) -> np.ndarray:
    """Return the supply links from the suppliers marked, of one resource or to some customers."""
    struck = supplier[setup.outputs.organisation[supply.supplier]]
    if event.resource is not None:
        resource = setup.resources.index(event.resource)
        struck &= setup.inputs.resource[supply.customer] == resource
    if event.to is not None:
        customer = setup.columns.meeting(event.to)
        struck &= customer[setup.inputs.organisation[supply.customer]]
    return np.flatnonzero(struck)


def _is_community(scenario: Scenario, columns: Columns) -> np.ndarray:
    if scenario.hazard is None:
        return np.zeros(len(columns.ids), dtype=np.bool_)
    return columns.named(scenario.hazard.communities) & (columns.population > 0)


def longest_delay(events: Events, supply: Supply) -> int:
    """Return the longest lead time that can occur: as written, plus its spread and all events."""
    longest = supply.lead_time + supply.spread
    for row in np.flatnonzero(events.effect == Effect.LEAD_TIME):
        target = events.target[events.target_start[row] : events.target_start[row + 1]]
        longest[target] += int(events.value[row])
    return int(longest.max()) if len(longest) else 0


def lever_values(settings: Any) -> np.ndarray:
    """Return the levers of a `LeverSettings`, NaN where one is left alone."""
    values = [getattr(settings, lever) for lever in LEVERS]
    return np.array([np.nan if value is None else value for value in values])


def stacked(targets: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return where each list of rows starts, and all of them one after another; int64."""
    start = np.zeros(len(targets) + 1, dtype=np.int64)
    np.cumsum([len(rows) for rows in targets], out=start[1:])
    joined = np.concatenate(targets) if targets else np.empty(0)
    return start, joined.astype(np.int64)


def compile_policy(scenario: Scenario, tables: layout.Tables, policy: Policy) -> layout.Policy:
    """Set out a policy for every organisation of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Says when a date is.
    tables : Tables
        The organisations.
    policy : Policy
        Levers and their changes.

    Returns
    -------
    layout.Policy
        Changes in the order of the policy: where two overlap, the later one counts.
    """
    columns = columns_of(tables)
    targets = [columns.some(change, f"changes[{n}]") for n, change in enumerate(policy.changes)]
    start = [scenario.tick_of(change.start) for change in policy.changes]
    end = [
        scenario.time.steps if change.end is None else scenario.tick_of(change.end)
        for change in policy.changes
    ]
    values = [lever_values(change) for change in policy.changes]
    target_start, target = stacked(targets)
    return layout.Policy(
        levers=np.tile(np.array(policy.levers, dtype=np.float64), (len(tables.ids), 1)),
        start=np.array(start, dtype=np.int64),
        end=np.array(end, dtype=np.int64),
        value=np.array(values, dtype=np.float64).reshape(-1, len(LEVERS)),
        target_start=target_start,
        target=target,
    )


def followed_by(
    adopters: np.ndarray, policy: layout.Policy, otherwise: layout.Policy
) -> layout.Policy:
    """Return the policy under which some follow `policy` and the rest `otherwise`.

    Parameters
    ----------
    adopters : ndarray of bool, shape (N,)
    policy, otherwise : layout.Policy
        For the same organisations.
    """
    targets, parts = [], ((policy, adopters), (otherwise, ~adopters))
    for one, followers in parts:
        for first, last in zip(one.target_start[:-1], one.target_start[1:], strict=True):
            rows = one.target[first:last]
            targets.append(rows[followers[rows]])
    target_start, target = stacked(targets)
    return layout.Policy(
        levers=np.where(adopters[:, None], policy.levers, otherwise.levers),
        start=np.concatenate([policy.start, otherwise.start]),
        end=np.concatenate([policy.end, otherwise.end]),
        value=np.concatenate([policy.value, otherwise.value]),
        target_start=target_start,
        target=target,
    )


def columns_of(tables: layout.Tables) -> Columns:
    """Return the organisations of tables as the columns they were built from."""
    rows = tables.world.organisations
    return Columns(
        ids=tables.ids,
        names=tables.names,
        kinds=tables.kinds,
        areas=tables.areas,
        kind=rows.kind,
        area=rows.area,
        capacity=rows.capacity,
        caseload=rows.caseload,
        demand=rows.demand,
        arrivals=rows.arrivals,
        population=rows.population,
        stay=rows.stay,
        position=tables.positions,
    )
