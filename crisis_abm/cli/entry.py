"""The command ``crisis-abm``: its commands by name, and its entry point."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

import crisis_abm
from crisis_abm.cli.analyse_commands import COMMANDS as ABOUT_ANALYSES
from crisis_abm.cli.analysis_commands import COMMANDS as ANALYSES
from crisis_abm.cli.dashboard_commands import COMMANDS as ABOUT_THE_DASHBOARD
from crisis_abm.cli.guard import end_of
from crisis_abm.cli.run_commands import COMMANDS as ABOUT_RUNS
from crisis_abm.cli.scenario_commands import COMMANDS as ABOUT_SCENARIOS
from crisis_abm.cli.streams import closing_time, set_up
from crisis_abm.cli.sweep_commands import COMMANDS as ABOUT_SWEEPS
from crisis_abm.cli.validation_commands import COMMANDS as ABOUT_TRUST

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


_COMMANDS = (
    ABOUT_THE_DASHBOARD,
    ABOUT_SCENARIOS,
    ABOUT_RUNS,
    ANALYSES,
    ABOUT_SWEEPS,
    ABOUT_ANALYSES,
    ABOUT_TRUST,
)
for _name, (_command, _example) in (each for some in _COMMANDS for each in some.items()):
    _epilog = "\n\n".join(f"Example: {line}" for line in _example)
    app.command(_name, epilog=_epilog)(_command)


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
