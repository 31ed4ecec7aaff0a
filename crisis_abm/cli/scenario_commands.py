"""The commands about files: what is ready-made; a new scenario, its faults, its graph."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from crisis_abm.cli import options, screen
from crisis_abm.cli.guard import guarded
from crisis_abm.cli.options import Json
from crisis_abm.cli.sweep_rows import FileOrRow, Point, Sweep, scenario_asked
from crisis_abm.report.copyable import as_file, command, place

__all__ = ["COMMANDS"]


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

    found = []
    for name, path in files.items():
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            data = {"title": f"cannot be read ({error})"}
        title, about = (
            str(data.get("title", "")),
            " ".join(str(data.get("description", "")).split()),
        )
        found.append({"name": name, "title": title, "description": about, "file": str(path)})
    if json:
        screen.show_json(found)
        return
    widest = max((len(entry["name"]) for entry in found), default=0)
    for entry in found:
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
    from crisis_abm.cli.starter import write_starter

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
    from crisis_abm.cli import show_check
    from crisis_abm.scenario import ScenarioError

    words = [file] if file else ["--sweep", sweep, "--point", point]
    called = " ".join(map(str, words))
    try:
        scenario, _ = scenario_asked(file, sweep, point, changes)
        summary = show_check.summary(scenario)
    except ScenarioError as error:
        if not json:
            raise
        screen.show_json(
            {
                "file": called,
                "ok": False,
                "problems": [show_check.problem(one) for one in error.problems],
            }
        )
        raise typer.Exit(2) from None
    if json:
        screen.show_json({"file": called, "ok": True, **summary})
    else:
        again = [as_file(file)] if file else words
        show_check.show(scenario, summary, *again)


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
    scenario, _ = scenario_asked(file, sweep, point, changes)
    from crisis_abm import network
    from crisis_abm.tables import build

    found = network.to_graph(build(scenario))
    files = network.export(found, out)
    kinds: dict[str, int] = {}
    for _, _, tie in found.edges(data=True):
        kinds[tie["kind"]] = kinds.get(tie["kind"], 0) + 1
    about: dict[str, Any] = {"organisations": len(found), "links": kinds}
    if json:
        screen.show_json({"scenario": scenario.title, **about, "files": [str(f) for f in files]})
        return
    ties = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
    typer.echo(f"{len(found):,} organisations; links: {ties or 'none'}")
    for path in files:
        typer.echo(f"wrote {place(path)}")


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
