"""The scenarios that a visitor has: those that come with the program, and the visitor's own.

A visitor is whoever sends the same cookie. Own scenarios are files in a folder of the visitor's
own; both names are made here from numbers and hashes, so that nothing a browser sends is ever part
of a path.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crisis_abm.dashboard.editing import form, put
from crisis_abm.scenario import Problem, Scenario, ScenarioError, ready_made_scenarios
from crisis_abm.scenario.schema_things import Tables
from crisis_abm.scenario.write import save_text

__all__ = ["Entry", "Library"]

ENDINGS = (".csv", ".xlsx", ".graphml")
_OWN = re.compile(r"mine-[0-9a-f]{12}")


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
        """As `entry`, read and checked."""
        return Scenario.load(self.entry(key).path)

    def text(self, key: str) -> str:
        """As `entry`, the file as it stands."""
        return self.entry(key).path.read_text(encoding="utf-8")

    def add(self, text: str, tables: Mapping[str, tuple[str, bytes]] | None = None) -> str:
        """Keep a new scenario of the visitor's own; returns its key. It need not be sound.

        Parameters
        ----------
        text : str
        tables : dict of str to (str, bytes), optional
            Files that it reads: by what `[tables]` calls them, their ending and content.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        key = f"mine-{secrets.token_hex(6)}"
        for role, (ending, content) in (tables or {}).items():
            if role not in Tables.model_fields or ending not in ENDINGS:
                raise ValueError(f"{role}{ending} is no table of a scenario")
            name = f"{key}-{role}{ending}"
            (self._folder / name).write_bytes(content)
            text = put(text, ("tables", role), name)
        save_text(self._folder / f"{key}.toml", text)
        return key

    def copy(self, key: str) -> str:
        """Keep a copy of a scenario as the visitor's own, tables and all; returns its key."""
        entry, text = self.entry(key), self.text(key)
        tables = {}
        for field in form(text, ("tables",)).fields:
            path = entry.path.parent / field.value
            if field.value and path.is_file() and path.parent.samefile(entry.path.parent):
                tables[field.name] = (path.suffix.lower(), path.read_bytes())
        return self.add(text, tables)

    def save(self, key: str, text: str) -> None:
        """Keep an own scenario as it is now, whole or not at all.

        Raises
        ------
        ScenarioError
            If it is not the visitor's own.
        """
        entry = self.entry(key)
        if not entry.own:
            problem = Problem("scenario", "", key, "comes with the program", "copy it first")
            raise ScenarioError(problem)
        save_text(entry.path, text)

    def remove(self, key: str) -> None:
        """Take an own scenario away; others stay."""
        entry = self.entry(key)
        if entry.own:
            for table in self._folder.glob(f"{entry.key}-*"):
                table.unlink(missing_ok=True)
            entry.path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        found = [path for path in self._folder.glob("mine-*.toml") if _OWN.fullmatch(path.stem)]
        return sorted(found, key=lambda path: (-path.stat().st_mtime, path.name))


def _title(entry: Entry) -> str:
    try:
        title = tomllib.loads(entry.path.read_text(encoding="utf-8")).get("title")
    except (OSError, ValueError, RecursionError):
        return entry.key
    return title if isinstance(title, str) and title.strip() else entry.key
