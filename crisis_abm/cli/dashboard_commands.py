"""The command that opens the dashboard."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from crisis_abm.cli.guard import guarded

__all__ = ["COMMANDS"]


@guarded
def dashboard(
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=1, max=65535, help="Where it listens.")
    ] = 8765,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="To let others in, the address of this machine in their network, or 0.0.0.0.",
        ),
    ] = "127.0.0.1",
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder",
            metavar="DIR",
            help="Where visitors' own scenarios are kept; in your data folder by default.",
            show_default=False,
        ),
    ] = None,
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
            help="The address that visitors see, if a proxy stands in front.",
            show_default=False,
        ),
    ] = "",
    pages: Annotated[
        int, typer.Option("--pages", metavar="N", min=1, help="How many may be open at once.")
    ] = 100,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Whether to open a browser.")
    ] = True,
) -> None:
    """Open the dashboard in a browser; it needs no internet. Ctrl-C ends it."""
    if find_spec("solara") is None:
        typer.echo(
            "the dashboard needs more packages: pip install 'crisis_abm[dashboard]'", err=True
        )
        raise typer.Exit(2)
    from crisis_abm.dashboard.server.serving import CannotServe, checked_base, checked_names, serve

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


COMMANDS = {
    "dashboard": (
        dashboard,
        ["crisis-abm dashboard", "crisis-abm dashboard --port 9000 --no-browser"],
    )
}
