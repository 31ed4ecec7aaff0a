"""Work that takes time: its progress, on stderr and from a second on, and its end by Ctrl-C."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from types import TracebackType
from typing import Any, Self, TypeVar

import typer

from crisis_abm.cli.screen import stderr

Answer = TypeVar("Answer")
STACK = 64 * 2**20  # bytes: compiling needs more than some systems give a thread
PATIENCE = 3.0  # seconds for work to notice that it is to stop
CLEAR = 10.0  # seconds after which a pace is told, however little is done
SELDOM = 60.0  # seconds between two lines, where there is no terminal
SILENT = 1.0  # seconds; reading the scenario came before, and nobody should wait for two


class Progress:
    """Progress with rate and time left: on a terminal always, else a line a minute at most.

    Parameters
    ----------
    what : str
        What is being done ("Comparing").
    of : str
        What is counted ("replicates").
    """

    def __init__(self, what: str, of: str = "") -> None:
        self.what, self.of = what, of
        self.done = self.total = 0
        self.began = self.started = time.monotonic()
        self.shown = self.stopped = False
        self._next = 0.0  # when a line may be written again
        self._bar: Any = None

    def __enter__(self) -> Self:
        if _must_compile():
            typer.echo("Compiling the engine; once per version, about a minute …", file=sys.stderr)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar away, and give the cursor back."""
        if self._bar is not None:
            self._bar.stop()

    def tell(self, done: int, total: int) -> None:
        """Take note of progress; called by the work. Ends it if it has been stopped."""
        if self.stopped:
            raise KeyboardInterrupt
        if not self.done:
            self.began = time.monotonic()  # the first one may have waited for the compiler
            self._first = done
        self.done, self.total, self.spent = done, total, time.monotonic() - self.began

    def look(self) -> None:
        """Show progress, from a second on; without a terminal (a log) in lines.

        Called ten times a second, not by the work.
        """
        if self.stopped:
            return
        if not self.shown and time.monotonic() - self.started < SILENT:
            return
        if stderr().is_terminal:
            self._show_bar()
        elif not self.shown:
            self.shown = True
            typer.echo(f"{self.what} …", file=sys.stderr)
            self._next = time.monotonic() + SELDOM
        elif self.of and self.done < self.total:
            first = not self._told and self._is_clear()  # worth a line before the minute is over
            if first or time.monotonic() >= self._next:
                self._told, self._next = True, time.monotonic() + SELDOM
                typer.echo(self._line(), file=sys.stderr)

    def _is_clear(self) -> bool:
        """Whether the pace is known: not while processes are still starting."""
        done = self.done - self._first
        return done > 0 and self.spent > SILENT and (done > self.total / 100 or self.spent > CLEAR)

    _told = False  # whether there was a line with a number
    _first = 0  # done when the clock was started
    spent = 0.0

    def _line(self) -> str:
        from crisis_abm.report.words import figure, minutes

        line = f"{self.what}: {self.done} of {self.total} {self.of}"
        if not self._is_clear():
            return line
        rate = (self.done - self._first) / self.spent
        left = minutes((self.total - self.done) / rate)
        return f"{line}, {figure(rate)} a second, about {left} left"

    def _show_bar(self) -> None:
        from rich import progress

        if self._bar is None:
            columns: list[Any] = [progress.TextColumn("{task.description}"), progress.BarColumn(24)]
            if self.of:
                columns += [
                    progress.MofNCompleteColumn(),
                    progress.TextColumn("{task.fields[rate]}"),
                ]
                columns += [progress.TimeRemainingColumn(compact=True), progress.TextColumn("left")]
            else:
                columns += [progress.TimeElapsedColumn()]
            self._bar = progress.Progress(*columns, console=stderr(), transient=True)
            self._task = self._bar.add_task(self.what, total=None, rate="")
            self._bar.start()
        rate = (
            f"{(self.done - self._first) / max(self.spent, 1e-3):.3g} a second" if self.done else ""
        )
        total = self.total or None
        self._bar.update(self._task, completed=self.done, total=total, rate=rate)


def stoppable(work: Callable[[], Answer], progress: Progress) -> Answer:
    """Do work so that Ctrl-C ends it at once, with every process it started.

    The work is done in a thread in which Ctrl-C is blocked; the processes it starts inherit that,
    so a Ctrl-C in a terminal, which goes to all of them, is answered here alone.
    """
    answer: Future[Answer] = Future()

    def body() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:
            answer.set_exception(error)

    thread = _started(body)
    try:
        while True:
            try:
                return answer.result(timeout=0.1)
            except NotYet:
                if answer.done():
                    raise
            progress.look()
    except KeyboardInterrupt:
        progress.stopped = True
        progress.close()
        _end(thread)
        raise


def _started(body: Callable[[], None]) -> threading.Thread:
    before = threading.stack_size(STACK)
    masks = hasattr(signal, "pthread_sigmask")
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masks else set()
    try:
        thread = threading.Thread(target=body, daemon=True)
        thread.start()
    finally:
        threading.stack_size(before)
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return thread


def _end(thread: threading.Thread) -> None:
    threading.excepthook = lambda _: None  # a pool that is torn down has nothing to say
    end = time.monotonic() + PATIENCE
    while thread.is_alive() and time.monotonic() < end:
        for process in multiprocessing.active_children():
            process.terminate()
        thread.join(0.1)
    if thread.is_alive():  # in the middle of compiled code: nothing of it is worth waiting for
        typer.echo("stopped; nothing was written", err=True)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(130)


def _must_compile() -> bool:
    from crisis_abm.compiled import cache_folder, is_compiled

    folder = cache_folder()
    return is_compiled and (folder is None or next(folder.rglob("*.nbc"), None) is None)
