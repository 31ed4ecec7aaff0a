"""What happened, tick by tick, and why: the record of a run as tables with names.

Columns of arrays rather than frames, so that pandas is needed only by those who ask for it:
``pandas.DataFrame(history.by_organisation(run))``.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from crisis_abm.engine import Cause, Detail, State, Status
from crisis_abm.engine.state import SLACK
from crisis_abm.scenario import Scenario
from crisis_abm.tables import Tables

__all__ = ["by_group", "by_organisation", "dates", "detail_for", "losses", "shortages", "stocks"]

Columns = dict[str, np.ndarray]
LARGEST_HISTORY = 20_000_000  # figures; 160 MB


def detail_for(scenario: Scenario, tables: Tables) -> Detail:
    """What `record.detail` of a scenario asks for; `auto` keeps every organisation if that fits.

    A run is kept by organisation as long as steps × (organisations and their holdings) stay below
    `LARGEST_HISTORY` figures, and by kind and area beyond.
    """
    asked = scenario.record.detail
    if asked == "auto":
        world = tables.world
        rows = 5 * len(tables.ids) + 2 * len(world.inputs.use) + len(world.outputs.make)
        fits = rows * world.parameters.steps <= LARGEST_HISTORY
        return Detail.ORGANISATIONS if fits else Detail.GROUPS
    return Detail.ORGANISATIONS if asked == "organisations" else Detail.GROUPS


def dates(scenario: Scenario, ticks: np.ndarray) -> list[date] | None:
    """Calendar dates of ticks, where the scenario has a start date and days or weeks."""
    start = scenario.time.start
    length = {"day": 1, "week": 7}.get(scenario.time.unit)
    if start is None or length is None:
        return None
    return [start + timedelta(days=int(tick) * length) for tick in ticks]


def by_group(tables: Tables, state: State) -> Columns:
    """One row per tick and (kind, area): work, service, harm and organisations in each status."""
    record = state.record
    steps, groups = record.group_workload.shape
    kinds = np.array([kind for kind, _ in tables.groups], dtype=object)
    areas = np.array([area for _, area in tables.groups], dtype=object)
    columns = {
        "tick": np.repeat(np.arange(steps, dtype=np.int32), groups),
        "kind": np.tile(kinds, steps),
        "area": np.tile(areas, steps),
    }
    for name in ("workload", "service", "unmet", "harm", "hazard_deaths", "completed", "level"):
        columns[name] = getattr(record, f"group_{name}").ravel()
    counts = record.group_status.reshape(-1, len(Status))
    for status in Status:
        columns[status.name.lower()] = counts[:, status]
    size = counts.sum(axis=1)
    columns["level"] = columns["level"] / np.maximum(size, 1)
    return columns


def by_organisation(tables: Tables, state: State) -> Columns:
    """One row per tick and organisation: workload, service level, status, caseload, harm."""
    record = state.record
    steps, count = record.service.shape
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.where(record.workload > SLACK, record.service / record.workload, 1.0)
    names = np.array([status.name.lower() for status in Status], dtype=object)
    return {
        "tick": np.repeat(np.arange(steps, dtype=np.int32), count),
        "organisation": np.tile(np.array(tables.ids, dtype=object), steps),
        "workload": record.workload.ravel(),
        "service": record.service.ravel(),
        "service_level": level.ravel(),
        "status": names[record.status.ravel()],
        "caseload": record.caseload.ravel(),
        "harm": record.tick_harm.ravel(),
    }


def stocks(tables: Tables, state: State) -> Columns:
    """One row per tick and holding: units in stock, and ordered where it is an input."""
    record, world = state.record, tables.world
    steps, inputs = record.stock.shape
    outputs = record.finished.shape[1]
    ids = np.array(tables.ids, dtype=object)
    resources = np.array(tables.resources, dtype=object)
    holder = np.concatenate([world.inputs.organisation, world.outputs.organisation])
    resource = np.concatenate([world.inputs.resource, world.outputs.resource])
    role = np.array(["input"] * inputs + ["output"] * outputs, dtype=object)
    return {
        "tick": np.repeat(np.arange(steps, dtype=np.int32), inputs + outputs),
        "organisation": np.tile(ids[holder], steps),
        "resource": np.tile(resources[resource], steps),
        "role": np.tile(role, steps),
        "stock": np.hstack([record.stock, record.finished]).ravel(),
        "ordered": np.hstack([record.ordered, np.full((steps, outputs), np.nan)]).ravel(),
    }


def losses(tables: Tables, state: State) -> Columns:
    """First part of the shortfall table: who lost how much service to which cause, each tick.

    ``share`` is the cause's part of the organisation's loss that tick; ``resource`` is empty unless
    the cause is ``input``.
    """
    record, rows = state.record, int(state.record.rows[0])
    ids = np.array(tables.ids, dtype=object)
    resources = np.array([*tables.resources, ""], dtype=object)
    causes = np.array([cause.name.lower() for cause in Cause], dtype=object)
    inputs = record.loss_input[:rows]
    of_input = np.append(tables.world.inputs.resource, len(tables.resources))
    return {
        "tick": record.loss_tick[:rows],
        "organisation": ids[record.loss_organisation[:rows]],
        "cause": causes[record.loss_cause[:rows]],
        "resource": resources[of_input[inputs]],
        "share": record.loss_share[:rows],
        "loss": record.loss[:rows],
    }


def shortages(tables: Tables, state: State) -> Columns:
    """Second part of the shortfall table: which supplier's lapsed orders stand behind it, units."""
    record, rows, world = state.record, int(state.record.rows[1]), tables.world
    ids = np.array(tables.ids, dtype=object)
    resources = np.array(tables.resources, dtype=object)
    links = record.short_link[:rows]
    customer = world.supply.customer[links]
    supplier = world.supply.supplier[links]
    return {
        "tick": record.short_tick[:rows],
        "organisation": ids[world.inputs.organisation[customer]],
        "resource": resources[world.inputs.resource[customer]],
        "supplier": ids[world.outputs.organisation[supplier]],
        "amount": record.short_amount[:rows],
    }
