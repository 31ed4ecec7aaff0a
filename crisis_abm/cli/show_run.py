"""What happened in one run, on the screen and as JSON."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import typer

from crisis_abm import outcomes
from crisis_abm.cli import screen
from crisis_abm.engine import Status
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.describe import event_line
from crisis_abm.report.words import ROUNDING, counted, day, figure, unit
from crisis_abm.runs import Run
from crisis_abm.scenario import Scenario

__all__ = ["as_json", "show"]

WORST = 5  # organisations shown
FAILURES = 5


@dataclass(frozen=True)
class _Hit:
    """One organisation and what it went through."""

    id: str
    kind: str
    area: str
    harm: float
    lost: float
    failed: int


def show(result: Run, seed: int, replicate: int | None) -> None:
    """Show outcomes, who was hit worst, who failed when, and the events."""
    scenario = result.scenario
    chance = f"seed {seed}" if replicate is None else f"seed {seed}, replicate {replicate}"
    screen.say(scenario.title, "bold")
    typer.echo(f"{result.policy.name}, {chance}, {_length(scenario)}\n")
    table = screen.new_table()
    table.add_column("Outcome")
    table.add_column(result.policy.name, justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for name, value in result.outcomes.items():
        table.add_row(OUTCOMES[name].title, figure(value), unit(name, scenario))
    screen.show(table)
    _show_worst(result)
    _show_failures(result)
    if scenario.events:
        typer.echo("\nWhat was set to happen")
        for event in scenario.events:
            screen.say(event_line(scenario, event), indent=2)
    if scenario.caveat:
        screen.say(f"\nCaveat: {scenario.caveat}")
    if scenario.record.detail == "auto" and not len(result.state.record.service):
        many = counted(len(result.tables.ids), "organisation")
        screen.say(
            f"Every day is kept by kind and area only: {many} are too many to keep one by one "
            '(record.detail = "organisations" would)'
        )


def _length(scenario: Scenario) -> str:
    steps = counted(scenario.time.steps, scenario.time.unit)
    return f"{steps} from {day(scenario, 0)}" if scenario.time.start else steps


def _worst(result: Run) -> list[_Hit]:
    """Those who came to harm or lost service, worst first."""
    tables, record = result.tables, result.state.record
    harm, rows = outcomes.harm_by_organisation(result.state), tables.world.organisations
    harm = np.where(harm > ROUNDING, harm, 0.0)
    order = np.lexsort((-record.lost, -harm))
    return [
        _Hit(
            tables.ids[row],
            tables.kinds[rows.kind[row]],
            tables.areas[rows.area[row]],
            float(harm[row]),
            float(record.lost[row]),
            int(record.failed[row]),
        )
        for row in order[: 4 * WORST]
        if harm[row] > 0 or record.lost[row] > ROUNDING
    ]


def _show_worst(result: Run) -> None:
    worst = _worst(result)
    if not worst:
        typer.echo("\nNobody came to harm, and no organisation lost service.")
        return
    typer.echo()
    span = f"{result.scenario.time.unit}s"
    table = screen.new_table("Worst hit")
    table.add_column("Organisation", overflow="fold")
    table.add_column("Kind")
    table.add_column("Area")
    table.add_column(result.scenario.harm_unit, justify="right")
    table.add_column(f"{span}\nlost", justify="right")
    table.add_column(f"{span}\nclosed", justify="right")
    for hit in worst[:WORST]:
        cells = (figure(hit.harm), figure(hit.lost), f"{hit.failed:,}")
        table.add_row(hit.id, hit.kind, hit.area, *cells)
    screen.show(table)


def _failures(result: Run) -> list[tuple[int, str]]:
    """First tick of failure of everybody who failed; by kind and area where only these are kept."""
    record, tables = result.state.record, result.tables
    if len(record.status):
        failed, names = record.status == Status.FAILED, tables.ids
    else:
        failed = record.group_status[:, :, Status.FAILED] > 0
        names = [f"{kind} in {area}" for kind, area in tables.groups]
    rows = np.flatnonzero(failed.any(axis=0))
    first = failed.argmax(axis=0)
    return sorted((int(first[row]), names[row]) for row in rows.tolist())


def _show_failures(result: Run) -> None:
    failures = _failures(result)
    if not failures:
        typer.echo("\nNo organisation failed.")
        return
    typer.echo("\nFirst failures")
    for tick, name in failures[:FAILURES]:
        typer.echo(f"  {day(result.scenario, tick)}: {name}")
    if len(failures) > FAILURES:
        last = day(result.scenario, failures[-1][0])
        typer.echo(f"  and {len(failures) - FAILURES:,} more, the last of them on {last}")


def as_json(result: Run, scenario: Scenario, seed: int, replicate: int | None) -> dict[str, Any]:
    """The same as plain data."""
    figures = {n: v if math.isfinite(v) else None for n, v in result.outcomes.items()}
    return {
        "scenario": scenario.title,
        "policy": result.policy.name,
        "seed": seed,
        "replicate": replicate,
        "outcomes": figures,
        "units": {name: unit(name, scenario) for name in figures},
        "worst_hit": [asdict(hit) for hit in _worst(result)],
        "failures": [
            {"tick": tick, "when": day(scenario, tick), "name": name}
            for tick, name in _failures(result)
        ],
        "events": [event_line(scenario, event) for event in scenario.events],
        "caveat": scenario.caveat,
        "file": scenario.source,
        "fingerprint": scenario.fingerprint(),
        "seconds": round(result.seconds, 3),
    }
