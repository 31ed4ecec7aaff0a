"""The command that says which principle of working together brings it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from crisis_abm.cli.answering import Answering
from crisis_abm.cli.guard import guarded, stoppable
from crisis_abm.cli.options import Json, Out, Seed, Set, Workers
from crisis_abm.cli.sweep_rows import FileOrRow, Point, Sweep, scenario_asked
from crisis_abm.cli.waiting import Waiting

__all__ = ["COMMANDS", "OutcomeName", "known_outcome"]

OutcomeName = Annotated[
    str,
    typer.Option(
        "--outcome",
        metavar="NAME",
        help="What is looked at: harm, unmet, failed, peak_failures, gap_kinds … as in "
        "outcomes.csv of [bold]compare[/bold].",
    ),
]


def known_outcome(name: str) -> str:
    """The outcome of this name.

    Raises
    ------
    typer.BadParameter
    """
    from crisis_abm.outcomes import OUTCOMES
    from crisis_abm.scenario.problems import nearest

    if name in OUTCOMES:
        return name
    message = f'there is no outcome "{name}"; {nearest(name, list(OUTCOMES), "outcomes")}'
    raise typer.BadParameter(message, param_hint="'--outcome'")


@guarded
def principles(
    file: FileOrRow = None,
    outcome: OutcomeName = "harm",
    replicates: Annotated[
        int,
        typer.Option(
            "--replicates",
            metavar="N",
            min=1,
            help="How many crises, the same for every combination and as in [bold]compare[/bold].",
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
    """Say which of the principles brings it: alone, with the others, and where one harms."""
    known_outcome(outcome)
    scenario, seed = scenario_asked(file, sweep, point, changes, seed)
    answering = Answering("principles", scenario, changes, out, json)
    arguments = {"outcome": outcome, "replicates": replicates, "seed": seed}
    with Waiting("All combinations", "runs") as watch:
        from crisis_abm.analysis import attribution

        result = stoppable(
            lambda: attribution.principles(
                scenario, outcome, replicates, seed, workers, watch.tell
            ),
            watch,
        )
    from crisis_abm.report.principles import tables

    def files() -> tuple[dict[str, Any], dict[str, Any]]:
        from crisis_abm.report.principles.pictures import principles_pictures

        return tables.principles_tables(result), principles_pictures(result)

    def show() -> None:
        from crisis_abm.cli import show_principles

        show_principles.show(result)

    facts = {"arguments": arguments}
    answering.tell(facts, result.seconds, files, lambda: tables.as_json(result), show)


COMMANDS = {
    "principles": (
        principles,
        [
            "crisis-abm principles local_shock --out runs/principles",
            "crisis-abm principles local_shock --outcome failed --replicates 10",
        ],
    ),
}
