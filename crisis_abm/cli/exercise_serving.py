"""Holding an exercise: a new sitting, or one that goes on, served to browsers."""

from __future__ import annotations

import _thread
import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crisis_abm.cli import screen
from crisis_abm.cli.errors import guarded
from crisis_abm.cli.options import AllowedHosts, BaseUrl, Browser, Host
from crisis_abm.cli.progress import Progress, stoppable
from crisis_abm.report.copyable import command, place

if TYPE_CHECKING:
    from crisis_abm.exercise import Exercise, Sitting
    from crisis_abm.exercise.server.serving import Address

MOST_PLAYERS = 30
REHEARSED = "flood"
Players = Annotated[
    int | None,
    typer.Option(
        "--players",
        metavar="N",
        min=1,
        max=MOST_PLAYERS,
        help="How many play, where seats may be split; as few as have a seat each by default.",
        show_default=False,
    ),
]


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
    host: Host = "127.0.0.1",
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
    players: Players = None,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo", help="A rehearsal: bots in every seat, a split screen; nothing is kept."
        ),
    ] = False,
    allowed: AllowedHosts = None,
    base: BaseUrl = "",
    browser: Browser = True,
    json: Annotated[
        bool,
        typer.Option("--json", help="Say where it is in a line of JSON.", show_default=False),
    ] = False,
    with_input: Annotated[
        bool,
        typer.Option(
            "--with-input",
            help="End when standard input ends: for a program that starts this one.",
            show_default=False,
        ),
    ] = False,
) -> None:
    """Hold an exercise: serve it to the browsers of facilitator and players. Ctrl-C ends it."""
    if find_spec("uvicorn") is None or find_spec("segno") is None:
        typer.echo("an exercise needs more packages: pip install 'crisis_abm[dashboard]'", err=True)
        raise typer.Exit(2)
    from crisis_abm.exercise import LogError, Refused
    from crisis_abm.exercise.play import make_ready
    from crisis_abm.exercise.server.serving import serve
    from crisis_abm.web.address import CannotServe, checked_base, checked_names

    if not what and not demo:
        message = "Missing argument 'FOLDER|NAME': an exercise such as flood, or --demo."
        raise typer.BadParameter(message)
    if with_input:
        threading.Thread(target=_end_with_input, name="input", daemon=True).start()
    try:
        names, seen = checked_names(allowed or ()), checked_base(base)
        with _sitting(what or REHEARSED, data, players, demo) as sitting:
            with Progress("Making ready") as watch:
                stoppable(lambda: make_ready(sitting.exercise), watch)

            def announce(where: Address) -> None:
                if json:
                    screen.show_json(_as_json(sitting, where, demo), indent=None)
                    return
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
    from crisis_abm.exercise import Refused, Sitting
    from crisis_abm.exercise.papers import fewest_players
    from crisis_abm.exercise.sitting import LOG

    known = Path(what)
    if demo and (data is not None or (known / LOG).is_file()):
        raise Refused("a rehearsal is not kept: leave out the folder, and name an exercise")
    is_folder = (known / LOG).is_file()
    if data is not None and is_folder and data.resolve() != known.resolve():
        raise Refused(f"{known}: is a folder to go on with already; leave out --data")
    with contextlib.ExitStack() as stack:
        goes_on = is_folder or (data is not None and (data / LOG).is_file())
        if goes_on:
            sitting = Sitting.open(data or known)
            stack.callback(sitting.close)
            _refuse_another(sitting, None if is_folder else _exercise(what), players)
        else:
            exercise = _exercise(what)
            if demo:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "rehearsal"
            else:
                folder = data or _folder_for(Path(exercise.source).stem)
            sitting = Sitting.begin(folder, exercise, players or fewest_players(exercise))
            stack.callback(sitting.close)
        yield sitting


def _refuse_another(sitting: Sitting, meant: Exercise | None, players: int | None) -> None:
    """Say so where a folder holds another exercise than was asked for, or one of other seats."""
    from crisis_abm.exercise import Refused

    held, count = sitting.exercise.content.title, sitting.course.players
    if meant is not None and meant.content.title != held:
        raise Refused(
            f"{sitting.folder}: {held!r} is held in it, not {meant.content.title!r}; "
            "take another folder with --data"
        )
    if players is not None and players != count:
        raise Refused(
            f"{sitting.folder}: was begun for {count} players; leave out --players, "
            "or take another folder with --data"
        )


def _exercise(what: str) -> Exercise:
    from crisis_abm.exercise import Exercise, ExerciseError
    from crisis_abm.exercise.sitting import LOG
    from crisis_abm.scenario import Problem

    if Path(what).name == LOG and Path(what).is_file():
        problem = Problem(what, "", message="is the log of a sitting", remedy="name its folder")
        raise ExerciseError(problem)
    if Path(what).is_dir():
        remedy = "name a folder in which one was held, or an exercise to begin"
        raise ExerciseError(Problem(what, "", message="no exercise was held in it", remedy=remedy))
    return Exercise.load(what)


def _folder_for(name: str) -> Path:
    from crisis_abm.exercise.kept import HELD, new_folder
    from crisis_abm.user_folders import user_data

    return new_folder((user_data() or Path.cwd()) / HELD, name)


def _end_with_input() -> None:
    """End as by Ctrl-C when nobody holds the other end of standard input any more."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    _thread.interrupt_main()


def _as_json(sitting: Sitting, where: Address, demo: bool) -> dict[str, Any]:
    seats = sitting.exercise.content.seats
    return {
        "title": sitting.exercise.content.title,
        "facilitator": where.facilitator,
        "players": f"{where.base}/join",
        "code": where.code,
        "folder": None if demo else str(sitting.folder),
        "seats": {name: seats[name].title for name in sitting.course.seats},
    }


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
