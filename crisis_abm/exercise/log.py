"""The truth of an exercise: one append-only log on disk, an entry for everything that happened.

What was appended is on disk before `Log.append` returns (SQLite, write-ahead log, every commit
synced). Entries are chained by hashes: a file that was cut off, or in which something was changed,
opens to the last entry that is whole. One process at a time writes to a log: a lock beside it keeps
others out, and ends with the process however that ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout

FORMAT = 1
SCHEMA = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE TRIGGER nothing_is_changed BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER nothing_is_taken_away BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are never taken away'); END;
"""
INSERT = "INSERT INTO entries VALUES (?, ?, ?, ?, ?)"
BEGINNING = ""  # what the first entry's hash follows on


class LogError(Exception):
    """The log of an exercise cannot be used, or nothing can be written to it; says why."""


@dataclass(frozen=True)
class Entry:
    """Something that happened.

    Attributes
    ----------
    number : int
        Counted from 1.
    at : datetime
        In UTC.
    kind : str
        What sort of thing: "decided", "sent", "advanced", ….
    data : mapping
        Plain data of it.
    """

    number: int
    at: datetime
    kind: str
    data: Mapping[str, Any]


class Log:
    """The log of one exercise, open for writing by nobody else; several threads may use it.

    Parameters
    ----------
    path : Path
        An existing log; `create` makes one.

    Raises
    ------
    LogError
        If it is none, not one entry of it is whole, or somebody else has it open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._alone = _alone(path)
        try:
            entries, is_whole = _read(path)
            if not entries:
                raise LogError(f"{path}: holds no exercise, or none that can be read")
            if not is_whole:
                entries = _mended(path, entries)
            self._entries = [entry for entry, _ in entries]
            self._last = entries[-1][1]
            try:
                self._connection = _connected(path)
            except sqlite3.Error as error:
                raise LogError(f"{path}: cannot be written ({_reason(error)})") from error
        except BaseException:
            self._alone.release()
            raise

    @classmethod
    def create(cls, path: Path, kind: str, **data: Any) -> Self:
        """Make a log whose first entry is of this kind, with this data.

        Raises
        ------
        LogError
            If there is a file already, or it cannot be written.
        """
        if os.path.lexists(path):
            raise LogError(f"{path}: exists already; take another folder, or move it away")
        begun = path.with_name(f".{path.name}.new")
        try:
            begun.unlink(missing_ok=True)
            _write(begun, [_entry(1, kind, data, BEGINNING)])
            os.replace(begun, path)
            _sync_folder(path.parent)
        except (OSError, sqlite3.Error) as error:
            raise LogError(f"{path}: cannot be written ({_reason(error)})") from error
        return cls(path)

    def append(self, kind: str, **data: Any) -> Entry:
        """Add an entry; it is on disk when this returns.

        Raises
        ------
        LogError
            If it could not be stored: then it is as if nothing had been asked.
        """
        with self._lock:
            entry, digest = _entry(len(self._entries) + 1, kind, data, self._last)
            try:
                with self._connection:
                    self._connection.execute(INSERT, _row(entry, digest))
            except sqlite3.Error as error:
                raise LogError(f"{self.path}: nothing can be stored ({_reason(error)})") from error
            self._entries.append(entry)
            self._last = digest
            return entry

    def entries(self, after: int = 0) -> list[Entry]:
        """All entries, or those after one of this number, in the order in which they came."""
        with self._lock:
            return self._entries[after:]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()
            self._alone.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @staticmethod
    def read(path: Path) -> list[Entry]:
        """The whole entries of a log, which is only looked at.

        Raises
        ------
        LogError
            If there is none.
        """
        entries, _ = _read(path)
        if not entries:
            raise LogError(f"{path}: holds no exercise, or none that can be read")
        return [entry for entry, _ in entries]


class KeptLog(Log):
    """A log that is only looked at, whoever writes to it and wherever it lies.

    Parameters
    ----------
    path : Path

    Raises
    ------
    LogError
        If it is none, or not one entry of it is whole.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._lock = path, threading.Lock()
        entries = _read(path)[0] or _read_copy(path)
        if not entries:
            raise LogError(f"{path}: holds no exercise, or none that can be read")
        self._entries = [entry for entry, _ in entries]

    def append(self, kind: str, **data: Any) -> Entry:
        """Refuse: nothing is written here."""
        raise LogError(f"{self.path}: is only looked at, nothing is written to it")

    def close(self) -> None:
        """Nothing is open."""


Chained = tuple[Entry, str]


def _entry(number: int, kind: str, data: Mapping[str, Any], before: str) -> Chained:
    at = datetime.now(UTC)
    # as it will be read: what is handed out now is the same as after a restart
    plain = json.loads(json.dumps(data, ensure_ascii=False, allow_nan=False, default=_day))
    entry = Entry(number, at, kind, plain)
    return entry, _hash(entry, before)


def _day(value: Any) -> str:
    """A day as text; nothing else is logged that JSON has no word for."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} cannot be logged")


def _hash(entry: Entry, before: str) -> str:
    told = json.dumps([before, *_row(entry, "")[:4]], ensure_ascii=False)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _row(entry: Entry, digest: str) -> tuple[Any, ...]:
    data = json.dumps(entry.data, ensure_ascii=False, allow_nan=False)
    return entry.number, entry.at.isoformat(), entry.kind, data, digest


def _alone(path: Path) -> FileLock:
    """Keep other processes from writing to a log until this is let go."""
    if not path.is_file():
        raise LogError(f"{path}: there is no such file")
    lock = FileLock(path.with_name(f"{path.name}.lock"), 0, mode=0o600, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise LogError(f"{path.parent}: is open in another process; end that one first") from None
    except NotImplementedError:
        pass  # no locks there: two entries of one number cannot be stored all the same
    except OSError as error:
        raise LogError(f"{path}: cannot be written ({_reason(error)})") from error
    return lock


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _read(path: Path) -> tuple[list[Chained], bool]:
    """The whole entries at the beginning of a log, and whether that is all there is."""
    if not path.is_file():
        raise LogError(f"{path}: there is no such file")
    found: list[Chained] = []
    last = BEGINNING
    try:
        with closing(sqlite3.connect(path)) as connection:
            # of a file that is shorter than it says, too, what is there can be read
            connection.execute("PRAGMA writable_schema = ON")
            if (written := connection.execute("PRAGMA user_version").fetchone()[0]) > FORMAT:
                raise LogError(
                    f"{path}: was written by a newer crisis_abm (format {written}, this one reads "
                    f"{FORMAT}); update crisis_abm"
                )
            for row in connection.execute("SELECT * FROM entries ORDER BY number"):
                entry, digest = _from_row(row)
                if entry.number != len(found) + 1 or digest != _hash(entry, last):
                    return found, False
                found.append((entry, digest))
                last = digest
    except (sqlite3.DatabaseError, ValueError, TypeError):
        return found, False
    return found, True


def _read_copy(path: Path) -> list[Chained]:
    """The same where SQLite may not write beside a log, as it must to open it."""
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("", "-wal"):
            with contextlib.suppress(OSError):
                shutil.copyfile(f"{path}{ending}", Path(folder, f"log{ending}"))
        copied = Path(folder, "log")
        return _read(copied)[0] if copied.is_file() else []


def _from_row(row: tuple[Any, ...]) -> Chained:
    number, at, kind, data, digest = row
    return Entry(number, datetime.fromisoformat(at), kind, json.loads(data)), digest


def _mended(path: Path, entries: list[Chained]) -> list[Chained]:
    """Put a log of the whole entries in the place of a damaged one, which is kept beside it."""
    aside = next(one for one in _asides(path) if not os.path.lexists(one))
    mended = path.with_name(f".{path.name}.new")
    try:
        mended.unlink(missing_ok=True)
        _write(mended, entries)
        for ending in ("-wal", "-shm"):
            if (beside := path.with_name(path.name + ending)).exists():
                os.replace(beside, aside.with_name(aside.name + ending))
        os.replace(path, aside)
        os.replace(mended, path)
        _sync_folder(path.parent)
    except (OSError, sqlite3.Error) as error:
        raise LogError(f"{path}: is damaged, and cannot be mended ({_reason(error)})") from error
    return entries


def _asides(path: Path) -> Iterator[Path]:
    number = 1
    while True:
        yield path.with_name(f"{path.name}.damaged-{number}")
        number += 1


def _write(path: Path, entries: list[Chained]) -> None:
    with closing(_connected(path)) as connection, connection:
        connection.executescript(f"PRAGMA user_version = {FORMAT};{SCHEMA}")
        rows = [_row(*one) for one in entries]
        connection.executemany(INSERT, rows)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
