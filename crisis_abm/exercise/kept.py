"""Sittings that are kept, a folder each: which there are and how far they came; a new one."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from crisis_abm.exercise.log import Log, LogError
from crisis_abm.exercise.sitting import LOG, course_of
from crisis_abm.scenario import ScenarioError

HELD = "exercises"  # folder of sittings among a user's data
MOST_READ = 200  # sittings whose logs are remembered as they were read


@dataclass(frozen=True)
class Kept:
    """A sitting as its log tells.

    Attributes
    ----------
    folder : Path
    title : str
        Of the exercise; of one that cannot be read the name of its folder.
    begun, last : datetime or None
        When it was begun, when something last happened.
    turn, turns : int
        The turn that is being decided about, -1 before play began, as many as there are when all
        were played.
    players : int
    problem : str
        Why it cannot be read, else empty.
    """

    folder: Path
    title: str
    begun: datetime | None = None
    last: datetime | None = None
    turn: int = -1
    turns: int = 0
    players: int = 0
    problem: str = ""


def kept_sittings(home: Path) -> list[Kept]:
    """All sittings in a folder of sittings, the last that something happened in first.

    Their logs are only looked at: none of them is begun, and one that is being held goes on.
    """
    return [kept(folder) for folder in sitting_folders(home)]


def sitting_folders(home: Path) -> list[Path]:
    """The folders that hold a sitting, the last that something was written in first."""
    try:
        logs = [one for one in home.glob(f"*/{LOG}") if one.is_file()]
    except OSError:
        return []
    written = {log.parent: max((at for _, at in _stamp(log)), default=0) for log in logs}
    return sorted(written, key=lambda folder: (-written[folder], folder))


def kept(folder: Path) -> Kept:
    """The sitting in a folder; it is read anew where something was written."""
    return _kept(folder / LOG, _stamp(folder / LOG))


def new_folder(home: Path, name: str, taken: Collection[Path] = ()) -> Path:
    """A folder for a sitting of an exercise of that name, today's, that is neither there nor taken.

    It is not made.
    """
    stem = f"{name}-{date.today().isoformat()}"
    number = 1
    while True:
        folder = home / (stem if number == 1 else f"{stem}-{number}")
        if folder not in taken and not folder.exists():
            return folder
        number += 1


def _stamp(log: Path) -> tuple[tuple[int, int], ...]:
    """What is otherwise when something was written: the log, and what is not yet in it."""
    states = []
    for file in (log, log.with_name(f"{log.name}-wal")):
        with suppress(OSError):  # the second comes and goes
            states.append(file.stat())
    return tuple((one.st_size, one.st_mtime_ns) for one in states)


@lru_cache(maxsize=MOST_READ)
def _kept(log: Path, stamp: tuple[tuple[int, int], ...]) -> Kept:
    try:
        entries = Log.read(log)
        course = course_of(log, entries)
    except (LogError, ScenarioError, OSError, KeyError, ValueError, TypeError) as error:
        return Kept(log.parent, log.parent.name, problem=_in_a_line(error, log))
    return Kept(
        log.parent,
        course.exercise.content.title,
        entries[0].at,
        entries[-1].at,
        course.turn,
        course.exercise.turns,
        course.players,
    )


def _in_a_line(error: Exception, log: Path) -> str:
    if isinstance(error, ScenarioError):
        return f"its exercise cannot be read any more: {error.problems[0]}"
    return " ".join(f"{error}".split()).removeprefix(f"{log}: ")
