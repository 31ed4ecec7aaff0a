"""The commands of the analyses: of a scenario, each made of its entry in a list; of a sweep."""

from __future__ import annotations

import inspect
import json as plain
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crisis_abm.cli import options, screen
from crisis_abm.cli.errors import guarded
from crisis_abm.cli.options import (
    FileOrRow,
    Json,
    Out,
    Point,
    Policy,
    Replicate,
    RunRequest,
    Seed,
    Set,
    Sweep,
    Workers,
    again_of,
    requested_run,
    requested_scenario,
)
from crisis_abm.cli.output import Answering, claimed, kept, show_report
from crisis_abm.cli.progress import Progress, stoppable
from crisis_abm.report.analyses import ANALYSES, Analysis, Option

if TYPE_CHECKING:
    from crisis_abm.experiment import Results
    from crisis_abm.report.sections import Section
    from crisis_abm.report.sweep.analyse import Asked
    from crisis_abm.scenario import Scenario


KINDS: dict[str, type] = {"whole": int, "flag": bool}
FIRST = {"file": (FileOrRow, None)}
CRISIS = {"policy": (Policy, None), "replicate": (Replicate, None)}
LAST = {
    "seed": (Seed, 0),
    "sweep": (Sweep, None),
    "point": (Point, None),
    "workers": (Workers, None),
    "changes": (Set, None),
    "out": (Out, None),
    "json": (Json, False),
}


def command_of(analysis: Analysis) -> Callable[..., None]:
    """The command: takes what the analysis takes, runs it, keeps and says what came of it."""

    def command(**given: Any) -> None:
        _run(analysis, given)

    taken = {**FIRST, **(CRISIS if analysis.one_crisis else {})}
    taken |= {one.name: _parameter(one) for one in analysis.options} | LAST
    command.__name__ = analysis.name.replace("-", "_")
    command.__doc__ = analysis.about
    command.__annotations__ = {name: kind for name, (kind, _) in taken.items()}
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=given, annotation=kind)
            for name, (kind, given) in taken.items()
        ]
    )
    return guarded(command)


def _parameter(option: Option) -> tuple[Any, Any]:
    """What typer takes an option for, and its default."""
    dashed = (option.option or option.name).replace("_", "-")
    listed = option.kind in ("names", "policies")
    kind = list[str] if listed else KINDS.get(option.kind, str)
    default = None if listed else option.default
    written = f"--{dashed}/--no-{dashed}" if option.kind == "flag" else f"--{dashed}"
    more: dict[str, Any] = {} if option.kind == "flag" else {"metavar": option.metavar}
    if option.least is not None:
        more["min"] = option.least
    shown = default is not None and (option.kind != "whole" or default != 0)
    info = typer.Option(written, help=option.about, show_default=shown, **more)
    return Annotated[kind if default is not None else kind | None, info], default


def _run(analysis: Analysis, given: Mapping[str, Any]) -> None:
    asked = _asked(analysis, given)
    scenario = asked.scenario
    arguments = {one.name: _value(one, given[one.name], scenario) for one in analysis.options}
    arguments |= {"seed": asked.seed}
    if analysis.one_crisis:
        arguments |= {"policy": asked.policy, "replicate": asked.replicate}
    answering = Answering(analysis.name, scenario, given["changes"], given["out"], given["json"])
    with Progress(analysis.doing, "runs") as watch:
        result = stoppable(lambda: _worked(analysis, scenario, arguments, given, watch), watch)
    typed = {name: _plain_argument(value) for name, value in arguments.items()}
    facts = {"arguments": getattr(result, "arguments", typed), **asked.facts()}
    report = analysis.report(result)
    answering.tell(report, facts, result.seconds, asked, lambda one: again_of(one, given))


def _asked(analysis: Analysis, given: Mapping[str, Any]) -> RunRequest:
    where = (given["file"], given["sweep"], given["point"])
    if not analysis.one_crisis:
        scenario, seed = requested_scenario(*where, given["changes"], given["seed"])
        return RunRequest(scenario, scenario.policy_named(scenario.policy), seed, None)
    if given["sweep"] is not None and given.get("replicates"):
        message = "a row of a sweep is one crisis; trace several of a scenario file"
        raise typer.BadParameter(message, param_hint="'--replicates'")
    how = (given["policy"], given["seed"], given["replicate"], given["changes"])
    return requested_run(*where, *how)


def _value(option: Option, given: Any, scenario: Scenario) -> Any:
    """What was typed for an option as its argument; refused before anything runs."""
    if option.kind == "policies":
        return scenario.policies_named(options.split_policies(given or [",".join(option.default)]))
    if option.kind == "policy":
        return scenario.policy_named(given)
    if option.kind == "names":
        return option.default if given is None else options.names_in(given)
    if option.kind in ("outcome", "better"):
        return options.known_outcome(given, directed=option.kind == "better")
    if option.choices and given is not None and given not in option.choices:
        message = f'"{given}" is none of {", ".join(option.choices)}'
        raise typer.BadParameter(message, param_hint=f"'--{option.option or option.name}'")
    return given


def _plain_argument(value: Any) -> Any:
    """An argument as a manifest has it: policies by their names."""
    from crisis_abm.scenario import Policy

    if isinstance(value, list | tuple):
        return [_plain_argument(one) for one in value]
    return value.name if isinstance(value, Policy) else value


def _worked(
    analysis: Analysis,
    scenario: Scenario,
    arguments: Mapping[str, Any],
    given: Mapping[str, Any],
    watch: Progress,
) -> Any:
    from crisis_abm.analysis.weak_links.evaluator import TooManyRuns

    try:
        return analysis.run(scenario, arguments, workers=given["workers"], progress=watch.tell)
    except TooManyRuns as error:
        narrower = [f"--{one.option or one.name}" for one in analysis.options if one.narrows]
        raise error.with_remedy(
            f"narrow it with {', '.join(narrower[:-1])} or {narrower[-1]}; "
            f"or allow it with --most-runs {error.runs}"
        ) from None


ANALYSE, INSIDE = "analyse", "analysis"


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

    with Progress("Reading") as watch:
        results = stoppable(lambda: Results.load(folder), watch)
    _refuse_other_kinds(target)
    from crisis_abm.report.sweep.analyse import Asked

    pair = (axes[0], axes[1]) if axes else None
    asked = Asked(names, against, tuple(setting or ()) or None, pair)
    sections = _analysed(results, asked)
    files = _files(results, sections)
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
    place = kept(
        target, ANALYSE, scenario, {"arguments": arguments}, None, began, seconds, {}, files
    )
    _show_sections(results, sections, place, json)


def _show_sections(results: Results, sections: Sequence[Section], place: Path, json: bool) -> None:
    """Every section's finding with its tables where they are short, and where the rest is."""
    from crisis_abm.report.page import PAGE
    from crisis_abm.report.sections import as_plain
    from crisis_abm.report.sweep.about import row_again, sweep_report
    from crisis_abm.report.words import counted

    report = sweep_report(results, sections)
    if json:
        screen.show_json({**as_plain(ANALYSE, report, place), "report": str(place / PAGE)})
        return
    show_report(report, lambda again: "", whole=False)
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
    if kind != ANALYSE:
        from crisis_abm.runs.bundle import BundleError

        remedy = "name another folder"
        raise BundleError(f"{target}: holds a result of crisis-abm {kind}; {remedy}")


def _analysed(results: Results, asked: Asked) -> list[Section]:
    from crisis_abm.report.sweep.analyse import sections

    with Progress("Analysing", "parts") as watch:
        return stoppable(lambda: sections(results, asked, watch.tell), watch)


def _files(results: Results, sections: Sequence[Section]) -> dict[str, Callable[[Path], Any]]:
    """What writes each file of the report, the copies that the sweep keeps among them."""
    from crisis_abm.experiment.store.manifest import copies_in
    from crisis_abm.report.page import report_files
    from crisis_abm.report.sweep.about import about, lead

    title = results.experiment.title
    made = about(results, ["crisis-abm", *sys.argv[1:]])
    with Progress("Drawing", "figures") as watch:
        files: dict[str, Callable[[Path], Any]] = dict(
            stoppable(lambda: report_files(title, lead(results), sections, made, watch.tell), watch)
        )
    return files | {
        name: partial(_copy, content) for name, content in copies_in(results.folder).items()
    }


def _copy(content: bytes, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


COMMANDS = {
    one.name: (command_of(one), [f"crisis-abm {one.name} {given}" for given in one.examples])
    for one in ANALYSES
    if one.examples
}
SWEEP_ANALYSES = {
    "analyse": (
        analyse,
        [
            "crisis-abm analyse runs/spare",
            "crisis-abm analyse runs/spare --outcome harm,failed --against siloed "
            "--over behaviour.hoarding,kinds.supplier.capacity --out runs/spare-report",
        ],
    ),
}
