"""What can go wrong, said in a line; and work that Ctrl-C stops at once."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import typer

__all__ = ["NothingWritten", "Watch", "end_of", "guarded", "reason", "stoppable"]

Answer = TypeVar("Answer")
STACK = 64 * 2**20  # bytes: compiling needs more than some systems give a thread
TRACEBACK = "CRISIS_ABM_TRACEBACK"  # set, it shows where a fault of the program comes from
PACKAGE = f"{os.sep}crisis_abm{os.sep}"
PATHS = (str, bytes, os.PathLike)
PATIENCE = 3.0  # seconds for work to notice that it is to stop


class NothingWritten(OSError):
    """What was to be written cannot be, and nothing of it is there."""


class Watch:
    """Somebody who looks on while work is done: told of progress, asked to show it."""

    stopped = False

    def tell(self, done: int, total: int) -> None:
        """Take note of progress; called by the work. Ends it if it has been stopped."""
        if self.stopped:
            raise KeyboardInterrupt

    def look(self) -> None:
        """Show what is to be shown; called ten times a second, not by the work."""

    def close(self) -> None:
        """Take away what was shown."""


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """A command that ends with one line a problem and an exit code, never with a traceback."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except KeyboardInterrupt:
            typer.echo("stopped; nothing was written", err=True)
            raise typer.Exit(130) from None
        except Exception as error:
            told = _told(error)
            if told is None:
                raise
            code, text = told
            typer.echo(_shown(text), err=True)
            raise typer.Exit(code) from None

    return run


def end_of(error: Exception) -> int:
    """Say in a line what nobody foresaw, or what `guarded` did not see; the exit code.

    With ``CRISIS_ABM_TRACEBACK=1`` the traceback stands above it.
    """
    told = _told(error)
    if told is None:
        if os.environ.get(TRACEBACK):
            traceback.print_exception(error)
        ours = [
            step for step in traceback.extract_tb(error.__traceback__) if PACKAGE in step.filename
        ]
        place = f" in {Path(ours[-1].filename).name}, line {ours[-1].lineno}" if ours else ""
        what = " ".join(f"{type(error).__name__}: {error}".split())
        told = (
            1,
            (
                f"a fault of this program{place}, please report it ({what}); "
                f"{TRACEBACK}=1 shows how it came about"
            ),
        )
    typer.echo(_shown(told[1]), err=True)
    return told[0]


def _shown(text: str) -> str:
    """A message without what a name may hold that a terminal would obey."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", lambda sign: f"\\x{ord(sign[0]):02x}", text)


def _told(error: Exception) -> tuple[int, str] | None:
    """Exit code and words for what is not a mistake of this program."""
    from crisis_abm.scenario import ScenarioError

    if isinstance(error, ScenarioError):
        return 2, str(error)
    if isinstance(error, FileNotFoundError) and error.filename is None and not _is_somewhere():
        return 2, "the folder you are in was removed; go to another one"
    if isinstance(error, OSError):
        where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, PATHS) else ""
        text = f"{where}cannot be written or read ({reason(error)})"
        text += "; nothing was written" if isinstance(error, NothingWritten) else ""
        return 2, " ".join(text.splitlines())
    if isinstance(error, MemoryError):
        return 2, "there is not enough memory for this"
    from crisis_abm.runs import WorkerLost
    from crisis_abm.runs.bundle import BundleError

    if isinstance(error, BundleError):
        return 2, " ".join(str(error).splitlines())
    if isinstance(error, WorkerLost):
        return 1, f"{error}; nothing was written"
    return None


def _is_somewhere() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def reason(error: OSError) -> str:
    """The system's own words, also where a library put them into its own."""
    found = re.search(r"\[errno (\d+)\]", str(error), re.IGNORECASE)
    if error.strerror or not found:
        return error.strerror or " ".join(str(error).split())
    return os.strerror(int(found[1]))


def stoppable(work: Callable[[], Answer], watch: Watch) -> Answer:
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
            watch.look()
    except KeyboardInterrupt:
        watch.stopped = True
        watch.close()
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
