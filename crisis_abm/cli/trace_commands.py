"""The command that says why it failed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from crisis_abm.cli.answering import Answering
from crisis_abm.cli.guard import guarded, stoppable
from crisis_abm.cli.options import Json, Out, Policy, Replicate, Seed, Set, Workers
from crisis_abm.cli.sweep_rows import FileOrRow, Point, Sweep, run_asked
from crisis_abm.cli.waiting import Waiting

__all__ = ["COMMANDS"]


@guarded
def trace(
    file: FileOrRow = None,
    policy: Policy = None,
    seed: Seed = 0,
    replicate: Replicate = None,
    sweep: Sweep = None,
    point: Point = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check/--no-check",
            help="Take each root away and run again: what really vanishes without it.",
        ),
    ] = True,
    replicates: Annotated[
        int,
        typer.Option(
            "--replicates",
            metavar="N",
            min=0,
            help="Trace N crises, too: how the causes' shares differ from one to the next.",
            show_default=False,
        ),
    ] = 0,
    workers: Workers = None,
    changes: Set = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Say why it failed: who because of whom, back to the roots; and check each root."""
    if sweep is not None and replicates:
        message = "a row of a sweep is one crisis; trace several of a scenario file"
        raise typer.BadParameter(message, param_hint="'--replicates'")
    row = replicate or 0  # of a sweep
    asked = run_asked(file, sweep, point, policy, seed, replicate, changes)
    scenario, followed, seed, replicate = asked.scenario, asked.policy, asked.seed, asked.replicate
    answering = Answering("trace", scenario, changes, out, json)
    arguments = {"policy": followed.name, "seed": seed, "replicate": replicate, "check": check}
    arguments["replicates"] = replicates
    with Waiting("Tracing", "runs") as watch:
        from crisis_abm.analysis.cascade.trace import trace

        result = stoppable(
            lambda: trace(
                scenario, followed, seed, replicate, check, workers, watch.tell, replicates
            ),
            watch,
        )
    from crisis_abm.report.cascade import tables

    def files() -> tuple[dict[str, Any], dict[str, Any]]:
        from crisis_abm.report.cascade.pictures import trace_pictures

        drawn = trace_pictures(result)
        return tables.trace_tables(result), {**drawn, **tables.trace_files(result)}

    def show() -> None:
        from crisis_abm.cli import show_trace
        from crisis_abm.report.copyable import as_file

        asked.show_head()
        what = [as_file(file), "--seed", str(seed)]
        what += [] if replicate is None else ["--replicate", str(replicate)]
        if sweep is not None:
            what = ["--sweep", as_file(sweep), "--point", str(point)]
            what += ["--replicate", str(row)]
        show_trace.show(result, seed, what, changes or ())
        asked.show_foot(result.run.outcomes)

    def as_json() -> dict[str, Any]:
        return {**tables.as_json(result), "seed": seed, **asked.as_json(result.run.outcomes)}

    facts = {"arguments": arguments, **asked.facts()}
    answering.tell(facts, result.seconds, files, as_json, show)


COMMANDS = {
    "trace": (
        trace,
        [
            "crisis-abm trace local_shock --policy siloed --out runs/trace",
            "crisis-abm trace first_wave --policy reciprocal --seed 3",
            "crisis-abm trace local_shock --policy reciprocal --replicates 30 --no-check",
            "crisis-abm trace --sweep runs/spare --point 17 --replicate 2",
        ],
    ),
}
