"""The scenarios that a visitor has: those that come with the program, and the visitor's own.

A visitor is whoever sends the same cookie. Own scenarios are files in a folder of the visitor's
own; both names are made here from numbers and hashes, so that nothing a browser sends is ever part
of a path.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from crisis_abm.dashboard.scenarios.editing import form, plain, put
from crisis_abm.dashboard.scenarios.file_changes import UndoStack, tell
from crisis_abm.dashboard.scenarios.problems import TABLES
from crisis_abm.runs.prepared import Recent
from crisis_abm.scenario import Problem, Scenario, ScenarioError, ready_made_scenarios
from crisis_abm.scenario.io.editor import at
from crisis_abm.scenario.io.imports import Imported
from crisis_abm.scenario.io.load import LARGEST_FILE, read_text
from crisis_abm.scenario.io.write import save_text
from crisis_abm.scenario.problems import printable
from crisis_abm.scenario.schema.entries import Tables
from crisis_abm.user_folders import user_data

MOST_SCENARIOS = 100  # of one visitor
MOST_BYTES = 200_000_000  # of one visitor, earlier texts included
MOST_VISITORS = 10_000
MOST_BYTES_OF_ALL = 5_000_000_000
FULL = ("this server is full", "tell who runs it")
REMOVE = "remove one of your own first"
MOST_READ = 40_000_000  # bytes of the files of scenarios that are kept as they were read
LEAST = 100_000  # what one weighs beside its files
PATIENCE = 20.0  # seconds for another server to be done with a file
FOLDER = "CRISIS_ABM_DASHBOARD"  # names the folder of own scenarios
CALLED = "scenario"  # a file in messages: where it lies on the server is nobody's business
PRIVATE = 0o700
_VISITOR = re.compile(r"[0-9a-f]{24}")
_OWN = re.compile(r"mine-[0-9a-f]{12}")
_changing = threading.RLock()  # of all visitors: two pages may change one file
_LOCK = ".lock"  # in a visitor's folder: so may two servers


@dataclass(frozen=True)
class Entry:
    """A scenario that can be opened: what an address calls it, whether it is the visitor's own."""

    key: str
    own: bool
    path: Path


def own_folder() -> Path:
    """Where visitors' own scenarios are kept.

    Raises
    ------
    OSError
        If nobody named a folder, and the user has none for such files.
    """
    chosen = os.environ.get(FOLDER)
    folder = Path(chosen) if chosen else user_data()
    if folder is None:
        raise FileNotFoundError(
            errno.ENOENT, "you have no home folder; name a folder with --folder", "own scenarios"
        )
    return folder


def keep_private(folder: Path) -> None:
    """See to it that nobody else on this machine can read own scenarios.

    A folder that was there before, and may hold other things, stays as it is; visitors' do not.

    Raises
    ------
    OSError
        If it cannot be made, or is none; whoever starts the server is told where.
    """
    if not folder.is_dir():
        folder.mkdir(mode=PRIVATE, parents=True)
    for one in _visitors(folder):
        one.chmod(PRIVATE)


class Library:
    """The scenarios of one visitor (a cookie); own ones of all visitors are kept in one folder."""

    def __init__(self, folder: Path, visitor: str) -> None:
        self._all = folder
        self._folder = folder / hashlib.sha256(visitor.encode()).hexdigest()[:24]

    def entries(self) -> list[Entry]:
        """All of them, the visitor's own first, the newest of those first."""
        own = [Entry(path.stem, True, path) for path in self._files()]
        ready = [Entry(name, False, path) for name, path in ready_made_scenarios().items()]
        return own + ready

    def titles(self) -> dict[str, str]:
        """By key, what each calls itself; a file that cannot be read goes by its key."""
        return {entry.key: _title(entry) for entry in self.entries()}

    def entry(self, key: str) -> Entry:
        """The scenario that an address calls `key`.

        Raises
        ------
        ScenarioError
            If the visitor has none of that name.
        """
        if _OWN.fullmatch(key):
            path = self._folder / f"{key}.toml"
            if path.is_file():
                return Entry(key, True, path)
        elif key in (ready := ready_made_scenarios()):
            return Entry(key, False, ready[key])
        message = "there is no such scenario here; it was removed, or is somebody else's"
        raise ScenarioError(
            Problem("address", "scenario", key, message, "choose one from the list")
        )

    def open(self, key: str) -> Scenario:
        """As `entry`, read and checked; messages name the file `CALLED`.

        It is read anew where the file, or a table that it names, is not as it was.
        """
        return _opened(self.entry(key).path, self.text(key))

    def text(self, key: str) -> str:
        """As `entry`, the file as it stands."""
        return read_text(self.entry(key).path, LARGEST_FILE, CALLED)

    def add(
        self,
        text: str,
        tables: Mapping[str, tuple[str, bytes]] | None = None,
        imported: Imported | None = None,
    ) -> str:
        """Keep a new scenario of the visitor's own; returns its key. It need not be sound.

        `tables` are files that it reads: by what `[tables]` calls them, their ending and content.
        `imported` is what these hold of a scenario that is sound: so it need not be read again.
        """
        for role, (ending, _) in (tables or {}).items():
            if role not in Tables.model_fields or ending not in TABLES:
                raise ValueError(f"{role}{ending} is no table of a scenario")
        key = f"mine-{secrets.token_hex(6)}"
        for role, (ending, _) in (tables or {}).items():
            text = put(text, ("tables", role), f"{key}-{role}{ending}")
        contents = [content for _, content in (tables or {}).values()]
        if not self._folder.is_dir() and len(_visitors(self._all)) >= MOST_VISITORS:
            raise _refused(*FULL)  # before there is a folder, which would count
        with self._alone():
            self._find_room(len(text.encode()) + sum(map(len, contents)))
            with _keeping():
                for role, (ending, content) in (tables or {}).items():
                    (self._folder / f"{key}-{role}{ending}").write_bytes(content)
                save_text(self._folder / f"{key}.toml", text)
        if imported is not None:
            _opened(self._folder / f"{key}.toml", text, imported)
        return key

    def copy(self, key: str) -> str:
        """Keep a copy of a scenario as the visitor's own, tables and all; returns its key.

        It has a title of its own, since titles are what a visitor chooses by.
        """
        entry, text = self.entry(key), self.text(key)
        text = _with_title(text, set(self.titles().values()))
        tables = {}
        for field in form(text, ("tables",)).fields:
            path = entry.path.parent / field.value
            if field.value and path.is_file() and path.parent.samefile(entry.path.parent):
                tables[field.name] = (path.suffix.lower(), path.read_bytes())
        return self.add(text, tables)

    def change(self, key: str, make: Callable[[str], str]) -> str:
        """Change an own scenario as it is now, whole or not at all; returns the text.

        Pages show what the file said a while ago; another page may have changed it since. What it
        said before can be had back with `undo`. `make` gives the text after the change, of the text
        before; what it raises leaves all as it was.

        Raises
        ------
        ScenarioError
            If it is not the visitor's own, or not there any more.
        """
        self._own(key)
        with self._alone():
            path = self._own(key).path
            before = self.text(key)
            after = make(before)
            if after != before:
                self._find_bytes(len(after.encode()))
                with _keeping():
                    UndoStack(path).remember(before)
                    save_text(path, after)
                tell(path)
            return after

    def undo(self, key: str) -> tuple[str, str] | None:
        """Take the last change back; returns what the file said and what it says now.

        None if nothing can be undone. Raises as `change`.
        """
        return self._stepped(key, UndoStack.undo)

    def redo(self, key: str) -> tuple[str, str] | None:
        """Make the change that was taken back last; as `undo`."""
        return self._stepped(key, UndoStack.redo)

    def changes(self, key: str) -> tuple[int, int]:
        """How many changes of a scenario can be undone, and how many redone."""
        entry = self.entry(key)
        return UndoStack(entry.path).counts() if entry.own else (0, 0)

    def remove(self, key: str) -> None:
        """Take an own scenario away; others stay."""
        entry = self.entry(key)
        if entry.own:
            with self._alone(), _keeping():
                for table in self._folder.glob(f"{entry.key}-*"):
                    table.unlink(missing_ok=True)
                UndoStack(entry.path).forget()
                entry.path.unlink(missing_ok=True)
            tell(entry.path)

    def _own(self, key: str) -> Entry:
        entry = self.entry(key)
        if not entry.own:
            problem = Problem("scenario", "", key, "comes with the program", "copy it first")
            raise ScenarioError(problem)
        return entry

    def _stepped(
        self, key: str, step: Callable[[UndoStack, str], str | None]
    ) -> tuple[str, str] | None:
        self._own(key)
        with self._alone():
            path = self._own(key).path
            before = self.text(key)
            with _keeping():
                after = step(UndoStack(path), before)
            if after is None:
                return None
            tell(path)
            return before, after

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else changes the visitor's scenarios meanwhile, also no other server."""
        lock = FileLock(
            self._folder / _LOCK, PATIENCE, mode=0o600, thread_local=False, is_singleton=True
        )
        with _changing:
            with _keeping():
                self._all.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
                self._folder.mkdir(mode=PRIVATE, exist_ok=True)
                try:
                    lock.acquire()
                except Timeout:
                    raise _refused("another server is changing it", "try it again") from None
            try:
                yield
            finally:
                lock.release()

    def _find_room(self, size: int) -> None:
        """See to it that a further scenario of so many bytes may be kept."""
        many = len(self._files())
        if many >= MOST_SCENARIOS:
            raise _refused(f"you have {many} of your own, and no more can be", REMOVE)
        self._find_bytes(size)
        if sum(map(_size, _visitors(self._all))) + size > MOST_BYTES_OF_ALL:
            raise _refused(*FULL)

    def _find_bytes(self, size: int) -> None:
        if size > LARGEST_FILE:
            raise _refused(f"it would have more than {_megabytes(LARGEST_FILE)}", "make it smaller")
        if _size(self._folder) + size > MOST_BYTES:
            raise _refused(f"your own would have more than {_megabytes(MOST_BYTES)}", REMOVE)

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        found = [path for path in self._folder.glob("mine-*.toml") if _OWN.fullmatch(path.stem)]
        return sorted(found, key=lambda path: (-_changed(path), path.name))


@dataclass(frozen=True)
class _Opened:
    """A scenario as it was read, and what its tables were then."""

    scenario: Scenario
    text: str
    stamps: dict[Path, tuple[int, int] | None]

    @property
    def weight(self) -> int:
        """Bytes of its files."""
        return LEAST + len(self.text) + sum(stamp[1] for stamp in self.stamps.values() if stamp)


_read = Recent(MOST_READ)  # of all visitors, by path


def _opened(path: Path, text: str, imported: Imported | None = None) -> Scenario:
    """The scenario of a text, of which the tables lie beside `path`."""
    known: _Opened | None = _read.look_up(path)
    if known is not None and known.text == text and _stamps(known.stamps) == known.stamps:
        return known.scenario
    tables = at(plain(text), ("tables",))
    names = tables.values() if isinstance(tables, dict) else ()
    stamps = _stamps(path.parent / name for name in names if isinstance(name, str))
    scenario = Scenario.from_text(text, CALLED, path.parent, imported)
    _read.put(path, _Opened(scenario, text, stamps), lambda one: one.weight)
    return scenario


def _stamps(paths: Iterable[Path]) -> dict[Path, tuple[int, int] | None]:
    """When each file was last changed, and its bytes; None where it is not there."""
    found: dict[Path, tuple[int, int] | None] = {}
    for path in paths:
        try:
            status = path.stat()
            found[path] = (status.st_mtime_ns, status.st_size)
        except (OSError, ValueError):  # a name that no file may have
            found[path] = None
    return found


def _refused(reason: str, remedy: str) -> ScenarioError:
    message = f"cannot be kept: {reason}"
    return ScenarioError(Problem(CALLED, "", message=message, remedy=remedy))


def _visitors(folder: Path) -> list[Path]:
    """The folders of those who have own scenarios."""
    found = folder.iterdir() if folder.is_dir() else ()
    return [
        one
        for one in found
        if _VISITOR.fullmatch(one.name) and one.is_dir() and not one.is_symlink()
    ]


def _size(folder: Path) -> int:
    """Bytes of all files beneath."""
    total = 0
    with suppress(OSError), os.scandir(folder) as found:  # another server may take one away
        for one in found:
            if one.is_dir(follow_symlinks=False):
                total += _size(Path(one.path))
            else:
                with suppress(OSError):
                    total += one.stat(follow_symlinks=False).st_size
    return total


def _megabytes(size: int) -> str:
    return f"{size // 1_000_000} MB"


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another page took it away
        return 0.0


@contextmanager
def _keeping() -> Iterator[None]:
    """What cannot be written to the disk is told without the path."""
    try:
        yield
    except ScenarioError as error:
        raise ScenarioError([replace(one, file=CALLED) for one in error.problems]) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message, remedy = f"cannot be kept ({reason})", "tell who runs this server"
        raise ScenarioError(Problem(CALLED, "", message=message, remedy=remedy)) from None


def _with_title(text: str, taken: set[str]) -> str:
    """The text with a title that is not taken; as it is, where it has none."""
    title = at(plain(text), ("title",))
    if not isinstance(title, str) or not title.strip():
        return text
    stem = re.sub(r" \(copy( \d+)?\)$", "", title)
    names = (f"{stem} (copy{f' {number}' if number > 1 else ''})" for number in count(1))
    return put(text, ("title",), next(name for name in names if name not in taken))


def _title(entry: Entry) -> str:
    try:
        title = plain(read_text(entry.path, LARGEST_FILE)).get("title")
    except ScenarioError:
        return entry.key
    return printable(title) if isinstance(title, str) and title.strip() else entry.key
