"""The command that looks for weak links, and for where help would do most."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from crisis_abm.cli import options
from crisis_abm.cli.answering import Answering
from crisis_abm.cli.guard import guarded, stoppable
from crisis_abm.cli.options import Json, Out, Seed, Set, Workers
from crisis_abm.cli.sweep_rows import FileOrRow, Point, Sweep, scenario_asked
from crisis_abm.cli.waiting import Waiting

__all__ = ["COMMANDS"]

Names = list[str] | None


def _names(option: str, metavar: str, text: str) -> typer.models.OptionInfo:
    return typer.Option(option, metavar=metavar, help=text, show_default=False)


@guarded
def weak_links(
    file: FileOrRow = None,
    policies: Annotated[
        Names, _names("--policies", "P,P…", "As in compare. By default siloed,reciprocal.")
    ] = None,
    pairs: Annotated[
        int,
        typer.Option("--pairs", metavar="N", min=0, help="Look for the N worst pairs, too."),
    ] = 0,
    kinds: Annotated[
        Names, _names("--kinds", "K,K…", "Try only these kinds, and links from or to them.")
    ] = None,
    areas: Annotated[
        Names, _names("--areas", "A,A…", "Try only these areas, and links from or to them.")
    ] = None,
    organisations: Annotated[
        Names, _names("--organisations", "ID,ID…", "Try only these, and links from or to them.")
    ] = None,
    only: Annotated[
        Names,
        _names("--only", "WHAT,…", "Some of organisations, links, stock, capacity, suppliers."),
    ] = None,
    replicates: Annotated[
        int,
        typer.Option(
            "--replicates", metavar="N", min=1, help="Crises for those that come out on top."
        ),
    ] = 30,
    screening: Annotated[
        int,
        typer.Option(
            "--screening",
            metavar="N",
            min=1,
            help="Crises for everything (for what may help half as many).",
        ),
    ] = 5,
    top: Annotated[
        int,
        typer.Option(
            "--top",
            metavar="N",
            min=0,
            help="How many of what may break are repeated (of what may help half as many).",
        ),
    ] = 30,
    most_runs: Annotated[
        int | None,
        typer.Option(
            "--most-runs",
            metavar="N",
            min=1,
            help="Allow so many runs; by default what takes about half an hour on two cores.",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 0,
    sweep: Sweep = None,
    point: Point = None,
    workers: Workers = None,
    changes: Set = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Knock out every organisation and link in turn, and find where help would do most."""
    scenario, seed = scenario_asked(file, sweep, point, changes, seed)
    chosen = scenario.policies_named(options.split_policies(policies or ["siloed,reciprocal"]))
    answering = Answering("weak-links", scenario, changes, out, json)
    with Waiting("Trying", "runs") as watch:
        from crisis_abm.analysis.weak_links.candidates import FORMS
        from crisis_abm.analysis.weak_links.search import weak_links as search
        from crisis_abm.analysis.weak_links.size import TooManyRuns

        try:
            result = stoppable(
                lambda: search(
                    scenario,
                    chosen,
                    replicates,
                    screening,
                    top,
                    pairs,
                    options.names_in(only) or FORMS,
                    options.names_in(kinds),
                    options.names_in(areas),
                    options.names_in(organisations),
                    seed,
                    most_runs,
                    workers,
                    watch.tell,
                ),
                watch,
            )
        except TooManyRuns as error:
            raise error.with_remedy(
                "name whom to try with --organisations, --kinds or --areas, and what with --only; "
                f"or allow it with --most-runs {error.runs}"
            ) from None
    from crisis_abm.report.weak_links import tables

    def files() -> tuple[dict[str, Any], dict[str, Any]]:
        from crisis_abm.report.weak_links.pictures import weak_links_pictures

        return tables.weak_links_tables(result), weak_links_pictures(result)

    def show() -> None:
        from crisis_abm.cli import show_weak_links
        from crisis_abm.report.copyable import as_file

        what = [as_file(file), "--seed", str(seed)]
        if sweep is not None:
            what = ["--sweep", as_file(sweep), "--point", str(point)]
        show_weak_links.show(result, what, changes or ())

    facts = {"arguments": result.arguments}
    answering.tell(facts, result.seconds, files, lambda: tables.as_json(result), show)


COMMANDS = {
    "weak-links": (
        weak_links,
        [
            "crisis-abm weak-links local_shock --out runs/weak_links",
            "crisis-abm weak-links local_shock --kinds hospital,supplier --pairs 5",
        ],
    ),
}
