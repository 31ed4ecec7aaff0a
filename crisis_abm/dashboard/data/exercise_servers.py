"""Exercises that visitors began: each is served by a process of its own, which ends with this one.

What a process needs to be told is its command line; what it tells is one line of JSON, and on
standard error why it could not begin. It holds on to its standard input, which the system closes
when this process is gone, however it went: then it ends, too, and its log has lost nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from crisis_abm.exercise.kept import HELD, Kept, kept, new_folder, sitting_folders
from crisis_abm.scenario.problems import printable
from crisis_abm.user_folders import make_private
from crisis_abm.web.guard import LOOPBACK, parts_of

MOST, MOST_OF_ONE = 6, 3  # at once: of all visitors, of one
MOST_SHOWN = 20  # sittings, the last first
MOST_KEPT = 1000  # sittings in the folder
LONGEST = 24 * 3600.0  # seconds: longer than any exercise, so that nothing is left behind for ever
STOPPING = 5.0  # seconds for a process to end by itself
LAST_LINES = 20  # of what a process says on standard error
OWNER = "begun_by"  # file in a sitting's folder: which visitor may go on with it
PROXY = (
    "This dashboard is reached through a proxy, which does not pass an exercise on. Hold one from "
    "the command line, with an address of its own: crisis-abm exercise NAME --base-url https://…"
)


class CannotBegin(RuntimeError):
    """No exercise can be begun now; the message is a sentence."""


@dataclass(frozen=True)
class Place:
    """Where exercises are served: as the dashboard is, each on a port of its own.

    Attributes
    ----------
    host : str
    allowed : tuple of str
        Further names by which browsers may come.
    base : str
        The dashboard's address before a proxy, if one stands in front.
    """

    host: str = "127.0.0.1"
    allowed: tuple[str, ...] = ()
    base: str = ""

    @property
    def is_local(self) -> bool:
        """Whether nobody but this machine comes here."""
        return self.host in LOOPBACK and not self.allowed and not self.base


@dataclass(frozen=True)
class Begun:
    """An exercise that somebody began here.

    Attributes
    ----------
    number : int
        Counted from 1, whoever began it.
    visitor : str
        Who began it; nobody else is told of it.
    title : str
    folder : Path or None
        Where it is kept; None in a rehearsal, of which nothing is.
    facilitator, players, code : str
        The secret link, what players open, the join code; empty until it listens.
    ending : bool
        Whether it was told to end.
    problem : str
        Why it ended by itself, a sentence; else empty.
    """

    number: int
    visitor: str
    title: str
    folder: Path | None
    facilitator: str = ""
    players: str = ""
    code: str = ""
    ending: bool = False
    problem: str = ""

    @property
    def is_served(self) -> bool:
        """Whether people can come."""
        return bool(self.facilitator) and not (self.ending or self.problem)

    def seen_from(self, host: str) -> Begun:
        """The same, as a browser reaches it that came to the dashboard by this `Host`.

        Players come by the same name, unless it means this machine only.
        """
        name = getattr(parts_of(f"//{host}"), "hostname", None)
        if not name or not self.facilitator:
            return self
        seen = replace(self, facilitator=_by_name(self.facilitator, name))
        return seen if name in LOOPBACK else replace(seen, players=_by_name(self.players, name))


def _by_name(address: str, name: str) -> str:
    parts = urlsplit(address)
    named = f"[{name}]" if ":" in name else name
    return parts._replace(netloc=f"{named}:{parts.port}").geturl()


class ExerciseServers:
    """The processes that serve exercises, so many at once; what is kept of them in one folder.

    Parameters
    ----------
    home : Path
        Sittings lie in folders of `HELD` there.
    place : Place
    most, most_of_one : int
    """

    def __init__(
        self,
        home: Path,
        place: Place | None = None,
        most: int = MOST,
        most_of_one: int = MOST_OF_ONE,
    ) -> None:
        self.place = place or Place()
        self.home = home / HELD
        self._most, self._most_of_one = most, most_of_one
        self._changed = threading.Condition()
        self._begun: dict[int, Begun] = {}
        self._processes: dict[int, subprocess.Popen[str]] = {}
        self._threads: dict[int, threading.Thread] = {}  # that follow them
        self._count = self._version = 0
        self._closed = False

    # ------------------------------------------------------------------ what there is

    def of(self, visitor: str) -> list[Begun]:
        """What a visitor began, the last first."""
        with self._changed:
            return [one for one in reversed(self._begun.values()) if one.visitor == visitor]

    def kept(self, visitor: str) -> list[Kept]:
        """The last sittings that a visitor may go on with, the last first.

        Where nobody but this machine comes, that is every one in the folder; else those that the
        same browser began.
        """
        mark = _mark(visitor)
        folders = sitting_folders(self.home)
        if not self.place.is_local:
            folders = [folder for folder in folders if _owner(folder) == mark]
        return [kept(folder) for folder in folders[:MOST_SHOWN]]

    @property
    def version(self) -> int:
        """A number that grows with every change."""
        return self._version

    def wait(self, seen: int, seconds: float) -> int:
        """Wait for a change after one of this number; the number of the last."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != seen, seconds)
            return self._version

    # ------------------------------------------------------------------ what is done

    def begin(
        self,
        visitor: str,
        name: str,
        title: str,
        players: int | None = None,
        rehearsal: bool = False,
    ) -> None:
        """Begin a ready-made exercise in a new folder, or rehearse it.

        Raises
        ------
        CannotBegin
            If there are enough already, or it cannot be kept.
        """
        words = ["--demo"] if rehearsal else []
        words += ["--players", str(players)] if players else []
        with self._changed:
            self._refuse(visitor)
            folder = None
            if not rehearsal:
                folder = self._new_folder(name)
                words += ["--data", str(folder)]
            self._start(visitor, title, folder, [*words, "--", name])

    def go_on(self, visitor: str, one: Kept) -> None:
        """Go on with a sitting that is kept, as `kept` told of it.

        Raises
        ------
        CannotBegin
        """
        with self._changed:
            self._refuse(visitor)
            same = [each for each in self._begun.values() if each.folder == one.folder]
            if any(not each.problem for each in same):
                raise CannotBegin(f"{one.folder.name} is open already.")
            for each in same:
                del self._begun[each.number]
            self._start(visitor, one.title, one.folder, ["--", str(one.folder)])

    def stop(self, visitor: str, number: int) -> None:
        """End an exercise that the visitor began, or forget one that has ended."""
        with self._changed:
            one = self._begun.get(number)
            if one is None or one.visitor != visitor:
                return
            if one.problem:
                del self._begun[number]
            else:
                self._begun[number] = replace(one, ending=True)
                process = self._processes[number]
                _let_go(process)
                threading.Thread(target=_ended, args=(process, STOPPING), daemon=True).start()
            self._tell()

    def stop_all(self) -> None:
        """End every process; none begins any more."""
        with self._changed:
            self._closed = True
            for number, process in self._processes.items():
                self._begun[number] = replace(self._begun[number], ending=True)
                _let_go(process)
            processes, threads = list(self._processes.values()), list(self._threads.values())
        late = time.monotonic() + STOPPING
        for process in processes:
            _ended(process, late - time.monotonic())
        for thread in threads:
            thread.join(STOPPING)

    # ------------------------------------------------------------------ inside

    def _refuse(self, visitor: str) -> None:
        if self.place.base:
            raise CannotBegin(PROXY)
        running = [one for one in self._begun.values() if not one.problem]
        if self._closed or len(running) >= self._most:
            raise CannotBegin(f"{self._most} exercises are open here, which is all there may be.")
        if sum(one.visitor == visitor for one in running) >= self._most_of_one:
            raise CannotBegin(f"You have {self._most_of_one} exercises open: stop one first.")

    def _new_folder(self, name: str) -> Path:
        try:
            make_private(self.home)
        except OSError as error:
            reason = error.strerror or str(error)
            raise CannotBegin(f"The folder of exercises cannot be used ({reason}).") from None
        if len(sitting_folders(self.home)) >= MOST_KEPT:
            raise CannotBegin(f"{MOST_KEPT} exercises are kept here: tell who runs the dashboard.")
        taken = {one.folder for one in self._begun.values() if one.folder is not None}
        return new_folder(self.home, name, taken)

    def _start(self, visitor: str, title: str, folder: Path | None, words: Sequence[str]) -> None:
        names = [word for name in self.place.allowed for word in ("--allow-host", name)]
        command = [sys.executable, "-m", "crisis_abm", "exercise", "hold", "--json", "--with-input"]
        command += ["--no-browser", "--port", "0", "--host", self.place.host, *names, *words]
        pipe = subprocess.PIPE
        try:
            process = subprocess.Popen(
                command,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                text=True,
                encoding="utf-8",
                errors="replace",
                env={**os.environ, "PYTHONIOENCODING": "utf-8"},
                start_new_session=True,  # Ctrl-C ends this process, and so that one: once
            )
        except OSError as error:
            raise CannotBegin(f"No process can be started ({error.strerror}).") from None
        self._count += 1
        number = self._count
        self._begun[number] = Begun(number, visitor, title, folder)
        self._processes[number] = process
        self._tell()
        said: deque[str] = deque(maxlen=LAST_LINES)
        assert process.stderr is not None
        note = threading.Thread(target=said.extend, args=(process.stderr,), daemon=True)
        follow = threading.Thread(
            target=self._follow, args=(number, process, said, note), daemon=True
        )
        self._threads[number] = follow
        for thread in (note, follow):
            thread.start()

    def _follow(
        self,
        number: int,
        process: subprocess.Popen[str],
        said: Iterable[str],
        note: threading.Thread,
    ) -> None:
        """In a thread: take note of where an exercise is, and of its end."""
        assert process.stdout is not None
        with contextlib.suppress(ValueError, KeyError):  # it said something else, and will end
            told = json.loads(process.stdout.readline())
            self._listens(number, told["facilitator"], told["players"], told["code"])
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LONGEST)
        _let_go(process)
        _ended(process, STOPPING)
        note.join()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        with self._changed:
            one = self._begun[number]
            del self._processes[number], self._threads[number]
            if one.ending:
                del self._begun[number]
            else:
                self._begun[number] = replace(one, problem=self._why(process.returncode, said))
            self._tell()

    def _listens(self, number: int, facilitator: str, players: str, code: str) -> None:
        with self._changed:
            one = self._begun[number]
            self._begun[number] = replace(one, facilitator=facilitator, players=players, code=code)
            if one.folder is not None:
                _own(one.folder, one.visitor)
            self._tell()

    def _why(self, code: int, said: Iterable[str]) -> str:
        """Why a process ended, from what it said last, without where on this machine that was."""
        lines = [line.strip() for line in list(said) if line.strip()]
        last = lines[-1].replace(f"{self.home}{os.sep}", "") if lines else ""
        if code == 2 and last:
            return printable(last[:1].upper() + last[1:])
        return printable(f"It ended by itself: {last or 'it was killed, or out of memory'}.")

    def _tell(self) -> None:
        self._version += 1
        self._changed.notify_all()


def _let_go(process: subprocess.Popen[str]) -> None:
    """Close the standard input that keeps it alive."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()


def _ended(process: subprocess.Popen[str], seconds: float) -> None:
    """Wait for a process to end, and end it if it does not."""
    try:
        process.wait(max(0.0, seconds))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _mark(visitor: str) -> str:
    return hashlib.sha256(visitor.encode()).hexdigest()


def _own(folder: Path, visitor: str) -> None:
    """Have a sitting belong to a visitor, unless it is somebody's already."""
    with contextlib.suppress(OSError), (folder / OWNER).open("x", encoding="utf-8") as file:
        file.write(_mark(visitor))


def _owner(folder: Path) -> str:
    try:
        return (folder / OWNER).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
