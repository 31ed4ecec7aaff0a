"""What can go wrong, said in a line, with its exit code."""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import typer

TRACEBACK = "CRISIS_ABM_TRACEBACK"  # set, it shows where a fault of the program comes from
PACKAGE = f"{os.sep}crisis_abm{os.sep}"
PATHS = (str, bytes, os.PathLike)


class NothingWritten(OSError):
    """What was to be written cannot be, and nothing of it is there."""


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
            expected = _code_and_words(error)
            if expected is None:
                raise
            code, text = expected
            typer.echo(_without_controls(text), err=True)
            raise typer.Exit(code) from None

    return run


def end_of(error: Exception) -> int:
    """Say in a line what nobody foresaw, or what `guarded` did not see; the exit code.

    With ``CRISIS_ABM_TRACEBACK=1`` the traceback stands above it.
    """
    said = _code_and_words(error)
    if said is None:
        if os.environ.get(TRACEBACK):
            traceback.print_exception(error)
        ours = [
            step for step in traceback.extract_tb(error.__traceback__) if PACKAGE in step.filename
        ]
        place = f" in {Path(ours[-1].filename).name}, line {ours[-1].lineno}" if ours else ""
        what = " ".join(f"{type(error).__name__}: {error}".split())
        said = (
            1,
            (
                f"a fault of this program{place}, please report it ({what}); "
                f"{TRACEBACK}=1 shows how it came about"
            ),
        )
    typer.echo(_without_controls(said[1]), err=True)
    return said[0]


def _without_controls(text: str) -> str:
    """A message without what a name may hold that a terminal would obey."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", lambda sign: f"\\x{ord(sign[0]):02x}", text)


def _code_and_words(error: Exception) -> tuple[int, str] | None:
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
    number = re.search(r"\[errno (\d+)\]", str(error), re.IGNORECASE)
    if error.strerror or not number:
        return error.strerror or " ".join(str(error).split())
    return os.strerror(int(number[1]))
