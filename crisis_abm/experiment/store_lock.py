"""One sweep at a time in a folder; a lock ends with its process, however that ends.

The system's own locks do that (`filelock`: on Windows, too). Where a file system has none, a file
that says who holds the folder stands in for them; one of a process of this machine that is gone
counts for nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from filelock import SoftFileLock, Timeout, lock_descriptor

__all__ = ["HELD", "LOCK", "kept_still", "locked"]

LOCK, HELD = ".lock", ".lock.held"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Whether nobody else holds the folder; if so it is held until the end."""
    with (folder / LOCK).open("a") as file, _held(file, folder) as free:
        yield free


@contextlib.contextmanager
def kept_still(folder: Path) -> Iterator[bool]:
    """As `locked`, of a folder that need only be read: it may be one that cannot be written to."""
    with contextlib.ExitStack() as held:
        file = None
        for mode in ("a", "r"):
            with contextlib.suppress(OSError):
                file = file or held.enter_context((folder / LOCK).open(mode))
        yield file is None or held.enter_context(_held(file, folder))


@contextlib.contextmanager
def _held(file: IO[str], folder: Path) -> Iterator[bool]:
    """Whether a file could be locked, or what stands in for that; until the end."""
    try:
        free = lock_descriptor(file.fileno(), blocking=False)
    except OSError:  # there are none here
        with _stand_in(folder / HELD) as free:
            yield free
    else:
        yield free


@contextlib.contextmanager
def _stand_in(path: Path) -> Iterator[bool]:
    lock = SoftFileLock(path, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    except OSError:  # nobody writes from here
        yield True
        return
    try:
        yield True
    finally:
        lock.release()
