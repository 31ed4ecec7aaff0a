"""Who may come in as whom: a join code for the exercise, a PIN for each seat, a token each browser.

Codes and PINs are kept as they are, since they are printed, in a file that only its owner may read.
Of tokens only hashes are kept. Whoever tries PINs is slowed down, by seat and by address.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from crisis_abm.exercise.log import LogError

KEYS = "keys.db"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # of a join code: no I, no O
CODE, PIN, TOKEN = 6, 6, 16  # letters; digits; bytes
FACILITATOR, OBSERVER = "@facilitator", "@observer"  # no seat is called so
SCHEMA = """
CREATE TABLE IF NOT EXISTS printed (name TEXT PRIMARY KEY, secret TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS tokens (
    hash TEXT PRIMARY KEY, role TEXT NOT NULL, person TEXT NOT NULL
) STRICT;
"""
OLD = """
DELETE FROM tokens WHERE role = ? AND rowid NOT IN
    (SELECT rowid FROM tokens WHERE role = ? ORDER BY rowid DESC LIMIT ?)
"""
FREE, LONGEST_WAIT = 3, 30.0  # wrong PINs without a wait; seconds between two at a seat
MOST_TOKENS = 200  # of a role: the newest are good
MOST_WRONG, MEMORY = 30, 600.0  # of one address, in so many seconds


class TooMany(Exception):
    """Too many wrong PINs; `seconds` from now another may be tried."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"too many wrong codes or PINs; try again in {max(1, round(seconds))} seconds"
        )
        self.seconds = seconds


@dataclass(frozen=True)
class Pass:
    """What a token lets its holder be.

    Attributes
    ----------
    role : str
        A seat, `FACILITATOR` or `OBSERVER`.
    person : str
        The name that was given.
    """

    role: str
    person: str


class Keys:
    """The keys of one exercise, in its folder.

    Parameters
    ----------
    folder : Path
    seats : iterable of str
        All seats that its file has: whoever comes, the number of players may change.
    clock : callable
        Seconds, for waiting; another in tests.

    Raises
    ------
    LogError
        If they cannot be stored.
    """

    def __init__(
        self, folder: Path, seats: Iterable[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.path = folder / KEYS
        self._lock = threading.Lock()
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            os.chmod(self.path, 0o600)
            self._file = sqlite3.connect(self.path, check_same_thread=False)
            self._file.executescript(f"PRAGMA synchronous = FULL;{SCHEMA}")
            wanted = {"": "".join(secrets.choice(LETTERS) for _ in range(CODE))}
            for name in (*seats, OBSERVER):
                wanted[name] = "".join(secrets.choice("0123456789") for _ in range(PIN))
            with self._file:
                insert = "INSERT OR IGNORE INTO printed VALUES (?, ?)"
                self._file.executemany(insert, wanted.items())
            self._printed = dict(self._file.execute("SELECT name, secret FROM printed"))
            rows = self._file.execute("SELECT hash, role, person FROM tokens")
            self._passes = {digest: Pass(role, person) for digest, role, person in rows}
        except (OSError, sqlite3.Error) as error:
            raise LogError(f"{self.path}: cannot be used ({error})") from error
        self._limit = _Limit(clock)

    @property
    def code(self) -> str:
        """The join code."""
        return self._printed[""]

    def is_code(self, given: str) -> bool:
        """Whether somebody knows the join code; small letters and spaces are as good."""
        return _same(given.replace(" ", "").upper(), self.code)

    def knows(self, code: str, address: str) -> bool:
        """Whether somebody knows the join code; from one address it can be guessed so often only.

        Raises
        ------
        TooMany
        """
        with self._lock:
            self._limit.wait_from(address)
            right = self.is_code(code)
            if not right:
                self._limit.note("", address)
            return right

    def pin(self, seat: str) -> str:
        """The PIN of a seat, or of observers."""
        return self._printed[seat]

    def enter(self, code: str, role: str, pin: str, person: str, address: str) -> str:
        """A token for who knows code and PIN of a seat, or of observers; empty for who does not.

        Raises
        ------
        TooMany
            If too many wrong ones were tried at this seat or from this address.
        LogError
            If it cannot be stored.
        """
        with self._lock:
            self._limit.wait(role, address)
        secret = self._printed.get(role, "") if role else ""
        right = _same(pin.strip(), secret or secrets.token_hex(PIN))
        if not (right and secret and self.is_code(code)):
            with self._lock:
                self._limit.note(role if secret else "", address)
            return ""
        return self.give(role, person)

    def give(self, role: str, person: str = "") -> str:
        """A new token.

        Raises
        ------
        LogError
            If it cannot be stored.
        """
        token = secrets.token_urlsafe(TOKEN)
        digest = _hash(token)
        try:
            with self._lock, self._file:
                self._file.execute("INSERT INTO tokens VALUES (?, ?, ?)", (digest, role, person))
                self._file.execute(OLD, (role, role, MOST_TOKENS))
        except sqlite3.Error as error:
            raise LogError(f"{self.path}: nothing can be stored ({error})") from error
        self._passes[digest] = Pass(role, person)
        older = [known for known, one in list(self._passes.items()) if one.role == role]
        for known in older[:-MOST_TOKENS]:
            self._passes.pop(known, None)
        return token

    def holder(self, token: str) -> Pass | None:
        """What a token lets its holder be; None if it is none."""
        asked = _hash(token)
        held: Pass | None = None
        for digest, known in list(self._passes.items()):  # as long for a wrong one as for a right
            if hmac.compare_digest(digest, asked):
                held = known
        return held

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), secret.encode())


@dataclass
class _Limit:
    """How often who may be wrong: at a seat ever slower, from an address so often at the most."""

    clock: Callable[[], float]
    at_seat: dict[str, tuple[int, float]] = field(default_factory=dict)  # times; the last of them
    from_address: dict[str, list[float]] = field(default_factory=dict)

    def wait(self, seat: str, address: str) -> None:
        """Refuse whoever has to wait."""
        self.wait_from(address)
        now = self.clock()
        times, last = self.at_seat.get(seat, (0, now))
        if times and now - last >= MEMORY:
            del self.at_seat[seat]
        elif times > FREE:
            left = min(LONGEST_WAIT, 2.0 ** (times - FREE)) - (now - last)
            if left > 0.0:
                raise TooMany(left)

    def wait_from(self, address: str) -> None:
        """Refuse an address that was wrong too often, whatever is asked for."""
        now = self.clock()
        wrong = [at for at in self.from_address.get(address, []) if now - at < MEMORY]
        if len(wrong) >= MOST_WRONG:
            raise TooMany(MEMORY - (now - wrong[0]))

    def note(self, seat: str, address: str) -> None:
        """Take note of a wrong one."""
        now = self.clock()
        self.at_seat[seat] = (self.at_seat.get(seat, (0, now))[0] + 1, now)
        recent = [at for at in self.from_address.pop(address, []) if now - at < MEMORY]
        self.from_address[address] = [*recent, now][-MOST_WRONG:]
        while len(self.from_address) > 10_000:  # the oldest
            del self.from_address[next(iter(self.from_address))]
