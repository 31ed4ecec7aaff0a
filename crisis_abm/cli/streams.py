"""The streams a command begins with, made to behave as those of other programs do.

A reader that goes away (``crisis-abm check FILE | head -1``) ends the program as it ends `cat`: at
once, without a word, by the signal SIGPIPE, 141 in a shell. That cannot be left to the signal
itself: the dashboard and the worker processes have pipes and sockets of their own, whose ends are
told by errors. So it is done where standard output and standard error are written, nowhere else.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import signal
import sys
from typing import Any, TextIO

__all__ = ["NARROWEST", "WIDEST", "closing_time", "set_up"]

PIPE_CLOSED = 141  # 128 + SIGPIPE: what a shell says of a program that this signal ended
HELP = 72  # columns below which the help would cut words off
NARROWEST, WIDEST = 20, 2000  # columns; what is said to be outside is no screen


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
