"""The command that says whom to win over first, and whether adoption tips."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from crisis_abm.cli import options
from crisis_abm.cli.answering import Answering
from crisis_abm.cli.guard import guarded, stoppable
from crisis_abm.cli.options import Json, Out, Seed, Set, Workers
from crisis_abm.cli.principles_commands import OutcomeName, known_outcome
from crisis_abm.cli.sweep_rows import FileOrRow, Point, Sweep, scenario_asked
from crisis_abm.cli.waiting import Waiting

__all__ = ["COMMANDS"]


@guarded
def coalition(
    file: FileOrRow = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="UNIT",
            help="Whom one call reaches: organisation, group (a kind in an area), kind or area. "
            "By default organisation, up to 100 of them; else the finest that is not more.",
            show_default=False,
        ),
    ] = None,
    kinds: Annotated[
        str | None,
        typer.Option(
            "--kinds",
            metavar="KIND,KIND…",
            help="Who can be called. By default everybody but groups of people (households).",
            show_default=False,
        ),
    ] = None,
    outcome: OutcomeName = "harm",
    policy: Annotated[
        str, typer.Option("--policy", metavar="POLICY", help="What those called follow.")
    ] = "reciprocal",
    otherwise: Annotated[
        str, typer.Option("--otherwise", metavar="POLICY", help="What the others follow.")
    ] = "siloed",
    replicates: Annotated[
        int,
        typer.Option(
            "--replicates", metavar="N", min=1, help="Crises that it is measured in, as in compare."
        ),
    ] = 30,
    screening: Annotated[
        int,
        typer.Option(
            "--screening", metavar="N", min=1, help="Further crises, to search the order in."
        ),
    ] = 5,
    orders: Annotated[
        int, typer.Option("--orders", metavar="N", min=1, help="Random orders in each crisis.")
    ] = 2,
    seed: Seed = 0,
    sweep: Sweep = None,
    point: Point = None,
    workers: Workers = None,
    changes: Set = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Say whom to call first: harm against how many work together, at random and chosen."""
    _check(by, known_outcome(outcome))
    scenario, seed = scenario_asked(file, sweep, point, changes, seed)
    chosen = options.names_in(None if kinds is None else [kinds])
    called, rest = scenario.policies_named([policy, otherwise])
    arguments: dict[str, Any] = {
        "outcome": outcome,
        "policy": called.name,
        "otherwise": rest.name,
        "by": by,
        "kinds": chosen,
        "replicates": replicates,
        "screening": screening,
        "orders": orders,
        "seed": seed,
    }
    answering = Answering("coalition", scenario, changes, out, json)
    with Waiting("Calling", "runs") as watch:
        from crisis_abm.analysis.coalition.search import coalition

        result = stoppable(
            lambda: coalition(
                scenario,
                **{**arguments, "policy": called, "otherwise": rest},
                workers=workers,
                progress=watch.tell,
            ),
            watch,
        )
    from crisis_abm.report.coalition import tables

    def files() -> tuple[dict[str, Any], dict[str, Any]]:
        from crisis_abm.report.coalition.pictures import coalition_pictures

        return tables.coalition_tables(result), coalition_pictures(result)

    def show() -> None:
        from crisis_abm.cli import show_coalition

        show_coalition.show(result)

    facts = {"arguments": arguments}
    answering.tell(facts, result.seconds, files, lambda: tables.as_json(result), show)


def _check(by: str | None, outcome: str) -> None:
    from crisis_abm.analysis.coalition.units import BY
    from crisis_abm.outcomes import OUTCOMES

    if by is not None and by not in BY:
        raise typer.BadParameter(f'"{by}" is none of {", ".join(BY)}', param_hint="'--by'")
    if OUTCOMES[outcome].better == 0:
        message = f"of {outcome} neither less nor more is better, so there is no best order"
        raise typer.BadParameter(message, param_hint="'--outcome'")


COMMANDS = {
    "coalition": (
        coalition,
        [
            "crisis-abm coalition local_shock --out runs/coalition",
            "crisis-abm coalition local_shock --kinds hospital,care_home --by group",
        ],
    ),
}
