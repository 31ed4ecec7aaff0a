"""The commands about files: what is ready-made; a new scenario, its faults, its graph."""

from __future__ import annotations

import io
import os
import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crisis_abm.cli import options, screen
from crisis_abm.cli.errors import guarded
from crisis_abm.cli.options import FileOrRow, Json, Point, Sweep, requested_scenario
from crisis_abm.report.copyable import as_file, command, place

if TYPE_CHECKING:
    from crisis_abm.scenario import Problem, Scenario


@guarded
def scenarios(json: Json = False) -> None:
    """List the ready-made scenarios."""
    last = "Try one: crisis-abm compare NAME   Look into one: crisis-abm check NAME"
    _list(options.ready_made(), last, json)


@guarded
def experiments(json: Json = False) -> None:
    """List the ready-made experiments."""
    from crisis_abm.experiment.experiment import ready_made_experiments

    _list(ready_made_experiments(), "Run one: crisis-abm sweep NAME --out DIR", json)


def _list(files: dict[str, Path], last: str, json: bool) -> None:
    import tomllib

    entries = []
    for name, path in files.items():
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            data = {"title": f"cannot be read ({error})"}
        title, about = (
            str(data.get("title", "")),
            " ".join(str(data.get("description", "")).split()),
        )
        entries.append({"name": name, "title": title, "description": about, "file": str(path)})
    if json:
        screen.show_json(entries)
        return
    widest = max((len(entry["name"]) for entry in entries), default=0)
    for entry in entries:
        typer.echo(f"{entry['name']:{widest}}  {entry['title']}")
    typer.echo(f"\n{last}")


@guarded
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the file to write.")],
    tables: Annotated[
        bool, typer.Option("--tables", help="With empty CSV tables of organisations and links.")
    ] = False,
    xlsx: Annotated[
        bool, typer.Option("--xlsx", help="The same as one empty XLSX workbook.")
    ] = False,
    json: Json = False,
) -> None:
    """Write a small commented scenario to start from."""
    files = write_starter(Path(name), "xlsx" if xlsx else "csv" if tables else None)
    if json:
        screen.show_json({"files": [str(file) for file in files]})
        return
    for file in files:
        typer.echo(f"wrote {place(file)}")
    typer.echo(f"\nNext: {'fill in the tables' if len(files) > 1 else 'edit it'}, then")
    typer.echo(f"  {command('check', files[0])}\n  {command('compare', files[0])}")


@guarded
def check(
    file: FileOrRow = None,
    sweep: Sweep = None,
    point: Point = None,
    changes: options.Set = None,
    json: Json = False,
) -> None:
    """Find every fault of a scenario, or say what it holds."""
    from crisis_abm.scenario import ScenarioError

    words = [file] if file else ["--sweep", sweep, "--point", point]
    called = " ".join(map(str, words))
    try:
        scenario, _ = requested_scenario(file, sweep, point, changes)
        held = summary(scenario)
    except ScenarioError as error:
        if not json:
            raise
        screen.show_json(
            {
                "file": called,
                "ok": False,
                "problems": [problem_as_json(one) for one in error.problems],
            }
        )
        raise typer.Exit(2) from None
    if json:
        screen.show_json({"file": called, "ok": True, **held})
    else:
        again = [as_file(file)] if file else words
        _show_summary(scenario, held, *again)


@guarded
def graph(
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="F", help="The file to write: .graphml, .json or .csv (two files)."
        ),
    ],
    file: FileOrRow = None,
    sweep: Sweep = None,
    point: Point = None,
    changes: options.Set = None,
    json: Json = False,
) -> None:
    """Write who depends on whom, for a graph program or a spreadsheet."""
    if out.suffix.lower() not in (".graphml", ".json", ".csv"):
        raise typer.BadParameter(
            f"{out}: a graph is written as .graphml, .json or .csv", param_hint="'--out'"
        )
    scenario, _ = requested_scenario(file, sweep, point, changes)
    from crisis_abm import network
    from crisis_abm.tables import build

    network_graph = network.to_graph(build(scenario))
    files = network.export(network_graph, out)
    kinds: dict[str, int] = {}
    for _, _, tie in network_graph.edges(data=True):
        kinds[tie["kind"]] = kinds.get(tie["kind"], 0) + 1
    about: dict[str, Any] = {"organisations": len(network_graph), "links": kinds}
    if json:
        screen.show_json({"scenario": scenario.title, **about, "files": [str(f) for f in files]})
        return
    ties = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
    typer.echo(f"{len(network_graph):,} organisations; links: {ties or 'none'}")
    for path in files:
        typer.echo(f"wrote {place(path)}")


MOST_AREAS = 4  # columns of their own


def problem_as_json(one: Problem) -> dict[str, Any]:
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
    from crisis_abm.report.words import event_line, figure
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


def _show_summary(scenario: Scenario, held: dict[str, Any], *file: object) -> None:
    """Show a scenario that has no fault."""
    from crisis_abm.report.words import counted, date_text

    screen.say(held["title"], "bold")
    if held["description"]:
        screen.say(held["description"])
    start = f" from {date_text(scenario.time.start)}" if scenario.time.start else ""
    typer.echo(f"\n{counted(held['steps'], held['unit'])}{start}")
    _show_census(held["by_kind_and_area"])
    links = ", ".join(
        f"{count:,} {what}"
        for what, count in (
            ("supply", held["links"]["supply"]),
            ("between partners for aid", held["links"]["aid"]),
            ("for referral", held["links"]["referral"]),
        )
    )
    rows = [("Links", links), ("Resources", ", ".join(held["resources"]))]
    rows.append(("Hazard", held["hazard"] or "none"))
    rows.append(("Policies", ", ".join(held["policies"])))
    if held["uncertain"]:
        ranges = counted(held["uncertain"], "range")
        rows.append(("Uncertain", f"{ranges}, drawn anew for each replicate"))
    if held["caveat"]:
        rows.append(("Caveat", held["caveat"]))
    _show_rows(rows)
    if held["events"]:
        typer.echo("Events")
        for line in held["events"]:
            screen.say(line, indent=2)
    else:
        typer.echo("Events     none")
    for warning in held["warnings"]:
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


def _show_rows(rows: list[tuple[str, str]]) -> None:
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=9, no_wrap=True)
    table.add_column()
    for name, text in rows:
        table.add_row(name, text)
    screen.show(table)


def starter(name: Path, template: str) -> tuple[Path, str]:
    """The file that NAME stands for, and the text of a template for it.

    Raises
    ------
    ScenarioError
        If it can be no file of that name.
    """
    from crisis_abm.scenario import Problem, ScenarioError

    file = name if name.suffix == ".toml" else name.with_name(name.name + ".toml")
    stem = file.stem
    if not re.fullmatch(r"[\w][\w .-]*", stem):
        remedy = "use letters, figures, - and _"
        raise ScenarioError(Problem(str(name), "", message="is no file name", remedy=remedy))
    if not file.parent.is_dir():
        remedy = f"make it first: mkdir {file.parent}"
        problem = Problem(str(file.parent), "", message="there is no such folder", remedy=remedy)
        raise ScenarioError(problem)
    text = (resources.files("crisis_abm") / "cli" / template).read_text(encoding="utf-8")
    title = re.sub(r"[_ -]+", " ", stem).strip().capitalize()
    text = re.sub('^title = ".*"$', f'title = "{title}"', text, count=1, flags=re.MULTILINE)
    return file, text.replace("NAME", stem)


def write_starter(name: Path, tables: str | None) -> list[Path]:
    """Write NAME.toml, and tables beside it; all of them or none, over nothing that exists.

    Parameters
    ----------
    name : Path
        With or without ``.toml``; may lie in a folder that exists.
    tables : {"csv", "xlsx"}, optional
        Without, the scenario holds its organisations itself.

    Returns
    -------
    list of Path
        The scenario first.

    Raises
    ------
    ScenarioError, OSError
    """
    file, text = starter(name, "starter_tables.toml" if tables else "starter.toml")
    stem = file.stem
    contents: dict[Path, bytes] = {}
    if tables == "csv":
        organisations, links = f"{stem}-organisations.csv", f"{stem}-links.csv"
        named = f'organisations = "{organisations}"\nlinks = "{links}"'
        contents = {file.parent / k: v for k, v in _csv(organisations, links).items()}
    else:
        named = f'workbook = "{stem}.xlsx"'
        if tables:
            contents = {file.parent / f"{stem}.xlsx": _xlsx()}
    text = text.replace('organisations = "ORGANISATIONS"\nlinks = "LINKS"', named)
    return write_anew({file: text.encode(), **contents})


def write_anew(contents: dict[Path, bytes]) -> list[Path]:
    """Write files, all of them or none, over nothing that exists; answers with their names.

    Raises
    ------
    ScenarioError, OSError
    """
    from crisis_abm.atomic_write import write_files
    from crisis_abm.scenario import Problem, ScenarioError

    for path in contents:
        if os.path.lexists(path):  # a link that points nowhere, too
            remedy = "choose another name, or move it away"
            raise ScenarioError(Problem(str(path), "", message="exists already", remedy=remedy))
    write_files(contents)
    return list(contents)


def _csv(organisations: str, links: str) -> dict[str, bytes]:
    from crisis_abm.scenario.io.imports import LINK_COLUMNS, ORGANISATION_COLUMNS
    from crisis_abm.spreadsheet import MARK, csv_text

    return {
        organisations: (MARK + csv_text([ORGANISATION_COLUMNS])).encode(),
        links: (MARK + csv_text([LINK_COLUMNS])).encode(),
    }


def _xlsx() -> bytes:
    from openpyxl import Workbook

    from crisis_abm.scenario.io.imports import LINK_COLUMNS, ORGANISATION_COLUMNS

    book = Workbook()
    sheet = book.active
    sheet.title = "organisations"
    sheet.append(list(ORGANISATION_COLUMNS))
    book.create_sheet("links").append(list(LINK_COLUMNS))
    for one in book:
        one.freeze_panes = "A2"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


COMMANDS = {
    "scenarios": (scenarios, ["crisis-abm scenarios"]),
    "experiments": (experiments, ["crisis-abm experiments"]),
    "new": (new, ["crisis-abm new my_town", "crisis-abm new my_town --tables"]),
    "check": (
        check,
        ["crisis-abm check my_town.toml", "crisis-abm check local_shock --set time.steps=60"],
    ),
    "graph": (graph, ["crisis-abm graph local_shock --out network.graphml"]),
}
