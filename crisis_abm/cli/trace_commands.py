"""The command that says why it failed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from crisis_abm.cli import options, screen
from crisis_abm.cli.guard import guarded, stoppable
from crisis_abm.cli.kept import claimed, kept, say_where
from crisis_abm.cli.options import File, Json, Out, Seed, Set, Workers
from crisis_abm.cli.waiting import Waiting

__all__ = ["COMMANDS"]


@guarded
def trace(
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
    check: Annotated[
        bool,
        typer.Option(
            "--check/--no-check",
            help="Take each root away and run again: what really vanishes without it.",
        ),
    ] = True,
    workers: Workers = None,
    changes: Set = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Say why it failed: who because of whom, back to the roots; and check each root."""
    began = datetime.now(UTC)
    scenario = options.load(file, changes)
    name = scenario.policy_named(policy or scenario.policy).name
    claimed(out)
    arguments = {"policy": name, "seed": seed, "replicate": replicate, "check": check}
    with Waiting("Tracing", "runs") as watch:
        from crisis_abm.analysis.cascade.trace import trace

        result = stoppable(
            lambda: trace(scenario, name, seed, replicate, check, workers, watch.tell),
            watch,
        )
    folder = None
    if out is not None:
        from crisis_abm.report.cascade.pictures import trace_pictures
        from crisis_abm.report.cascade.tables import trace_files, trace_tables

        tables, files = trace_tables(result), {**trace_pictures(result), **trace_files(result)}
        folder = kept(
            out, "trace", scenario, arguments, changes, began, result.seconds, tables, files
        )
    if json:
        from crisis_abm.report.cascade.tables import as_json

        found = {**as_json(result), "seed": seed, "bundle": folder and str(folder)}
        screen.show_json(found)
        return
    from crisis_abm.cli import show_trace

    show_trace.show(result, seed)
    say_where(folder)


COMMANDS = {
    "trace": (
        trace,
        [
            "crisis-abm trace local_shock --policy siloed --out runs/trace",
            "crisis-abm trace first_wave --policy reciprocal --seed 3",
        ],
    ),
}
