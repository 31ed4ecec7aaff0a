"""Holding an exercise: a new sitting, or one that goes on, served to browsers."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crisis_abm.cli.errors import guarded
from crisis_abm.report.copyable import command, place

if TYPE_CHECKING:
    from crisis_abm.exercise import Exercise, Sitting
    from crisis_abm.exercise.server.serving import Address

MOST_PLAYERS = 30
REHEARSED = "flood"
HELD = "exercises"  # folder of sittings among a user's data


@guarded
def hold(
    what: Annotated[
        str,
        typer.Argument(
            metavar="[FOLDER|NAME]",
            help="An exercise file, the name of a ready-made one, or a folder to go on with.",
            show_default=False,
        ),
    ] = "",
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="To let others in, the address of this machine in their network, or 0.0.0.0.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="Where it listens.")
    ] = 8766,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help="Where the sitting is kept; a new folder among your data by default.",
            show_default=False,
        ),
    ] = None,
    players: Annotated[
        int | None,
        typer.Option(
            "--players",
            metavar="N",
            min=1,
            max=MOST_PLAYERS,
            help="How many seats are taken, where an exercise may be split; the fewest by default.",
            show_default=False,
        ),
    ] = None,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo", help="A rehearsal: bots in every seat, a split screen; nothing is kept."
        ),
    ] = False,
    allowed: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="NAME",
            help="A further name or address by which browsers may come; can be given repeatedly.",
            show_default=False,
        ),
    ] = None,
    base: Annotated[
        str,
        typer.Option(
            "--base-url",
            metavar="URL",
            help="The address that players see, if a proxy stands in front.",
            show_default=False,
        ),
    ] = "",
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Whether to open a browser.")
    ] = True,
) -> None:
    """Hold an exercise: serve it to the browsers of facilitator and players. Ctrl-C ends it."""
    if find_spec("uvicorn") is None or find_spec("segno") is None:
        typer.echo("an exercise needs more packages: pip install 'crisis_abm[dashboard]'", err=True)
        raise typer.Exit(2)
    from crisis_abm.exercise import LogError, Refused
    from crisis_abm.exercise.server.serving import serve
    from crisis_abm.web.address import CannotServe, checked_base, checked_names

    if not what and not demo:
        message = "Missing argument 'FOLDER|NAME': an exercise such as flood, or --demo."
        raise typer.BadParameter(message)
    try:
        names, seen = checked_names(allowed or ()), checked_base(base)
        with _sitting(what or REHEARSED, data, players, demo) as sitting:

            def announce(where: Address) -> None:
                for line in _told(sitting, where, demo):
                    typer.echo(line)

            serve(
                sitting,
                host,
                port,
                browser,
                rehearse=demo,
                allowed=names,
                base=seen,
                announce=announce,
            )
    except (CannotServe, LogError, Refused) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


@contextlib.contextmanager
def _sitting(what: str, data: Path | None, players: int | None, demo: bool) -> Iterator[Sitting]:
    """The sitting that is meant: one that is there goes on, else it is begun."""
    from crisis_abm.exercise import Sitting
    from crisis_abm.exercise.sitting import LOG

    with contextlib.ExitStack() as stack:
        known = Path(what)
        if data is not None and (data / LOG).is_file():
            known = data
        if (known / LOG).is_file() and not demo:
            sitting = Sitting.open(known)
        else:
            exercise = _exercise(what)
            if demo:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "rehearsal"
            else:
                folder = data or _new_folder(Path(exercise.source).stem)
            sitting = Sitting.begin(folder, exercise, players or _fewest(exercise))
        stack.callback(sitting.close)
        yield sitting


def _exercise(what: str) -> Exercise:
    from crisis_abm.exercise import Exercise, ExerciseError
    from crisis_abm.scenario import Problem

    if Path(what).is_dir():
        remedy = "name a folder in which one was held, or an exercise to begin"
        raise ExerciseError(Problem(what, "", message="no exercise was held in it", remedy=remedy))
    return Exercise.load(what)


def _fewest(exercise: Exercise) -> int:
    """The smallest number of players that gives one person a seat."""
    counts = {players: len(exercise.seats(players)) for players in range(1, MOST_PLAYERS + 1)}
    fitting = [players for players, seats in counts.items() if players == seats]
    return fitting[0] if fitting else max(counts, key=lambda players: counts[players])


def _new_folder(name: str) -> Path:
    """A folder of today's that is not there yet."""
    from crisis_abm.user_folders import user_data

    home = (user_data() or Path.cwd()) / HELD
    stem = f"{name}-{date.today().isoformat()}"
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, 1000))
    return next(home / one for one in names if not (home / one).exists())


def _told(sitting: Sitting, where: Address, demo: bool) -> Iterator[str]:
    content = sitting.exercise.content
    yield f"{content.title}: {len(sitting.course.seats)} seats, {sitting.exercise.turns} turns."
    yield f"Facilitator (keep this link to yourself):\n  {where.facilitator}"
    if not demo:
        yield f"Players open {where.base}/join with the code {where.code} and their seat's PIN."
        yield "Cards with PINs to print are on the facilitator's page."
        if where.is_open:
            yield (
                "Everyone who can reach this machine can see the way in, and what is sent is "
                "not encrypted: use it in a network that you trust, or behind a proxy "
                "(docs/trainer.md)."
            )
        else:
            yield "Only this machine can open it; --host lets others in."
        yield f"All that happens is kept in {place(sitting.folder)}"
        yield f"It goes on there with:  {command('exercise', place(sitting.folder))}"
    yield "Ctrl-C ends it."
