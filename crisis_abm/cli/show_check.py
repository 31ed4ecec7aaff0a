"""What a scenario holds, on the screen and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from crisis_abm.cli import screen
from crisis_abm.report.copyable import command
from crisis_abm.report.words import counted, date_text, event_line, figure

if TYPE_CHECKING:
    from crisis_abm.scenario import Problem, Scenario

__all__ = ["problem", "show", "summary"]

MOST_AREAS = 4  # columns of their own


def problem(one: Problem) -> dict[str, Any]:
    """A problem as plain data."""
    from crisis_abm.scenario.problems import NOTHING

    value = None if one.value is NOTHING else one.value
    plain = value if isinstance(value, str | int | bool | None) else str(value)
    return {
        "file": one.file,
        "place": one.place,
        "value": plain,
        "message": one.message,
        "remedy": one.remedy,
        "line": one.line,
    }


def summary(scenario: Scenario) -> dict[str, Any]:
    """What a scenario holds, as plain data."""
    from crisis_abm.tables import build

    tables = build(scenario)
    world = tables.world
    census: dict[str, dict[str, int]] = {}
    for (kind, area), count in sorted(scenario.census().items()):
        census.setdefault(kind, {})[area] = count
    hazard = None
    if scenario.hazard is not None:
        hazard = f"{scenario.hazard.kind}, R0 {figure(scenario.hazard.r0)}"
    return {
        "title": scenario.title,
        "description": " ".join(scenario.description.split()),
        "fingerprint": scenario.fingerprint(),
        "steps": scenario.time.steps,
        "unit": scenario.time.unit,
        "start": scenario.time.start and scenario.time.start.isoformat(),
        "organisations": len(tables.ids),
        "by_kind_and_area": census,
        "resources": list(tables.resources),
        "links": {
            "supply": len(world.supply.customer),
            "aid": (len(world.aid.donor) + len(world.places.donor)) // 2,
            "referral": len(world.referrals.origin),
        },
        "hazard": hazard,
        "events": [event_line(scenario, event) for event in scenario.events],
        "policies": scenario.policy_names(),
        "uncertain": len(scenario.uncertain),
        "caveat": scenario.caveat,
        "warnings": [*scenario.warnings, *tables.warnings],
    }


def show(scenario: Scenario, found: dict[str, Any], *file: object) -> None:
    """Show a scenario that has no fault."""
    screen.say(found["title"], "bold")
    if found["description"]:
        screen.say(found["description"])
    start = f" from {date_text(scenario.time.start)}" if scenario.time.start else ""
    typer.echo(f"\n{counted(found['steps'], found['unit'])}{start}")
    _show_census(found["by_kind_and_area"])
    links = ", ".join(
        f"{count:,} {what}"
        for what, count in (
            ("supply", found["links"]["supply"]),
            ("between partners for aid", found["links"]["aid"]),
            ("for referral", found["links"]["referral"]),
        )
    )
    rows = [("Links", links), ("Resources", ", ".join(found["resources"]))]
    rows.append(("Hazard", found["hazard"] or "none"))
    rows.append(("Policies", ", ".join(found["policies"])))
    if found["uncertain"]:
        ranges = counted(found["uncertain"], "range")
        rows.append(("Uncertain", f"{ranges}, drawn anew for each replicate"))
    if found["caveat"]:
        rows.append(("Caveat", found["caveat"]))
    _show_facts(rows)
    if found["events"]:
        typer.echo("Events")
        for line in found["events"]:
            screen.say(line, indent=2)
    else:
        typer.echo("Events     none")
    for warning in found["warnings"]:
        screen.say(f"warning: {warning}", "yellow")
    typer.echo(f"\nNo faults. Next: {command('compare', *file)}")


def _show_census(census: dict[str, dict[str, int]]) -> None:
    areas = sorted({area for counts in census.values() for area in counts})
    apart = areas if 1 < len(areas) <= MOST_AREAS else []
    table = screen.new_table()
    table.add_column("Organisations")
    for heading in (*apart, "in all"):
        table.add_column(heading, justify="right")
    if not apart and len(areas) > 1:
        table.add_column("areas", justify="right")
    for kind, counts in census.items():
        cells = [f"{counts.get(area, 0):,}" for area in apart]
        cells.append(f"{sum(counts.values()):,}")
        if not apart and len(areas) > 1:
            cells.append(f"{len(counts):,}")
        table.add_row(kind, *cells)
    total = [f"{sum(counts.get(a, 0) for counts in census.values()):,}" for a in apart]
    total.append(f"{sum(sum(counts.values()) for counts in census.values()):,}")
    table.add_section()
    table.add_row("in all", *total, *([f"{len(areas):,}"] if not apart and len(areas) > 1 else []))
    screen.show(table)
    typer.echo()


def _show_facts(rows: list[tuple[str, str]]) -> None:
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=9, no_wrap=True)
    table.add_column()
    for name, text in rows:
        table.add_row(name, text)
    screen.show(table)
