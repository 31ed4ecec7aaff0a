"""Where text goes: tables that stay readable at 80 columns and in a pipe, JSON, plain lines.

A reader that goes away (``crisis-abm check FILE | head -1``) ends the program as it ends `cat`: at
once, without a word, by the signal SIGPIPE, 141 in a shell. That cannot be left to the signal
itself: the dashboard and the worker processes have pipes and sockets of their own, whose ends are
told by errors. So it is done where standard output and standard error are written, nowhere else.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import signal
import sys
import textwrap
from typing import TYPE_CHECKING, Any, TextIO

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

ORDINARY = 80  # columns of a screen that does not say
WIDE = 116  # columns from which a table need not be folded
PIPE_CLOSED = 141  # 128 + SIGPIPE: what a shell says of a program that this signal ended
HELP = 72  # columns below which the help would cut words off
NARROWEST, WIDEST = 20, 2000  # columns; what is said to be outside is no screen


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


def show_json(data: Any, indent: int | None = 2) -> None:
    """Plain JSON: no NaN, no infinity; without an indent in one line.

    Signs that have no picture, or would move the cursor, are written as codes, and so are letters
    that the reader does not know.
    """
    text = json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False, default=str)
    text = re.sub(r"[^\n -~]", _coded, text)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(data, indent=indent, allow_nan=False, default=str)
    typer.echo(text)


def _coded(match: re.Match[str]) -> str:
    sign = match[0]
    return sign if sign.isprintable() else json.dumps(sign)[1:-1]


def set_up() -> None:
    """To be called before anything is written or opened."""
    for number in range(3):  # or the next file that is opened gets the number, and the answer
        try:
            os.fstat(number)
        except OSError:
            empty = os.open(os.devnull, os.O_RDWR)
            if empty != number:
                os.dup2(empty, number)
                os.close(empty)
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115
    sys.stdout = _that_ends("standard output", sys.stdout)
    sys.stderr = _that_ends("standard error", sys.stderr)
    for name, least in (("COLUMNS", NARROWEST), ("LINES", 1)):
        if name in os.environ and not _is_size(os.environ[name], least):
            del os.environ[name]
    if shutil.get_terminal_size().columns < HELP:
        from typer import rich_utils

        rich_utils.MAX_WIDTH = HELP  # its tables would cut words off


def _is_size(written: str, least: int) -> bool:
    """Whether a screen can have this many columns or lines."""
    digits = written.isascii() and written.isdigit() and len(written) <= len(str(WIDEST))
    return digits and least <= int(written) <= WIDEST


def closing_time() -> None:
    """Write what still waits to be written.

    Raises
    ------
    OSError
        If it cannot be; what waits is lost, and nothing more is said of it.
    """
    sys.stdout.flush()
    sys.stderr.flush()


class _Raw(io.RawIOBase):
    """A file that ends the program when nobody reads it any more."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self._number = number
        self._lost = False

    def fileno(self) -> int:
        return self._number

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self._lost:  # Python tries again at its end, and would say so in many lines
            return len(data)
        try:
            return os.write(self._number, data)
        except OSError as error:
            if error.errno == errno.EPIPE or (os.name == "nt" and error.errno == errno.EINVAL):
                _end()
            self._lost = True
            raise OSError(error.errno, error.strerror, self.name) from None


def _that_ends(name: str, stream: TextIO | None) -> TextIO:
    """The stream, or one in its place, that never stops at a sign its reader does not know."""
    if stream is None:  # it was closed from the beginning
        return open(os.devnull, "w", encoding="utf-8")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    try:
        number = stream.fileno()
    except (OSError, ValueError):  # nothing of the system's
        return stream
    if stream.isatty():  # a terminal closes by another signal; Windows' own are no mere files
        stream.reconfigure(errors="replace")
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Raw(name, number)),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering or stream.write_through,
    )


def _end() -> None:
    """End as the signal would have ended it, also from a thread, which may not set signals."""
    try:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)
    except (AttributeError, ValueError):
        pass
    os._exit(PIPE_CLOSED)
