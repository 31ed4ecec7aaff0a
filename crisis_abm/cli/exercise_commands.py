"""The commands about tabletop exercises: a file to start from, its faults, and the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from crisis_abm.cli import screen
from crisis_abm.cli.errors import guarded
from crisis_abm.cli.exercise_serving import MOST_PLAYERS, Players, hold
from crisis_abm.cli.options import Json, Workers
from crisis_abm.cli.progress import Progress, stoppable
from crisis_abm.cli.scenario_commands import problem_as_json, starter, write_anew
from crisis_abm.report.copyable import command, place

if TYPE_CHECKING:
    from rich.table import Table

    from crisis_abm.exercise import Exercise

HOLD = "hold"
ExerciseFile = Annotated[
    str,
    typer.Argument(metavar="FILE", help="An exercise file, or the name of a ready-made one."),
]
FIRST = 3  # sections of a report whose findings are told on a screen


class _HoldsByDefault(TyperGroup):
    """`exercise flood` is `exercise hold flood`: what is no command's name is held."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = [HOLD, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_HoldsByDefault,
    no_args_is_help=True,
    rich_markup_mode="rich",
    epilog="Begin with: crisis-abm exercise --demo\n\nThen: crisis-abm exercise flood",
)


@app.callback()
def _about() -> None:
    """Hold a tabletop exercise, or prepare one: turns, seats and injects around a scenario.

    `crisis-abm exercise NAME` holds one, `crisis-abm exercise FOLDER` goes on with it.
    """


_EXAMPLES = ("flood", "flood --host 0.0.0.0", "--demo")
app.command(HOLD, epilog="\n\n".join(f"Example: crisis-abm exercise {one}" for one in _EXAMPLES))(
    hold
)


@app.command(epilog="Example: crisis-abm exercise new winter")
@guarded
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the file to write.")],
    json: Json = False,
) -> None:
    """Write a small commented exercise to start from."""
    file, text = starter(Path(name), "starter_exercise.toml")
    write_anew({file: text.encode()})
    if json:
        screen.show_json({"files": [str(file)]})
        return
    typer.echo(
        f"wrote {place(file)}\n\nNext: edit it, then\n  {command('exercise', 'check', file)}"
    )


@app.command(epilog="Example: crisis-abm exercise check first_wave")
@guarded
def check(
    file: ExerciseFile,
    json: Json = False,
) -> None:
    """Find every fault of an exercise, or say what it holds."""
    from crisis_abm.exercise import Exercise
    from crisis_abm.scenario import ScenarioError

    try:
        found = Exercise.load(file)
    except ScenarioError as error:
        if not json:
            raise
        problems = [problem_as_json(one) for one in error.problems]
        screen.show_json({"file": file, "ok": False, "problems": problems})
        raise typer.Exit(2) from None
    held = _held(found)
    if json:
        screen.show_json({"file": file, "ok": True, **held})
    else:
        _show(found, held)


@app.command(epilog="Example: crisis-abm exercise injects first_wave --out injects.xlsx")
@guarded
def injects(
    file: ExerciseFile,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it there: .csv or .xlsx.", show_default=False),
    ] = None,
) -> None:
    """Write the injects of an exercise as a table, to be edited in a spreadsheet."""
    from crisis_abm.exercise import Exercise
    from crisis_abm.exercise.inject_table import injects_table
    from crisis_abm.scenario import Problem, ScenarioError

    ending = "csv" if out is None else out.suffix.lower().removeprefix(".")
    if ending not in ("csv", "xlsx"):
        remedy = "write .csv or .xlsx"
        raise ScenarioError(Problem(str(out), "", message="is no table's name", remedy=remedy))
    if out is not None:
        _refuse_no_folder(out.parent)
    found = Exercise.load(file)
    content = injects_table(found.content.injects, "csv" if ending == "csv" else "xlsx")
    if out is None:
        typer.echo(content.decode("utf-8-sig"), nl=False)
        return
    write_anew({out: content})
    typer.echo(f"wrote {place(out)}\n\nNext: edit it, and write in the exercise")
    typer.echo(f'  injects = "{out.name}"')


@app.command(epilog="Example: crisis-abm exercise papers flood --out papers")
@guarded
def papers(
    file: ExerciseFile,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="The folder to write them to.")
    ] = Path("papers"),
    players: Players = None,
) -> None:
    """Write what a trainer prints: the guide, players' briefings and the feedback form."""
    from crisis_abm.exercise import Exercise
    from crisis_abm.exercise.papers import PAPERS, paper
    from crisis_abm.scenario import Problem, ScenarioError

    found = Exercise.load(file)
    if players is not None and not found.seats(players):
        sizes = [str(one) for one in range(1, MOST_PLAYERS + 1) if found.seats(one)]
        message, remedy = "nobody has a seat among so many", f"it is for {', '.join(sizes)}"
        raise ScenarioError(Problem("--players", "", players, message, remedy))
    contents = {out / f"{what}.html": paper(found, what, players).encode() for what in PAPERS}
    out.mkdir(parents=True, exist_ok=True)
    for path in write_anew(contents):
        typer.echo(f"wrote {place(path)}")
    typer.echo("\nNext: open them in a browser, and print")


@app.command(epilog="Example: crisis-abm exercise report held --out monday.html")
@guarded
def report(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Of a sitting: it holds exercise.log."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="The page to write; its tables as CSV files stand beside it. By default "
            "report.html in the folder.",
            show_default=False,
        ),
    ] = None,
    crises: Annotated[
        int,
        typer.Option(
            "--crises",
            metavar="N",
            min=2,
            max=10_000,
            help="In how many further crises decisions are judged.",
        ),
    ] = 30,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Write the report after an exercise, or in the middle of one: a page, and tables as CSV."""
    from crisis_abm.atomic_write import write_files
    from crisis_abm.exercise import LogError
    from crisis_abm.exercise.after_action import after_action_report, as_page, as_tables
    from crisis_abm.exercise.log import KeptLog
    from crisis_abm.exercise.sitting import LOG, Sitting

    page = out or folder / "report.html"
    page = page / "report.html" if page.is_dir() else page
    try:
        sitting = Sitting(KeptLog(folder / LOG))
    except LogError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    _refuse_no_folder(page.parent)
    with Progress("Playing again", "crises") as watch:
        made = stoppable(lambda: after_action_report(sitting, crises, workers, watch.tell), watch)
        text = stoppable(lambda: as_page(made), watch)
    tables = {page.with_name(f"{page.stem}_{name}"): t for name, t in as_tables(made).items()}
    write_files({path: t.encode("utf-8", "replace") for path, t in {page: text, **tables}.items()})
    if json:
        from crisis_abm.report.sections import as_plain

        files = [str(path) for path in (page, *tables)]
        screen.show_json({**as_plain("exercise", made), "files": files})
        return
    screen.say(made.title, "bold")
    for section in made.sections[:FIRST]:
        screen.say(f"\n{section.title}: {section.words[0]}")
    typer.echo(f"\nWritten: {place(page)}, and {len(tables)} tables as CSV files beside it")


def _refuse_no_folder(folder: Path) -> None:
    """Before the work is done."""
    if not folder.is_dir():
        typer.echo(f"{folder}: there is no such folder to write in", err=True)
        raise typer.Exit(2)


def _held(exercise: Exercise) -> dict[str, Any]:
    """What an exercise holds, as plain data."""
    content = exercise.content
    return {
        "title": content.title,
        "scenario": exercise.scenario.title,
        "policy": exercise.policy.name,
        "minutes": sum(turn.minutes for turn in content.turns),
        "turns": [
            {
                "title": turn.title,
                "ticks": [exercise.starts[row], exercise.starts[row + 1]],
                "minutes": turn.minutes,
                "injects": [one.number for one in exercise.injects_of(row)],
            }
            for row, turn in enumerate(content.turns)
        ],
        "by_hand": [one.number for one in content.injects if one.date is None],
        "seats": {
            name: {
                "title": seat.title,
                "organisations": len(exercise.rows_of(name)),
                "players": [seat.from_players, seat.to_players],
                "decides": list(seat.decides),
            }
            for name, seat in content.seats.items()
        },
        "objectives": {name: one.title for name, one in content.objectives.items()},
        "questions": len(content.questions),
    }


def _show(exercise: Exercise, held: dict[str, Any]) -> None:
    from crisis_abm.report.words import counted

    screen.say(held["title"], "bold")
    if exercise.content.aim:
        screen.say(exercise.content.aim)
    typer.echo(
        f"\n{held['minutes']} minutes of {held['scenario']}; standing policy: {held['policy']}\n"
    )
    table = _table("turn", "called", "lasts", "minutes", "injects")
    for number, turn in enumerate(held["turns"], start=1):
        injects = ", ".join(map(str, turn["injects"])) or "none"
        lasts = counted(turn["ticks"][1] - turn["ticks"][0], exercise.scenario.time.unit)
        table.add_row(str(number), turn["title"], lasts, str(turn["minutes"]), injects)
    screen.show(table)
    table = _table("seat", "called", "organisations", "players", "decides")
    for name, seat in held["seats"].items():
        least, most = seat["players"]
        players = f"from {least}" if least > 1 else "always"
        if most < MOST_PLAYERS:
            players = f"up to {most}" if least == 1 else f"{least} to {most}"
        count, decides = str(seat["organisations"]), ", ".join(seat["decides"])
        table.add_row(name, seat["title"], count, players, decides)
    typer.echo()
    screen.show(table)
    if held["by_hand"]:
        typer.echo(f"\nSent by hand: injects {', '.join(map(str, held['by_hand']))}")
    fitting = exercise.fitting()
    if fitting:
        typer.echo(f"\nOne person a seat: {', '.join(map(str, fitting))} players")
    typer.echo("\nNo faults.")


def _table(*headings: str) -> Table:
    table = screen.new_table()
    for heading in headings:
        table.add_column(heading)
    return table
