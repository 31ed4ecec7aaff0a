"""The commands that run something: once, under several policies, once again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crisis_abm.cli import options, screen
from crisis_abm.cli.answering import Answering
from crisis_abm.cli.guard import guarded, stoppable
from crisis_abm.cli.options import Json, Out, Policy, Replicate, Seed, Set, Workers
from crisis_abm.cli.sweep_rows import (
    FileOrRow,
    Point,
    Sweep,
    again_of,
    run_asked,
    scenario_asked,
)
from crisis_abm.cli.waiting import Waiting

__all__ = ["COMMANDS"]


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
    asked = run_asked(file, sweep, point, policy, seed, replicate, changes)
    scenario, seed, replicate = asked.scenario, asked.seed, asked.replicate
    answering = Answering("run", scenario, changes, out, json)
    with Waiting("Running", f"{scenario.time.unit}s") as watch:
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
    scenario, seed = scenario_asked(file, sweep, point, changes, seed)
    chosen = scenario.policies_named(options.split_policies(policies or ["siloed,reciprocal"]))
    answering = Answering("compare", scenario, changes, out, json)
    with Waiting("Comparing", "replicates") as watch:
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
