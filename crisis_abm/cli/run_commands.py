"""The commands that run something: once, under several policies, once again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crisis_abm.cli import options, screen
from crisis_abm.cli.guard import guarded, reason, stoppable
from crisis_abm.cli.options import File, Json, Out, Seed, Set, Workers
from crisis_abm.cli.waiting import Waiting

if TYPE_CHECKING:
    from crisis_abm.scenario import Scenario

__all__ = ["COMMANDS"]


@guarded
def run(
    file: File,
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy",
            metavar="POLICY",
            help="siloed, reciprocal, one of the scenario's own, or levers: "
            "agenda=1,communication=.5. By default the scenario's.",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 0,
    replicate: Annotated[
        int | None,
        typer.Option(
            "--replicate",
            metavar="N",
            min=0,
            help="The crisis of this replicate of [bold]compare[/bold] with the same seed.",
            show_default=False,
        ),
    ] = None,
    changes: Set = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Run a scenario once, and say what happened."""
    began = datetime.now(UTC)
    scenario = options.load(file, changes)
    name = scenario.policy_named(policy or scenario.policy).name
    _claimed(out)
    with Waiting("Running", f"{scenario.time.unit}s") as watch:
        from crisis_abm.runs import run_once

        result = stoppable(
            lambda: run_once(scenario, name, seed, replicate, progress=watch.tell), watch
        )
    folder = None
    if out is not None:
        from crisis_abm.report.run.pictures import run_pictures
        from crisis_abm.report.tables import run_tables

        facts = _facts([name], seed, changes, began, result.seconds, replicate=replicate)
        tables, pictures = run_tables(result, name, replicate), run_pictures(result)
        folder = _written(out, "run", scenario, facts, tables, pictures)
    from crisis_abm.cli import show_run

    if json:
        screen.show_json(show_run.as_json(result, scenario, seed, replicate, folder))
    else:
        show_run.show(result, seed, replicate)
        _say_where(folder)


@guarded
def compare(
    file: File,
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
            "--replicates", metavar="N", min=1, help="How many crises, the same for every policy."
        ),
    ] = 30,
    seed: Seed = 0,
    workers: Workers = None,
    changes: Set = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Run the same crises under several policies, and say what differs and how sure that is."""
    began = datetime.now(UTC)
    chosen = options.split_policies(policies or ["siloed,reciprocal"])
    scenario = options.load(file, changes)
    for policy in chosen:
        scenario.policy_named(policy)
    _claimed(out)
    with Waiting("Comparing", "replicates") as watch:
        from crisis_abm import runs

        result = stoppable(
            lambda: runs.compare(scenario, chosen, replicates, seed, workers, watch.tell), watch
        )
    folder = None
    if out is not None:
        from crisis_abm.report.comparison.pictures import comparison_pictures
        from crisis_abm.report.tables import comparison_tables

        facts = _facts(
            list(result.policies), seed, changes, began, result.seconds, replicates=replicates
        )
        tables, pictures = comparison_tables(result), comparison_pictures(result)
        folder = _written(out, "compare", scenario, facts, tables, pictures)
    if json:
        from crisis_abm.report.tables import as_json

        screen.show_json({**as_json(result), "bundle": folder and str(folder)})
        return
    from crisis_abm.cli import show_compare

    show_compare.show(result)
    _say_where(folder)


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
    with Waiting("Running again", counted.get(bundle.manifest["kind"], "runs")) as watch:
        from crisis_abm.report.reproduce import reproduce as again

        found = stoppable(lambda: again(bundle, workers, watch.tell), watch)
    from crisis_abm.cli import show_reproduce

    if json:
        screen.show_json(show_reproduce.as_json(bundle, found))
    else:
        show_reproduce.show(found)
    if not found.identical:
        raise typer.Exit(1)


def _claimed(out: Path | None) -> None:
    """Refuse a folder that cannot be written before anything is run."""
    if out is not None:
        from crisis_abm.runs.bundle import claim

        claim(out)


def _facts(
    policies: list[str],
    seed: int,
    changes: Sequence[str] | None,
    began: datetime,
    seconds: float,
    **more: Any,
) -> dict[str, Any]:
    return {
        "policies": policies,
        "seed": seed,
        **more,
        "changes": list(changes or []),
        "command": ["crisis-abm", *sys.argv[1:]],
        "started": began.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
    }


def _written(
    out: Path,
    kind: str,
    scenario: Scenario,
    facts: dict[str, Any],
    tables: dict[str, Any],
    pictures: dict[str, Any],
) -> Path:
    from crisis_abm.runs.bundle import write_bundle

    try:
        return write_bundle(out, kind, scenario, facts, tables, pictures)
    except OSError as error:  # name the place that was asked for, not a temporary one
        raise OSError(error.errno, reason(error), str(out)) from error


def _say_where(folder: Path | None) -> None:
    if folder is not None:
        typer.echo(f"\nKept in {folder}\nRun it again: crisis-abm reproduce {folder}")


COMMANDS = {
    "run": (
        run,
        [
            "crisis-abm run local_shock --policy reciprocal --out runs/shock",
            "crisis-abm run my_town.toml --policy agenda=1,parity=.5 --set time.steps=60",
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
