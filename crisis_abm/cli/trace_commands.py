"""The command that says why it failed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from crisis_abm.cli import options
from crisis_abm.cli.answering import Answering
from crisis_abm.cli.guard import guarded, stoppable
from crisis_abm.cli.options import File, Json, Out, Policy, Replicate, Seed, Set, Workers
from crisis_abm.cli.waiting import Waiting

__all__ = ["COMMANDS"]


@guarded
def trace(
    file: File,
    policy: Policy = None,
    seed: Seed = 0,
    replicate: Replicate = None,
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
    scenario = options.load(file, changes)
    name = scenario.policy_named(policy or scenario.policy).name
    answering = Answering("trace", scenario, changes, out, json)
    arguments = {"policy": name, "seed": seed, "replicate": replicate, "check": check}
    arguments["replicates"] = replicates
    with Waiting("Tracing", "runs") as watch:
        from crisis_abm.analysis.cascade.trace import trace

        result = stoppable(
            lambda: trace(scenario, name, seed, replicate, check, workers, watch.tell, replicates),
            watch,
        )
    from crisis_abm.report.cascade import tables

    def files() -> tuple[dict[str, Any], dict[str, Any]]:
        from crisis_abm.report.cascade.pictures import trace_pictures

        drawn = trace_pictures(result)
        return tables.trace_tables(result), {**drawn, **tables.trace_files(result)}

    def show() -> None:
        from crisis_abm.cli import show_trace

        show_trace.show(result, seed)

    facts = {"arguments": arguments}
    answering.tell(
        facts, result.seconds, files, lambda: {**tables.as_json(result), "seed": seed}, show
    )


COMMANDS = {
    "trace": (
        trace,
        [
            "crisis-abm trace local_shock --policy siloed --out runs/trace",
            "crisis-abm trace first_wave --policy reciprocal --seed 3",
            "crisis-abm trace local_shock --policy reciprocal --replicates 30 --no-check",
        ],
    ),
}
