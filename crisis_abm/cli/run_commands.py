"""The commands that run something: once, under several policies, once again, or to validate."""

from __future__ import annotations

import math
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
    Seed,
    Set,
    Sweep,
    Workers,
    again_of,
    requested_run,
    requested_scenario,
)
from crisis_abm.cli.output import Answering
from crisis_abm.cli.progress import Progress, stoppable

if TYPE_CHECKING:
    from crisis_abm.report.reproduce import Mismatch, Reproduction
    from crisis_abm.runs.bundle import Bundle


@guarded
def run(
    file: FileOrRow = None,
    policy: Policy = None,
    seed: Seed = 0,
    replicate: Replicate = None,
    sweep: Sweep = None,
    point: Point = None,
    changes: Set = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Run a scenario, or a row of a sweep, once, and say what happened."""
    asked = requested_run(file, sweep, point, policy, seed, replicate, changes)
    scenario, seed, replicate = asked.scenario, asked.seed, asked.replicate
    answering = Answering("run", scenario, changes, out, json)
    with Progress("Running", f"{scenario.time.unit}s") as watch:
        from crisis_abm.runs import run_once

        result = stoppable(
            lambda: run_once(scenario, asked.policy, seed, replicate, progress=watch.tell), watch
        )
    from crisis_abm.report.run import run_report

    facts = {"policies": [asked.policy.name], "seed": seed, "replicate": replicate, **asked.facts()}
    report = run_report(result, asked.policy.name, seed, replicate)
    answering.tell(report, facts, result.seconds, asked)


@guarded
def compare(
    file: FileOrRow = None,
    policies: Annotated[
        list[str] | None,
        typer.Option(
            "--policies",
            metavar="P,P…",
            help="Names, or levers written out, with commas between; the others are compared "
            "with the first. A comma between two levers goes on with the same policy: "
            "siloed,agenda=1,parity=1 are two. Where that is not meant, put a semicolon, or "
            "repeat the option. By default siloed,reciprocal.",
            show_default=False,
        ),
    ] = None,
    replicates: Annotated[
        int,
        typer.Option(
            "--replicates",
            metavar="N",
            min=1,
            help="How many crises (replicates), the same for every policy.",
        ),
    ] = 30,
    seed: Seed = 0,
    sweep: Sweep = None,
    point: Point = None,
    workers: Workers = None,
    changes: Set = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Run the same crises under several policies, and say what differs and how sure that is."""
    scenario, seed = requested_scenario(file, sweep, point, changes, seed)
    chosen = scenario.policies_named(options.split_policies(policies or ["siloed,reciprocal"]))
    answering = Answering("compare", scenario, changes, out, json)
    with Progress("Comparing", "replicates") as watch:
        from crisis_abm import runs

        result = stoppable(
            lambda: runs.compare(scenario, chosen, replicates, seed, workers, watch.tell), watch
        )
    from crisis_abm.report.comparison import comparison_report

    facts = {"policies": list(result.policies), "seed": seed, "replicates": replicates}
    given = {"file": file, "sweep": sweep, "point": point, "seed": seed, "changes": changes}
    answering.tell(
        comparison_report(result), facts, result.seconds, again=lambda one: again_of(one, given)
    )


@guarded
def reproduce(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder written with --out.", show_default=False)
    ],
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Run a kept result again: identical, or the largest difference (then the exit code is 1)."""
    from crisis_abm.runs.bundle import read_bundle

    bundle = read_bundle(folder)
    counted = {"run": f"{bundle.scenario.time.unit}s", "compare": "replicates"}
    with Progress("Running again", counted.get(bundle.manifest["kind"], "runs")) as watch:
        from crisis_abm.report.reproduce import reproduce as again

        outcome = stoppable(lambda: again(bundle, workers, watch.tell), watch)
    if json:
        screen.show_json(_reproduction_as_json(bundle, outcome))
    else:
        _show_reproduction(outcome)
    if not outcome.identical:
        raise typer.Exit(1)


def _show_reproduction(again: Reproduction) -> None:
    """Say identical, or what differs most and what may be the cause."""
    if again.identical:
        typer.echo(f"identical: all {again.compared:,} figures, to the last bit")
    elif again.mismatches:
        count = len(again.mismatches)
        typer.echo(f"different: {count:,} of {again.compared:,} figures")
        typer.echo(f"largest difference: {_mismatch_line(again.mismatches[0])}")
    if again.unmatched:
        typer.echo(f"different: only one of the two has {', '.join(again.unmatched)}")
    if not again.same_scenario:
        typer.echo("its scenario.toml is not the one that was run (another fingerprint)")
    for name, (then, now) in again.versions.items():
        typer.echo(f"{name}: {then} then, {now} now")
    if not again.identical and not again.versions and again.same_scenario:
        typer.echo("no version differs: the figures, or the program, were changed")


def _mismatch_line(one: Mismatch) -> str:
    percent = f" ({100 * one.size:.3g}%)" if math.isfinite(one.size) else ""
    if one.table:
        where = f"{one.table}, line {one.line}, {one.outcome}"
        return f"{where}: {one.before} then, {one.now} now{percent}"
    from crisis_abm.outcomes import OUTCOMES

    title = OUTCOMES[one.outcome].title if one.outcome in OUTCOMES else one.outcome
    where = f"{title}, {one.policy}"
    if one.replicate is not None:
        where += f", replicate {one.replicate}"
    return f"{where}: {one.before!r} then, {one.now!r} now{percent}"


def _reproduction_as_json(bundle: Bundle, again: Reproduction) -> dict[str, Any]:
    """The same as plain data."""
    largest = None
    if again.mismatches:
        one = again.mismatches[0]
        largest = {
            "outcome": one.outcome,
            "policy": one.policy,
            "replicate": one.replicate,
            "table": one.table or None,
            "line": one.line or None,
            "before": _plain_figure(one.before),
            "now": _plain_figure(one.now),
            "relative": one.size if math.isfinite(one.size) else None,
        }
    return {
        "bundle": str(bundle.folder),
        "identical": again.identical,
        "compared": again.compared,
        "different": len(again.mismatches),
        "largest_difference": largest,
        "unmatched": again.unmatched,
        "same_scenario": again.same_scenario,
        "versions": {name: {"then": a, "now": b} for name, (a, b) in again.versions.items()},
    }


def _plain_figure(value: float | str) -> float | str | None:
    """A figure or a cell; JSON knows neither NaN nor infinity."""
    return value if isinstance(value, str) or math.isfinite(value) else None


@guarded
def validate(workers: Workers = None, json: Json = False) -> None:
    """Hold the engine against published and analytic results (exit code 1 if one fails)."""
    from crisis_abm.validation import STANDARD, validate

    with Progress("Validating", "cases") as watch:
        cases = stoppable(lambda: validate(workers, watch.tell), watch)
    failed = [case for case in cases if not case.passed]
    if json:
        screen.show_json({"passed": not failed, "cases": [_case_as_json(case) for case in cases]})
    else:
        _show_cases(cases)
        kept = f"{len(cases) - len(failed)} of {len(STANDARD)} cases as expected"
        typer.echo(kept + (f"; failed: {', '.join(c.name for c in failed)}" if failed else ""))
    if failed:
        raise typer.Exit(1)


def _show_cases(cases: list[Any]) -> None:
    table = screen.new_table()
    for head in ("Case, parameters, source", "figure", "expected", "measured", "within", "pass"):
        numeric = head in ("expected", "measured", "within")
        table.add_column(head, justify="right" if numeric else "left", overflow="fold")
    for case in cases:
        parameters = ", ".join(f"{k} = {_parameter_text(v)}" for k, v in case.parameters.items())
        about = f"{case.name}\n{parameters}\n{case.source}"
        for name, wanted in case.expected.items():
            table.add_row(
                about,
                name,
                _figures_text(wanted),
                _figures_text(case.measured[name]),
                f"{case.tolerance[name]:.2g}",
                "yes" if case.passed else "NO",
            )
            about = ""
    screen.show(table)


def _figures_text(value: Any) -> str:
    several = value if isinstance(value, tuple) else (value,)
    return "\n".join(f"{one:.6g}" for one in several)


def _parameter_text(value: Any) -> str:
    """A parameter in few characters: a list of equal numbers as number × count."""
    if isinstance(value, list) and len(value) > 4 and len(set(value)) == 1:
        return f"{value[0]:g} × {len(value)}"
    return str(value)


def _case_as_json(case: Any) -> dict[str, Any]:
    return {
        "case": case.name,
        "source": case.source,
        "parameters": case.parameters,
        "expected": case.expected,
        "measured": case.measured,
        "tolerance": case.tolerance,
        "passed": case.passed,
    }


COMMANDS = {
    "run": (
        run,
        [
            "crisis-abm run local_shock --policy reciprocal --out runs/shock",
            "crisis-abm run my_town.toml --policy agenda=1,parity=.5 --set time.steps=60",
            "crisis-abm run --sweep runs/spare --point 17 --replicate 2",
        ],
    ),
    "compare": (
        compare,
        [
            "crisis-abm compare local_shock --replicates 30 --out runs/local_shock",
            "crisis-abm compare local_shock --policies siloed,reciprocal,agenda=1,communication=.5",
        ],
    ),
    "reproduce": (reproduce, ["crisis-abm reproduce runs/local_shock"]),
}
VALIDATION = {"validate": (validate, ["crisis-abm validate"])}
