"""Where text goes: tables that stay readable at 80 columns and in a pipe, JSON, plain lines."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["WIDE", "new_table", "say", "show", "show_json", "stderr", "stdout"]

WIDE = 116  # columns from which a table need not be folded


def stdout() -> Console:
    """The screen; made anew, since tests and pipes exchange it."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def stderr() -> Console:
    """Where progress and problems go."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, stderr=True)


def say(text: str = "", style: str = "", indent: int = 0) -> None:
    """Text, folded at words to the width of the screen; further lines indented more."""
    console = stdout()
    width = max(40, console.width)
    for line in text.split("\n"):
        further = " " * (indent + 2) if indent else ""
        folded = textwrap.fill(line, width, initial_indent=" " * indent, subsequent_indent=further)
        console.print(folded, style=style or None, soft_wrap=True)


def show(table: Table) -> None:
    """A table, and an empty line."""
    stdout().print(table)


def new_table(title: str = "") -> Table:
    """A table with a line under its head and nothing else drawn."""
    from rich import box
    from rich.table import Table

    return Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        show_edge=False,
        header_style="bold",
    )


def show_json(data: Any) -> None:
    """Plain JSON: no NaN, no infinity."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False, default=str))
