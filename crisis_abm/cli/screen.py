"""Where text goes: tables that stay readable at 80 columns and in a pipe, JSON, plain lines."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import typer

from crisis_abm.cli.streams import NARROWEST, WIDEST

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["WIDE", "new_table", "say", "show", "show_json", "stderr", "stdout"]

ORDINARY = 80  # columns of a screen that does not say
WIDE = 116  # columns from which a table need not be folded


def stdout() -> Console:
    """The screen; made anew, since tests and pipes exchange it."""
    return _console(stderr=False)


def stderr() -> Console:
    """Where progress and problems go."""
    return _console(stderr=True)


def _console(stderr: bool) -> Console:
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False, stderr=stderr)
    if console.width < NARROWEST:  # lines that a screen breaks can be read, words cut off cannot
        console.width = ORDINARY
    return console


def say(text: str = "", style: str = "", indent: int = 0) -> None:
    """Text, folded at words to the width of the screen; further lines indented more."""
    console = stdout()
    width = max(40, console.width)
    for line in text.split("\n"):
        further = " " * (indent + 2) if indent else ""
        folded = textwrap.fill(line, width, initial_indent=" " * indent, subsequent_indent=further)
        console.print(folded, style=style or None, soft_wrap=True)


def show(table: Table) -> None:
    """A table, and an empty line: as wide as the screen, or as it must be to show all it holds."""
    console = stdout()
    for column in table.columns:
        column.overflow = "fold"
    whole = _letters(console, table, WIDEST)
    while console.width < WIDEST and _letters(console, table, console.width) != whole:
        console.width += 4  # a line that the screen breaks can be read, a figure cut off misleads
    console.print(table)


def _letters(console: Console, table: Table, width: int) -> list[str]:
    """What can be read of a table so wide, in no order."""
    lines = console.render_lines(table, console.options.update(width=width), pad=False)
    return sorted(
        letter for line in lines for part in line for letter in part.text if letter not in " ─"
    )


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
    """Plain JSON: no NaN, no infinity.

    Signs that have no picture, or would move the cursor, are written as codes, and so are letters
    that the reader does not know.
    """
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False, default=str)
    text = re.sub(r"[^\n -~]", _coded, text)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(data, indent=2, allow_nan=False, default=str)
    typer.echo(text)


def _coded(found: re.Match[str]) -> str:
    sign = found[0]
    return sign if sign.isprintable() else json.dumps(sign)[1:-1]
