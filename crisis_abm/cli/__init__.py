"""The command ``crisis-abm``: its entry point, and its commands by name.

A command is a function that asks the layers below and shows what they answer. The one that opens
the dashboard stands here, the others beside this file.
"""

from __future__ import annotations

import signal
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

import crisis_abm
from crisis_abm.cli import (
    analysis_commands,
    exercise_commands,
    run_commands,
    scenario_commands,
    sweep_commands,
)
from crisis_abm.cli.errors import end_of, guarded
from crisis_abm.cli.options import AllowedHosts, BaseUrl, Browser, Host
from crisis_abm.cli.screen import closing_time, set_up

__all__ = ["app", "main"]

app = typer.Typer(
    name="crisis-abm",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Begin with: crisis-abm compare local_shock --replicates 30",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"crisis-abm {crisis_abm.__version__}")
        raise typer.Exit


@app.callback()
def _about(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Find out whether working together keeps a local failure local.

    Runs the same crises under policies from siloed to reciprocal.
    """


@guarded
def dashboard(
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=1, max=65535, help="Where it listens.")
    ] = 8765,
    host: Host = "127.0.0.1",
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder",
            metavar="DIR",
            help="Where visitors' own scenarios are kept; in your data folder by default.",
            show_default=False,
        ),
    ] = None,
    allowed: AllowedHosts = None,
    base: BaseUrl = "",
    pages: Annotated[
        int, typer.Option("--pages", metavar="N", min=1, help="How many may be open at once.")
    ] = 100,
    browser: Browser = True,
) -> None:
    """Open the dashboard in a browser; it needs no internet. Ctrl-C ends it."""
    if find_spec("solara") is None:
        typer.echo(
            "the dashboard needs more packages: pip install 'crisis_abm[dashboard]'", err=True
        )
        raise typer.Exit(2)
    from crisis_abm.dashboard.server.serving import serve
    from crisis_abm.web.address import CannotServe, checked_base, checked_names

    def announce(where: str) -> None:
        local = host in ("127.0.0.1", "::1", "localhost")
        whom = "this machine" if local else f"everyone who can reach {host}"
        typer.echo(f"The dashboard is at {where} for {whom}; Ctrl-C ends it.")

    try:
        serve(
            host,
            port,
            folder,
            browser,
            allowed=checked_names(allowed or ()),
            base=checked_base(base),
            pages=pages,
            announce=announce,
        )
    except CannotServe as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


_COMMANDS = {
    "dashboard": (
        dashboard,
        ["crisis-abm dashboard", "crisis-abm dashboard --port 9000 --no-browser"],
    ),
    **scenario_commands.COMMANDS,
    **run_commands.COMMANDS,
    **analysis_commands.COMMANDS,
    **sweep_commands.COMMANDS,
    **analysis_commands.SWEEP_ANALYSES,
    **run_commands.VALIDATION,
}
for _name, (_command, _example) in _COMMANDS.items():
    _epilog = "\n\n".join(f"Example: {line}" for line in _example)
    app.command(_name, epilog=_epilog)(_command)
app.add_typer(exercise_commands.app, name="exercise")


def main() -> int:
    """Run the command; the entry point of the installed script.

    Returns
    -------
    int
        0; 1 for a difference found, a lost worker or a fault of this program; 2 for input that
        cannot be used; 130 stopped; 141 if nobody reads on.
    """
    set_up()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as cleanly as Ctrl-C does
    code = _run()
    try:
        closing_time()
    except OSError as error:
        return code or end_of(error)
    return code


def _run() -> int:
    try:
        app()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    except KeyboardInterrupt:
        typer.echo("stopped; nothing was written", err=True)
        return 130
    except Exception as error:
        return end_of(error)
    return 0
