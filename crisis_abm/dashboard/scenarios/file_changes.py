"""Changes of an own scenario file: earlier texts for undo, and news of a change for open pages.

Earlier and later texts are files, so that undo outlives a reload. They lie in a folder of their own
beside the scenario, numbered from the oldest to the newest on either side of what it says now.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path

from crisis_abm.scenario.io.write import save_text

MOST_TEXTS = 100
MOST_BYTES = 20_000_000  # of all texts of a scenario together
FOLDER = "undo"
_NAME = re.compile(r"(?P<key>.+)-(?P<side>earlier|later)-(?P<number>\d{6,})\.toml")


class UndoStack:
    """What a scenario file at a path said before it was changed, and before that was undone.

    Nothing here is locked: whoever changes a scenario sees to it that nobody else does.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._folder, self._key = path, path.parent / FOLDER, path.stem

    def counts(self) -> tuple[int, int]:
        """How many changes can be undone, and how many redone."""
        return len(self._texts("earlier")), len(self._texts("later"))

    def remember(self, text: str) -> None:
        """Keep what the file says, since it is about to be changed; nothing can be redone then."""
        for path in self._texts("later"):
            path.unlink(missing_ok=True)
        self._push("earlier", text)
        self._trim()

    def undo(self, text: str) -> str | None:
        """Write what the file said before its last change over `text`, which is what it says now.

        Returns
        -------
        str or None
            What it says then; None if nothing is kept, and nothing was written.
        """
        return self._stepped("earlier", "later", text)

    def redo(self, text: str) -> str | None:
        """As `undo`, what it said before the last change was undone."""
        return self._stepped("later", "earlier", text)

    def forget(self) -> None:
        """Keep nothing any more."""
        for path in (*self._texts("earlier"), *self._texts("later")):
            path.unlink(missing_ok=True)

    def _stepped(self, of: str, to: str, text: str) -> str | None:
        for path in reversed(self._texts(of)):
            found = path.read_text(encoding="utf-8")
            if found != text:  # else it was kept for a change that could not be written
                self._push(to, text)
                save_text(self._path, found)
            path.unlink(missing_ok=True)
            if found != text:
                return found
        return None

    def _push(self, side: str, text: str) -> None:
        known = self._texts(side)
        number = 1 + (_number(known[-1]) if known else 0)
        self._folder.mkdir(exist_ok=True)
        save_text(self._folder / f"{self._key}-{side}-{number:06d}.toml", text)

    def _trim(self) -> None:
        """The oldest go, as long as there are too many or they are too large."""
        texts = self._texts("earlier")
        sizes = [path.stat().st_size for path in texts]
        while texts and (len(texts) > MOST_TEXTS or sum(sizes) > MOST_BYTES):
            texts.pop(0).unlink(missing_ok=True)
            sizes.pop(0)

    def _texts(self, side: str) -> list[Path]:
        if not self._folder.is_dir():
            return []
        found = [
            path
            for path in self._folder.glob(f"{self._key}-{side}-*.toml")
            if _NAME.fullmatch(path.name)
        ]
        return sorted(found, key=_number)


def _number(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


_lock = threading.Lock()
_followers: dict[Path, list[Callable[[], None]]] = {}


def follow(path: Path, hear: Callable[[], None]) -> Callable[[], None]:
    """Call `hear` whenever a file was changed; returns what ends that.

    It is called in a thread of its own, so that a slow page does not hold up another.
    """
    with _lock:
        _followers.setdefault(path, []).append(hear)

    def end() -> None:
        with _lock:
            known = _followers.get(path, [])
            if hear in known:
                known.remove(hear)
            if not known:
                _followers.pop(path, None)

    return end


def tell(path: Path) -> None:
    """Say that a file was changed, or taken away."""
    with _lock:
        known = list(_followers.get(path, ()))
    for hear in known:
        threading.Thread(target=hear, name="telling of a change", daemon=True).start()
