"""The command that says what the runs of a sweep mean, and writes the report."""

from __future__ import annotations

import json as plain
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crisis_abm.cli import screen
from crisis_abm.cli.answering import claimed, kept
from crisis_abm.cli.guard import guarded, stoppable
from crisis_abm.cli.options import Json
from crisis_abm.cli.waiting import Waiting

if TYPE_CHECKING:
    from crisis_abm.experiment import Results
    from crisis_abm.report.sections import Section
    from crisis_abm.report.sweep.analyse import Asked

__all__ = ["COMMANDS"]

KIND, INSIDE = "analyse", "analysis"


@guarded
def analyse(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="A folder that a sweep has filled, or begun to.", show_default=False
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help=f"Where the report goes; by default the folder [bold]{INSIDE}[/bold] beside the "
            "runs, which does not disturb the sweep.",
            show_default=False,
        ),
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            "--outcome",
            metavar="NAME,…",
            help="What is looked at; the first one has the headlines, each one its map. By default "
            "all that were recorded, and one map.",
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="SETTING",
            help="The setting that others are held against, as in siloed or share=0.5; by default "
            "the first.",
            show_default=False,
        ),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--setting",
            metavar="SETTING",
            help="A setting that gets a map and boxes; by default all others, of many the best. "
            "Can be repeated.",
            show_default=False,
        ),
    ] = None,
    over: Annotated[
        str | None,
        typer.Option(
            "--over",
            metavar="FACTOR,FACTOR",
            help="The factors across and up the map; by default those that tell most.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Say what a sweep has found, and write it as one page with every figure's numbers."""
    began = datetime.now(UTC)
    names = None if outcome is None else _split(outcome, "--outcome")
    axes = None if over is None else _split(over, "--over")
    if axes is not None and len(axes) != 2:
        message = f'"{over}" names {len(axes)} factors; name two, as in {_two_factors()}'
        raise typer.BadParameter(message, param_hint="'--over'")
    target = out or folder / INSIDE
    from crisis_abm.experiment import Results

    with Waiting("Reading") as watch:
        results = stoppable(lambda: Results.load(folder), watch)
    _refuse_other_kinds(target)
    from crisis_abm.report.sweep.analyse import Asked

    pair = (axes[0], axes[1]) if axes else None
    asked = Asked(names, against, tuple(setting or ()) or None, pair)
    found = _found(results, asked)
    files = _files(results, found)
    seconds = (datetime.now(UTC) - began).total_seconds()
    arguments = {
        "outcomes": names,
        "against": against,
        "settings": list(setting or ()),
        "over": axes,
        "experiment": results.experiment.fingerprint(),
        "runs": dict(results.statuses),
    }
    from crisis_abm.experiment.store.manifest import SCENARIO
    from crisis_abm.scenario import Scenario

    scenario = Scenario.load(results.folder / SCENARIO)  # what the copy of the experiment changes
    place = kept(target, KIND, scenario, {"arguments": arguments}, None, began, seconds, {}, files)
    _tell(results, found, place, json)


def _tell(results: Results, found: Sequence[Section], place: Path, json: bool) -> None:
    """Every section's finding with its tables where they are short, and where the rest is."""
    from crisis_abm.report.page import PAGE
    from crisis_abm.report.sections import as_plain
    from crisis_abm.report.sweep.about import row_again, sweep_report
    from crisis_abm.report.words import counted

    report = sweep_report(results, found)
    if json:
        screen.show_json({**as_plain(KIND, report, place), "report": str(place / PAGE)})
        return
    from crisis_abm.cli import terminal

    terminal.show(report, lambda again: "", whole=False)
    typer.echo()
    typer.echo(f"A row again: {row_again(results.folder)}")
    figures = counted(len(report.pictures), "figure")
    screen.say(f"How sure this is, {figures} and all numbers are in the report:")
    typer.echo(f"  {place / PAGE}")


def _split(written: str, option: str) -> list[str]:
    """Names between commas."""
    names = [name.strip() for name in written.split(",")]
    if all(names) and len(set(names)) == len(names):
        return names
    message = f'"{written}" is no list; write names with commas between them, each once'
    raise typer.BadParameter(message, param_hint=f"'{option}'")


def _two_factors() -> str:
    return "kinds.supplier.capacity,behaviour.hoarding"


def _refuse_other_kinds(target: Path) -> None:
    """Refuse to replace what is no analysis of a sweep."""
    claimed(target)
    manifest = target / "manifest.json"
    if not manifest.exists():
        return
    kind = plain.loads(manifest.read_text(encoding="utf-8"))["kind"]
    if kind != KIND:
        from crisis_abm.runs.bundle import BundleError

        remedy = "name another folder"
        raise BundleError(f"{target}: holds a result of crisis-abm {kind}; {remedy}")


def _found(results: Results, asked: Asked) -> list[Section]:
    from crisis_abm.report.sweep.analyse import sections

    with Waiting("Analysing", "parts") as watch:
        return stoppable(lambda: sections(results, asked, watch.tell), watch)


def _files(results: Results, found: Sequence[Section]) -> dict[str, Callable[[Path], Any]]:
    """What writes each file of the report, the copies that the sweep keeps among them."""
    from crisis_abm.experiment.store.manifest import copies_in
    from crisis_abm.report.page import report_files
    from crisis_abm.report.sweep.about import about, lead

    title = results.experiment.title
    made = about(results, ["crisis-abm", *sys.argv[1:]])
    with Waiting("Drawing", "figures") as watch:
        files: dict[str, Callable[[Path], Any]] = dict(
            stoppable(lambda: report_files(title, lead(results), found, made, watch.tell), watch)
        )
    return files | {
        name: partial(_copy, content) for name, content in copies_in(results.folder).items()
    }


def _copy(content: bytes, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


COMMANDS = {
    "analyse": (
        analyse,
        [
            "crisis-abm analyse runs/spare",
            "crisis-abm analyse runs/spare --outcome harm,failed --against siloed "
            "--over behaviour.hoarding,kinds.supplier.capacity --out runs/spare-report",
        ],
    ),
}
