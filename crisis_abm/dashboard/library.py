"""The scenarios that a visitor has: those that come with the program, and the visitor's own.

A visitor is whoever sends the same cookie. Own scenarios are files in a folder of the visitor's
own; both names are made here from numbers and hashes, so that nothing a browser sends is ever part
of a path.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from crisis_abm.dashboard.changes import tell
from crisis_abm.dashboard.document import at, plain
from crisis_abm.dashboard.editing import form, put
from crisis_abm.dashboard.undoing import Past
from crisis_abm.scenario import Problem, Scenario, ScenarioError, ready_made_scenarios
from crisis_abm.scenario.load import LARGEST_FILE, read_text
from crisis_abm.scenario.schema_things import Tables
from crisis_abm.scenario.write import save_text

__all__ = ["CALLED", "ENDINGS", "Entry", "Library", "keep_private"]

ENDINGS = (".csv", ".xlsx", ".graphml")
CALLED = "scenario"  # a file in messages: where it lies on the server is nobody's business
PRIVATE = 0o700
_VISITOR = re.compile(r"[0-9a-f]{24}")
_OWN = re.compile(r"mine-[0-9a-f]{12}")
_changing = threading.RLock()  # of all visitors: two pages may change one file


@dataclass(frozen=True)
class Entry:
    """A scenario that can be opened.

    Attributes
    ----------
    key : str
        What an address calls it.
    own : bool
        Whether the visitor may change it.
    path : Path
    """

    key: str
    own: bool
    path: Path


def keep_private(folder: Path) -> None:
    """See to it that nobody else on this machine can read own scenarios.

    A folder that was there before, and may hold other things, stays as it is; visitors' do not.
    """
    with _keeping():
        if not folder.is_dir():
            folder.mkdir(mode=PRIVATE, parents=True)
        for one in folder.iterdir():
            if _VISITOR.fullmatch(one.name) and one.is_dir() and not one.is_symlink():
                one.chmod(PRIVATE)


class Library:
    """The scenarios of one visitor.

    Parameters
    ----------
    folder : Path
        Where own scenarios of all visitors are kept.
    visitor : str
        The cookie.
    """

    def __init__(self, folder: Path, visitor: str) -> None:
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
        """As `entry`, read and checked; messages name the file `CALLED`."""
        path = self.entry(key).path
        return Scenario.from_text(self.text(key), CALLED, path.parent)

    def text(self, key: str) -> str:
        """As `entry`, the file as it stands."""
        return read_text(self.entry(key).path, LARGEST_FILE, CALLED)

    def add(self, text: str, tables: Mapping[str, tuple[str, bytes]] | None = None) -> str:
        """Keep a new scenario of the visitor's own; returns its key. It need not be sound.

        Parameters
        ----------
        text : str
        tables : dict of str to (str, bytes), optional
            Files that it reads: by what `[tables]` calls them, their ending and content.
        """
        with _keeping():
            self._folder.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            self._folder.mkdir(mode=PRIVATE, exist_ok=True)
        key = f"mine-{secrets.token_hex(6)}"
        for role, (ending, content) in (tables or {}).items():
            if role not in Tables.model_fields or ending not in ENDINGS:
                raise ValueError(f"{role}{ending} is no table of a scenario")
            name = f"{key}-{role}{ending}"
            with _keeping():
                (self._folder / name).write_bytes(content)
            text = put(text, ("tables", role), name)
        with _keeping():
            save_text(self._folder / f"{key}.toml", text)
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
        said before can be had back with `undo`.

        Parameters
        ----------
        key : str
        make : callable
            The text after the change, of the text before; what it raises leaves all as it was.

        Raises
        ------
        ScenarioError
            If it is not the visitor's own, or not there any more.
        """
        with _changing:
            path = self._own(key).path
            before = self.text(key)
            after = make(before)
            if after != before:
                with _keeping():
                    Past(path).remember(before)
                    save_text(path, after)
                tell(path)
            return after

    def save(self, key: str, text: str) -> None:
        """As `change`, whatever it says now."""
        self.change(key, lambda _: text)

    def undo(self, key: str) -> tuple[str, str] | None:
        """Take the last change back; returns what the file said and what it says now.

        None if nothing can be undone. Raises as `change`.
        """
        return self._stepped(key, Past.undo)

    def redo(self, key: str) -> tuple[str, str] | None:
        """Make the change that was taken back last; as `undo`."""
        return self._stepped(key, Past.redo)

    def changes(self, key: str) -> tuple[int, int]:
        """How many changes of a scenario can be undone, and how many redone."""
        entry = self.entry(key)
        return Past(entry.path).counts() if entry.own else (0, 0)

    def remove(self, key: str) -> None:
        """Take an own scenario away; others stay."""
        entry = self.entry(key)
        if entry.own:
            with _changing:
                for table in self._folder.glob(f"{entry.key}-*"):
                    table.unlink(missing_ok=True)
                Past(entry.path).forget()
                entry.path.unlink(missing_ok=True)
            tell(entry.path)

    def _own(self, key: str) -> Entry:
        entry = self.entry(key)
        if not entry.own:
            problem = Problem("scenario", "", key, "comes with the program", "copy it first")
            raise ScenarioError(problem)
        return entry

    def _stepped(self, key: str, step: Callable[[Past, str], str | None]) -> tuple[str, str] | None:
        with _changing:
            path = self._own(key).path
            before = self.text(key)
            with _keeping():
                after = step(Past(path), before)
            if after is None:
                return None
            tell(path)
            return before, after

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        found = [path for path in self._folder.glob("mine-*.toml") if _OWN.fullmatch(path.stem)]
        return sorted(found, key=lambda path: (-_changed(path), path.name))


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
        title = tomllib.loads(entry.path.read_text(encoding="utf-8")).get("title")
    except (OSError, ValueError, RecursionError):
        return entry.key
    return title if isinstance(title, str) and title.strip() else entry.key
